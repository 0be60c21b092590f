"""One QEMU machine running a guest, and a small RESP client for it.

Only loopback is used.  A machine ends the QEMU process it started and no other;
its disk is a sparse file in a temporary folder that the caller owns.
"""

import pathlib
import socket
import subprocess
import time

GUESTS = pathlib.Path(__file__).resolve().parent.parent
SERVICE = {"kv": 6379, "probe": 7007}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Machine:
    def __init__(self, disk, sectors=131072, cache="writeback", net=None, extra=(), guest="kv"):
        self.guest = guest
        self.disk = pathlib.Path(disk)
        if not self.disk.exists():
            with open(self.disk, "wb") as file:
                file.truncate(sectors * 512)
        self.port = free_port()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        service = SERVICE[guest]
        forward = f"hostfwd=tcp:127.0.0.1:{self.port}-10.0.0.10:{service}"
        forward += f",hostfwd=udp:127.0.0.1:{self.udp_port}-10.0.0.10:{service}"
        self.net = net or f"user,id=n,net=10.0.0.0/24,host=10.0.0.2,{forward}"
        self.cache = cache
        self.extra = list(extra)
        self.process = None
        self.console = b""
        self.clients = []

    def start(self, limit=20):
        self.close_clients()
        self.process = subprocess.Popen(
            ["qemu-system-riscv64", "-machine", "virt", "-bios", "none", "-m", "16M"]
            + ["-display", "none", "-serial", "stdio"]
            + ["-global", "virtio-mmio.force-legacy=false"]
            + ["-kernel", str(GUESTS / self.guest / f"{self.guest}.elf")]
            + ["-netdev", self.net]
            + ["-device", "virtio-net-device,netdev=n"]
            + ["-drive", f"file={self.disk},format=raw,if=none,id=d,cache={self.cache}"]
            + ["-device", "virtio-blk-device,drive=d"]
            + ["-device", "virtio-rng-device"]
            + self.extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + limit
        self.console = b""
        while f"{self.guest} ready\n".encode() not in self.console:
            byte = self.process.stdout.read(1)
            if not byte or time.monotonic() > deadline:
                raise AssertionError(f"the guest did not get ready: {self.console!r}")
            self.console += byte
        return self

    def kill(self):
        """kill -9, as a power failure would; the clients find out by themselves."""
        self.process.kill()
        self.console += self.process.communicate()[0]

    def close_clients(self):
        for client in self.clients:
            client.close()
        self.clients = []

    def recovered(self):
        line = next(l for l in self.console.decode().splitlines() if "recovered" in l)
        return int(line.split()[2])

    def connect(self, timeout=20):
        client = Client(self.port, timeout)
        self.clients.append(client)
        return client

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        self.close_clients()


def encode(*arguments):
    parts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


class Client:
    """Replies are bytes (bulk), None (nil), int, or str for + and - lines."""

    def __init__(self, port, timeout):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")

    def send(self, *arguments):
        self.socket.sendall(encode(*arguments))

    def receive(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"the stream ended with {line!r}")
        kind, rest = line[:1], line[1:-2]
        if kind == b":":
            return int(rest)
        if kind != b"$":
            return line[:-2].decode()
        if rest == b"-1":
            return None
        body = self.file.read(int(rest) + 2)
        if len(body) != int(rest) + 2 or body[-2:] != b"\r\n":
            raise ConnectionError("the stream ended in a value")
        return body[:-2]

    def call(self, *arguments):
        self.send(*arguments)
        return self.receive()

    def close(self):
        self.file.close()
        self.socket.close()
