#!/usr/bin/env python3
"""Counts guest instructions per request: python3 guests/test/steps.py

QEMU runs with one instruction per translation block and logs every block while
a batch of requests is under way; the lines of the log are the instructions.
The figures include everything the machine does meanwhile, such as ticks.
"""

import pathlib
import socket
import tempfile
import time

from machine import Machine, encode

ROUNDS = 200


class Monitor:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.wait()

    def wait(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            text += self.socket.recv(4096)

    def run(self, command):
        self.socket.sendall(command.encode() + b"\n")
        self.wait()


def count(monitor, folder, work):
    log = folder / "log"
    monitor.run(f"logfile {log}")
    monitor.run("log exec,nochain")
    work()
    monitor.run("log none")
    # Closes the file, so that all of it is there to be counted.
    monitor.run(f"logfile {folder / 'unused'}")
    with open(log, "rb") as file:
        lines = sum(line.startswith(b"Trace ") for line in file)
    log.unlink()
    return lines


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # With -icount the guest's clock follows its instructions, not the slow log.
        extra = ["-singlestep", "-icount", "shift=0", "-monitor", f"unix:{folder / 'monitor'},server=on,wait=off"]
        with Machine(folder / "disk", cache="writethrough", extra=extra) as machine:
            monitor = Monitor(folder / "monitor")
            client = machine.connect()
            client.call("SET", "big", "x" * 4096)

            def one_by_one(*command):
                for _ in range(ROUNDS):
                    client.call(*command)

            def pipelined(*command):
                client.socket.sendall(encode(*command) * ROUNDS)
                for _ in range(ROUNDS):
                    client.receive()

            ticks = count(monitor, folder, lambda: time.sleep(1)) / 100
            print(f"{'idle tick':32} {ticks:8.0f}")
            for title, command in [
                ("PING", ("PING",)),
                ("SET, 8 byte value", ("SET", "key", "12345678")),
                ("GET, 8 byte value", ("GET", "key")),
                ("INCR", ("INCR", "n")),
                ("LOCK", ("LOCK", "l", "me", 1000)),
                ("SET, 4096 byte value", ("SET", "large", "x" * 4096)),
                ("GET, 4096 byte value", ("GET", "large")),
            ]:
                single = count(monitor, folder, lambda: one_by_one(*command)) / ROUNDS
                batch = count(monitor, folder, lambda: pipelined(*command)) / ROUNDS
                print(f"{title:32} {single:8.0f} alone {batch:8.0f} pipelined")


main()
