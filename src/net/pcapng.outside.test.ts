// The outside judge of our TCP and of our captures: tshark reads a whole transfer and must find no
// malformed frame, no bad checksum, and on a clean wire nothing that it would call a retransmission.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeCapture } from "./pcapng.ts";
import { INTERCONNECT, INTERNET } from "./tcp-profile.ts";
import { transfer } from "../../test/support/net-pair.ts";
import { CLEAN_WIRE, ROUGH_WIRE, type TestWire } from "../../test/support/net-wire.ts";

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

const FIELDS = [
  "frame.number",
  "frame.interface_name",
  "_ws.malformed",
  "ip.checksum.status",
  "tcp.checksum.status",
  "tcp.analysis.flags",
  "_ws.expert.message",
  "frame.comment",
  "frame.time_epoch",
  "tcp.analysis.retransmission",
  "tcp.analysis.duplicate_ack",
];

function dissect(wire: TestWire): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "ftsim-pcapng-"));
  const file = join(folder, "transfer.pcapng");
  const packets = wire.captured.map((frame, index) => ({
    interfaceIndex: frame.station,
    time: frame.time,
    bytes: frame.bytes,
    comment: index === 0 ? "the first frame: Grüße" : undefined,
  }));
  writeFileSync(file, encodeCapture(["client", "server"], packets));
  const options = [
    "-o",
    "tcp.check_checksum:TRUE",
    "-o",
    "ip.check_checksum:TRUE",
    "-n",
    "-d",
    "tcp.port==6379,data",
  ];
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const run = spawnSync(
    "tshark",
    ["-r", file, ...options, "-T", "fields", "-E", "separator=\t", ...fields],
    { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: "C.UTF-8" } },
  );
  rmSync(folder, { recursive: true });
  expect(run.status).toBe(0);
  const lines = run.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split("\t"));
}

describe.skipIf(!hasTshark)("tshark", () => {
  for (const profile of [INTERNET, INTERCONNECT])
    test(`a clean transfer, ${profile.name}`, () => {
      const { wire } = transfer(`tshark-${profile.name}`, profile, CLEAN_WIRE, 500_000);
      const rows = dissect(wire);
      expect(rows.length).toBe(wire.captured.length);
      expect(rows.filter((row) => row[2] !== "")).toEqual([]);
      // 1: good. ARP frames have no such field.
      expect(rows.filter((row) => row[3] !== "1" && row[3] !== "")).toEqual([]);
      expect(rows.filter((row) => row[4] !== "1" && row[4] !== "")).toEqual([]);
      expect(rows.filter((row) => row[4] === "1").length).toBeGreaterThan(500);
      const flags = rows.filter((row) => row[5] !== "" && !/window|Window/.test(row[6] ?? ""));
      expect(flags.slice(0, 5)).toEqual([]);
      expect(new Set(rows.map((row) => row[1]))).toEqual(new Set(["client", "server"]));
      expect(rows[0]?.[7]).toBe("the first frame: Grüße");
      expect(rows[3]?.[8]).toMatch(/^0\.00\d{7}$/);
    });

  test("a rough transfer is retransmitted, and still well formed", () => {
    const { wire } = transfer("tshark-rough", INTERNET, ROUGH_WIRE, 500_000);
    const rows = dissect(wire);
    expect(rows.filter((row) => row[2] !== "" || row[4] === "0" || row[3] === "0")).toEqual([]);
    expect(rows.filter((row) => row[9] !== "").length).toBeGreaterThan(5);
  });
});
