#!/usr/bin/env python3
"""Tests of the kv guest under QEMU: python3 guests/test/qemu.test.py

Needs qemu-system-riscv64 and a built guests/kv/kv.elf.
"""

import pathlib
import random
import socket
import struct
import tempfile
import threading
import time
import unittest

from machine import Machine, encode, free_port

SMALL_DISK = 1025  # sectors: two halves of 512


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.disk = pathlib.Path(folder.name) / "disk"


class Commands(Case):
    def test_every_command(self):
        with Machine(self.disk) as machine:
            c = machine.connect()
            self.assertEqual(c.call("PING"), "+PONG")
            c.socket.sendall(b"PING\r\nping\r\n\r\n")
            self.assertEqual([c.receive(), c.receive()], ["+PONG", "+PONG"])
            self.assertEqual(c.call("GET", "k"), None)
            self.assertEqual(c.call("SET", "k", "v"), "+OK")
            self.assertEqual(c.call("get", "k"), b"v")
            self.assertEqual(c.call("SET", "k", ""), "+OK")
            self.assertEqual(c.call("GET", "k"), b"")
            self.assertEqual(c.call("DEL", "k"), 1)
            self.assertEqual(c.call("DEL", "k"), 0)
            self.assertEqual(c.call("INCR", "n"), 1)
            self.assertEqual(c.call("INCR", "n"), 2)
            self.assertEqual(c.call("GET", "n"), b"2")
            self.assertEqual(c.call("SET", "n", "-1"), "+OK")
            self.assertEqual(c.call("INCR", "n"), 0)
            for bad in ["x", "", "-", "1 ", "9223372036854775807", "9" * 19, "1" * 200]:
                c.call("SET", "n", bad)
                self.assertIn("-ERR", str(c.call("INCR", "n")), bad)
            self.assertEqual(c.call("SET", "n", "9223372036854775806"), "+OK")
            self.assertEqual(c.call("INCR", "n"), 9223372036854775807)
            self.assertEqual(c.call("SET", "n", "-9223372036854775808"), "+OK")
            self.assertEqual(c.call("INCR", "n"), -9223372036854775807)
            for bad in [("NOPE",), ("GET",), ("SET", "a"), ("GET", "a", "b"), ("PING",) * 9, ("PING ",)]:
                self.assertIn("-ERR", str(c.call(*bad)))
            self.assertEqual(c.call("PING"), "+PONG")

    def test_sizes(self):
        with Machine(self.disk) as machine:
            c = machine.connect()
            for size in [1, 127, 128, 129, 407, 408, 409, 512, 1460, 4095, 4096]:
                value = random.randbytes(size)
                key = b"s%d" % size
                self.assertEqual(c.call("SET", key, value), "+OK")
                self.assertEqual(c.call("GET", key), value)
            self.assertEqual(c.call("SET", "k" * 64, "long key"), "+OK")
            self.assertEqual(c.call("GET", "k" * 64), b"long key")
            self.assertIn("-ERR", c.call("SET", "k" * 65, "v"))
            self.assertIn("-ERR", c.call("GET", "k" * 65))
            self.assertIn("-ERR", c.call("SET", "k", "v" * 4097))
            self.assertIn("-ERR", c.call("SET", "k", "v" * 1000000))
            self.assertEqual(c.call("GET", "k"), None)

    def test_protocol_error_closes_after_earlier_replies(self):
        with Machine(self.disk) as machine:
            for junk in [b"*1\r\n+OK\r\n", b"*x\r\n", b"*1\r\n$3\r\nabcd\r\n", b"y" * 500]:
                c = machine.connect()
                c.socket.sendall(encode("SET", "a", "b") + junk)
                self.assertEqual(c.receive(), "+OK")
                self.assertIn("-ERR", c.receive())
                self.assertEqual(c.file.read(), b"")
                c.close()

    def test_half_closed_client_gets_all_replies(self):
        with Machine(self.disk) as machine:
            c = machine.connect()
            c.socket.sendall(b"".join(encode("INCR", "n") for _ in range(100)))
            c.socket.shutdown(1)
            self.assertEqual([c.receive() for _ in range(100)], list(range(1, 101)))
            self.assertEqual(c.file.read(), b"")

    def test_byte_by_byte(self):
        with Machine(self.disk) as machine:
            c = machine.connect()
            for byte in encode("SET", "a", "xyz") + encode("GET", "a"):
                c.socket.sendall(bytes([byte]))
                time.sleep(0.002)
            self.assertEqual([c.receive(), c.receive()], ["+OK", b"xyz"])


