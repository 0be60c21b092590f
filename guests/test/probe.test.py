#!/usr/bin/env python3
"""Tests of the probe guest under QEMU: python3 guests/test/probe.test.py

Needs qemu-system-riscv64 and a built guests/probe/probe.elf.  QEMU is another
machine than ours: what a command observes differs, that it is right does not.
"""

import pathlib
import socket
import tempfile
import unittest

from machine import Machine


def pattern(salt, length):
    state = salt * 2654435761 & 0xFFFFFFFF or 1
    out = bytearray()
    for _ in range(length):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out.append(state & 0xFF)
    return bytes(out)


def checksum(data):
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


class Probe(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.machine = Machine(pathlib.Path(folder.name) / "disk", guest="probe")
        self.machine.start()
        self.addCleanup(self.stop)
        self.client = self.machine.connect()

    def stop(self):
        if self.machine.process.poll() is None:
            self.machine.kill()
        self.machine.close_clients()

    def ask(self, line, client=None):
        client = client or self.client
        client.socket.sendall(line.encode() + b"\r\n")
        return client.receive()

    def words(self, line):
        reply = self.ask(line)
        self.assertRegex(reply, r"^\+" + line.split()[0] + " ")
        return reply.split()[1:]

    def test_counter(self):
        self.assertEqual([self.ask("inc") for _ in range(3)], [11, 12, 13])
        self.assertEqual(self.ask("inc", self.machine.connect()), 14)

    def test_refusals(self):
        for line in ["nope", "inc 1", "clock", "clock x", "clock 1 2 3 4", "clock  1", "console 9999",
                     "wfi 101 5", "overlap 64 1", "spin 64 1", "clock 4294967296", "up 5000000"]:
            self.assertIn("-ERR", str(self.ask(line)), line)
        self.assertEqual(self.ask("inc"), 11)

    def test_clock_and_entropy(self):
        first, second = self.words("clock 50"), self.words("clock 50")
        self.assertGreater(int(second[0]), int(first[0]))
        self.assertNotEqual(self.words("entropy 40"), self.words("entropy 40"))

    def test_sleeps_until_the_timer(self):
        by_timer, by_packet, _ = self.words("wfi 20 300")
        self.assertEqual(int(by_timer) + int(by_packet), 20)
        self.assertGreater(int(by_timer), 15)

    def test_lr_sc(self):
        done, failed, _ = self.words("lrsc 300 60")
        self.assertEqual(int(done) + int(failed), 300)

    def test_misaligned_and_self_modifying(self):
        causes = int(self.words("misaligned 7")[0], 16)
        # lr.w and amoadd.w are misaligned, the accesses beyond RAM are access faults.
        self.assertEqual(causes >> 32, 5)
        self.assertEqual(causes & 0xFFFF, 0x0806)
        state, expected = 3 * 2654435761 & 0xFFFFFFFF, 0
        for _ in range(200):
            state ^= state << 13 & 0xFFFFFFFF
            state ^= state >> 17
            state ^= state << 5 & 0xFFFFFFFF
            expected += state & 0x7FF
        self.assertEqual(int(self.words("selfmod 200 3")[0]), expected)

    def test_disk(self):
        # QEMU has no bounce buffers: its disk reads and writes the guest's memory while the
        # guest uses it, and the guest says so.  What must come is an answer, from a working disk.
        race = r"^(\+(overlap [12]|spin) |-BROKEN (a buffer|a read|a sector|a completed write|the disk has))"
        for salt in range(1, 30):
            self.assertRegex(self.ask(f"overlap {salt % 3} {salt}"), race)
            self.assertRegex(self.ask(f"spin {salt % 5} {salt}"), race)

    def test_receive_ring(self):
        self.words("rxpoll 100000")

    def test_console(self):
        before = self.machine.console
        self.words("console 500")
        self.machine.kill()
        printed = self.machine.console[len(before):]
        self.assertEqual(len(printed.replace(b"\r\n", b"\n")), 500)

    def test_streams(self):
        for length in [0, 1, 1460, 16384, 100000]:
            self.assertEqual(self.ask(f"down {length} {length + 9}"), pattern(length + 9, length))
            data = pattern(length + 5, length)
            self.client.socket.sendall(b"up %d\r\n" % length + data)
            self.assertEqual(self.client.receive(), checksum(data))

    def test_an_upload_cut_short_ends_the_connection(self):
        self.client.socket.sendall(b"up 1000\r\nabc")
        self.client.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(self.client.file.read(), b"")
        self.assertEqual(self.ask("inc", self.machine.connect()), 11)

    def test_datagrams_and_the_panic(self):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        udp.settimeout(10)
        udp.connect(("127.0.0.1", self.machine.udp_port))
        for expected in [b"1", b"2", b"3"]:
            udp.send(b"inc")
            self.assertEqual(udp.recv(100), expected)
        udp.send(b"peek\x80\x00\x00\x00")
        self.assertEqual(len(udp.recv(100)), 1)
        udp.send(b"peek\x00\x00\x00\x00")
        udp.settimeout(1)
        udp.send(b"inc")
        with self.assertRaises(TimeoutError):
            udp.recv(100)
        self.machine.kill()
        self.assertTrue(self.machine.console.endswith(b"panic: unexpected exception\n"))


if __name__ == "__main__":
    unittest.main()