class Locks(Case):
    def test_lease(self):
        with Machine(self.disk) as machine:
            a, b = machine.connect(), machine.connect()
            self.assertEqual(a.call("LOCK", "l", "ann", 400), "+OK")
            self.assertEqual(b.call("LOCK", "l", "bob", 400), "-HELD ann")
            self.assertEqual(a.call("LOCK", "l", "ann", 600), "+OK")  # renewal
            self.assertEqual(b.call("UNLOCK", "l", "bob"), 0)
            time.sleep(0.45)
            self.assertEqual(b.call("LOCK", "l", "bob", 400), "-HELD ann")
            time.sleep(0.3)
            self.assertEqual(a.call("UNLOCK", "l", "ann"), 0)  # expired
            self.assertEqual(b.call("LOCK", "l", "bob", 60000), "+OK")
            self.assertEqual(a.call("LOCK", "l", "ann", 400), "-HELD bob")
            self.assertEqual(b.call("UNLOCK", "l", "bob"), 1)
            self.assertEqual(a.call("LOCK", "l", "ann", 400), "+OK")
            for bad in ["0", "-1", "x", "10000000000000000000"]:
                self.assertIn("-ERR", a.call("LOCK", "l", "ann", bad))
            self.assertIn("-ERR", a.call("LOCK", "l", "a\nb", 1))
            self.assertEqual(a.call("GET", "l"), None)

    def test_lease_survives_a_crash(self):
        with Machine(self.disk) as machine:
            self.assertEqual(machine.connect().call("LOCK", "l", "ann", 60000), "+OK")
            machine.kill()
            machine.start()
            c = machine.connect()
            self.assertEqual(c.call("LOCK", "l", "bob", 1), "-HELD ann")
            self.assertEqual(c.call("UNLOCK", "l", "ann"), 1)
            self.assertEqual(c.call("LOCK", "l", "bob", 1), "+OK")


class Frames(Case):
    """Raw Ethernet frames, by a UDP socket in place of QEMU's own network."""

    MAC = bytes.fromhex("525400123456")
    OURS = bytes.fromhex("020000000002")

    def exchange(self, frame):
        self.wire.sendto(frame, self.guest)
        return self.wire.recv(2000)

    def ip_frame(self, protocol, payload, to="10.0.0.10"):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0)
        addresses = socket.inet_aton("10.0.0.9") + socket.inet_aton(to)
        check = struct.pack(">H", checksum(head + addresses))
        return self.MAC + self.OURS + b"\x08\0" + head[:10] + check + addresses + payload

    def test_arp_echo_and_refusal(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as self.wire:
            self.wire.bind(("127.0.0.1", 0))
            self.wire.settimeout(5)
            self.guest = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
            peer = self.wire.getsockname()[1]
            net = f"socket,id=n,udp=127.0.0.1:{peer},localaddr=127.0.0.1:{self.guest[1]}"
            with Machine(self.disk, net=net):
                self.check_arp()
                self.check_echo()
                self.check_refusal()

    def check_arp(self):
        who = bytes.fromhex("0001080006040001") + self.OURS + socket.inet_aton("10.0.0.9")
        who += bytes(6) + socket.inet_aton("10.0.0.10")
        answer = self.exchange(b"\xff" * 6 + self.OURS + b"\x08\x06" + who)
        self.assertEqual(answer[:14], self.OURS + self.MAC + b"\x08\x06")
        self.assertEqual(answer[20:22], b"\0\2")
        self.assertEqual(answer[22:32], self.MAC + socket.inet_aton("10.0.0.10"))

    def check_echo(self):
        for size in [0, 1, 57, 1472]:
            body = struct.pack(">HH", 11, size) + random.randbytes(size)
            check = struct.pack(">H", checksum(b"\x08\0\0\0" + body))
            answer = self.exchange(self.ip_frame(1, b"\x08\0" + check + body))
            self.assertEqual(checksum(answer[14:34]), 0)
            self.assertEqual(answer[34:36], b"\0\0")
            self.assertEqual(checksum(answer[34:]), 0)
            self.assertEqual(answer[38:], body)

    def check_refusal(self):
        segment = struct.pack(">HHIIBBHHH", 1234, 80, 5, 0, 0x50, 2, 100, 0, 0)
        addresses = socket.inet_aton("10.0.0.9") + socket.inet_aton("10.0.0.10")
        check = checksum(addresses + struct.pack(">HH", 6, len(segment)) + segment)
        segment = segment[:16] + struct.pack(">H", check) + segment[18:]
        # Damaged, or not for us: no answer, so the next one is for the good one.
        self.wire.sendto(self.ip_frame(6, segment[:-1] + b"!"), self.guest)
        self.wire.sendto(self.ip_frame(6, segment, "10.0.0.11"), self.guest)
        answer = self.exchange(self.ip_frame(6, segment))
        ports_and_numbers = struct.unpack(">HHII", answer[34:46])
        self.assertEqual(ports_and_numbers, (80, 1234, 0, 6))
        self.assertEqual(answer[47], 0x14)  # RST ACK
        self.assertEqual(len(answer), 54)


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Model:
    """What the service must answer, for values only."""

    def __init__(self):
        self.values = {}

    def answer(self, name, key, value=None):
        if name == "SET":
            self.values[key] = value
            return "+OK"
        if name == "GET":
            return self.values.get(key)
        if name == "DEL":
            return 0 if self.values.pop(key, None) is None else 1
        try:
            number = int(self.values.get(key, b"0")) + 1
        except ValueError:
            return "-ERR value is not an integer or out of range"
        self.values[key] = b"%d" % number
        return number


def random_operation(rng, keys):
    key = f"key{rng.randrange(keys)}"
    name = rng.choice(["SET", "SET", "GET", "GET", "INCR", "DEL"])
    if name != "SET":
        return (name, key)
    size = rng.choice([0, 3, 40, 128, 129, 600, 4096])
    is_number = rng.random() < 0.5
    return (name, key, b"%d" % rng.randrange(1000) if is_number else rng.randbytes(size))


class Load(Case):
    def run_against_model(self, machine, model, rng, operations, keys=30):
        c = machine.connect()
        while operations > 0:
            batch = [random_operation(rng, keys) for _ in range(rng.randrange(1, 60))]
            expected = [model.answer(*operation) for operation in batch]
            sender = threading.Thread(
                target=c.socket.sendall, args=(b"".join(encode(*o) for o in batch),)
            )
            sender.start()
            for operation, answer in zip(batch, expected):
                self.assertEqual(c.receive(), answer, operation[:2])
            sender.join()
            operations -= len(batch)
        c.close()

    def check_all(self, machine, model):
        c = machine.connect()
        for key, value in model.values.items():
            self.assertEqual(c.call("GET", key), value)
        c.close()

    def test_model(self):
        rng, model = random.Random(1), Model()
        with Machine(self.disk) as machine:
            self.run_against_model(machine, model, rng, 2000)
            machine.kill()
            machine.start()
            self.check_all(machine, model)

    def test_model_without_volatile_cache(self):
        rng, model = random.Random(2), Model()
        with Machine(self.disk, cache="writethrough") as machine:
            self.run_against_model(machine, model, rng, 500)
            machine.kill()
            machine.start()
            self.check_all(machine, model)

    def test_model_over_many_half_switches(self):
        rng, model = random.Random(3), Model()
        with Machine(self.disk, sectors=SMALL_DISK) as machine:
            for _ in range(3):
                self.run_against_model(machine, model, rng, 2000, keys=20)
                self.check_all(machine, model)
                machine.kill()
                machine.start()
                self.check_all(machine, model)
            with open(self.disk, "rb") as file:
                first = int.from_bytes(file.read(32)[16:24], "little")
            self.assertGreater(first, 3000, "the log never changed halves")

    def test_full_disk_refuses_and_stays_usable(self):
        with Machine(self.disk, sectors=SMALL_DISK) as machine:
            c = machine.connect()
            answers = [c.call("SET", f"k{i}", "v" * 4096) for i in range(60)]
            stored = answers.count("+OK")
            self.assertTrue(30 < stored < 45, stored)
            self.assertIn("-ERR no space", answers[-1])
            for _ in range(200):
                self.assertEqual(c.call("DEL", "k0") in (0, 1), True)
                self.assertEqual(c.call("SET", "k0", "v" * 4096), "+OK")
            for i in range(stored):
                self.assertEqual(c.call("GET", f"k{i}"), b"v" * 4096)

    def test_twenty_connections(self):
        with Machine(self.disk) as machine:
            clients = [machine.connect() for _ in range(20)]

            def work(index, client):
                for i in range(50):
                    client.send("SET", f"c{index}", f"{i}")
                    client.send("INCR", "all")
                    client.send("GET", f"c{index}")
                for i in range(50):
                    assert client.receive() == "+OK"
                    assert isinstance(client.receive(), int)
                    assert client.receive() == b"%d" % i
                done.append(index)

            done = []
            threads = [threading.Thread(target=work, args=p) for p in enumerate(clients)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            self.assertEqual(len(done), 20)
            self.assertEqual(machine.connect().call("GET", "all"), b"1000")

    def test_connections_come_and_go(self):
        with Machine(self.disk) as machine:
            for i in range(200):
                c = machine.connect()
                self.assertEqual(c.call("INCR", "n"), i + 1)
                c.close()
            many = [machine.connect() for _ in range(40)]
            for c in many:
                self.assertEqual(c.call("PING"), "+PONG")

    def test_slow_reader(self):
        with Machine(self.disk) as machine:
            c, other = machine.connect(), machine.connect()
            c.call("SET", "big", "x" * 4096)
            total = 2000
            sender = threading.Thread(target=lambda: [c.send("GET", "big") for _ in range(total)])
            sender.start()
            time.sleep(1.5)  # its windows fill up; nobody else may notice
            self.assertEqual(other.call("PING"), "+PONG")
            for _ in range(total):
                self.assertEqual(len(c.receive()), 4096)
            sender.join()


class Crash(Case):
    """Kills QEMU in mid-load: no acknowledged write may be lost."""

    def write_until_killed(self, machine, index, start, acknowledged, sent):
        size = [1, 100, 700, 4000][index % 4]
        try:
            c = machine.connect()
            value = start
            while True:
                batch = range(value + 1, value + 1 + 8)
                sent[index] = batch[-1]
                c.socket.sendall(
                    b"".join(encode("SET", f"w{index}", b"%0*d" % (size, v)) for v in batch)
                )
                for value in batch:
                    if c.receive() != "+OK":
                        return
                    acknowledged[index] = value
        except OSError:
            pass

    def crash_rounds(self, sectors, rounds, seed):
        rng = random.Random(seed)
        writers = 8
        acknowledged, sent = [0] * writers, [0] * writers
        with Machine(self.disk, sectors=sectors) as machine:
            for _ in range(rounds):
                threads = [
                    threading.Thread(
                        target=self.write_until_killed,
                        args=(machine, i, sent[i], acknowledged, sent),
                    )
                    for i in range(writers)
                ]
                for t in threads:
                    t.start()
                time.sleep(rng.uniform(0.2, 1.0))
                machine.kill()
                for t in threads:
                    t.join()
                machine.start()
                c = machine.connect()
                for i in range(writers):
                    found = int(c.call("GET", f"w{i}") or b"0")
                    self.assertGreaterEqual(found, acknowledged[i])
                    self.assertLessEqual(found, sent[i])
                c.close()
            self.assertGreater(sum(acknowledged), 200)

    def test_large_disk(self):
        self.crash_rounds(131072, 6, 4)

    def test_small_disk_with_half_switches(self):
        self.crash_rounds(SMALL_DISK, 12, 5)

    def test_torn_tail(self):
        with Machine(self.disk) as machine:
            c = machine.connect()
            for i in range(10):
                c.call("SET", "k", "%d" % i + "x" * 1000)
            machine.kill()
            with open(self.disk, "r+b") as file:
                file.seek((1 + 9 * 3 + 2) * 512)  # in the last record
                file.write(b"\xff" * 8)
            machine.start()
            self.assertEqual(machine.recovered(), 9)
            c = machine.connect()
            self.assertEqual(c.call("GET", "k")[:1], b"8")
            self.assertEqual(c.call("SET", "k", "new"), "+OK")
            machine.kill()
            machine.start()
            self.assertEqual(machine.recovered(), 10)
            self.assertEqual(machine.connect().call("GET", "k"), b"new")

    def test_leftover_beyond_a_hole_stays_dead(self):
        """A hole at record 5: records 6.. must not return when 5 is written anew."""
        with Machine(self.disk) as machine:
            c = machine.connect()
            for i in range(1, 10):
                c.call("SET", f"k{i}", "old")
            machine.kill()
            with open(self.disk, "r+b") as file:
                file.seek((1 + 4) * 512)
                file.write(bytes(512))
            machine.start()
            self.assertEqual(machine.recovered(), 4)
            self.assertEqual(machine.connect().call("SET", "k5", "new"), "+OK")
            machine.kill()
            machine.start()
            self.assertEqual(machine.recovered(), 5)
            self.assertEqual(machine.connect().call("GET", "k6"), None)


if __name__ == "__main__":
    unittest.main(verbosity=2)
