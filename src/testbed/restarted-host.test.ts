// A restarted host asks until it is answered, believes only answers of its own life, and then is quiet.

import { describe, expect, it } from "vitest";
import { virtualTime } from "../base/time.ts";
import { decodeCommand, encodeRecord, type StorageReply } from "../sim/storage-wire.ts";
import { RestartedHost } from "./restarted-host.ts";

const NOW = virtualTime(1_000);
const record = { generation: 1, primary: "h1", backup: "h2", winner: "h2" };
const reply = (changes: Partial<StorageReply> = {}): StorageReply => ({
  session: 2,
  tag: 1,
  status: "ok",
  data: encodeRecord(record),
  ...changes,
});

describe("a restarted host", () => {
  it("asks for the record and for nothing else, again and again", () => {
    const host = new RestartedHost("h1", 2);
    const asked = [host.ask(NOW), host.ask(NOW)];
    expect(asked.map((one) => decodeCommand(one!.bytes))).toMatchObject([
      { initiator: "h1", session: 2, tag: 1, body: { kind: "inquire" } },
      { initiator: "h1", session: 2, tag: 2, body: { kind: "inquire" } },
    ]);
    expect(asked[0]?.next).toBe(200_001_000);
  });

  it("says what it read, once, and asks no more", () => {
    const host = new RestartedHost("h1", 2);
    host.ask(NOW);
    expect(host.handleReply(reply())).toBe("generation 1 of the VM went on without it: h2 has it");
    expect(host.handleReply(reply())).toBeUndefined();
    expect(host.ask(NOW)).toBeUndefined();
  });

  it("stays out also when nobody has the flag yet: what it ran is gone", () => {
    const host = new RestartedHost("h1", 2);
    const data = encodeRecord({ ...record, winner: "" });
    expect(host.handleReply(reply({ data }))).toContain("nobody has asked for it yet");
  });

  it("does not believe answers to its earlier life, errors, or damaged ones", () => {
    const host = new RestartedHost("h1", 2);
    for (const bad of [{ session: 1 }, { status: "error" }, { data: new Uint8Array(2) }] as const)
      expect(host.handleReply(reply(bad))).toBeUndefined();
    expect(host.ask(NOW)).toBeDefined();
  });

  it("goes on identically from a snapshot", () => {
    const host = new RestartedHost("h1", 2);
    host.ask(NOW);
    const kept = host.snapshot();
    host.handleReply(reply());
    host.restore(kept);
    expect(decodeCommand(host.ask(NOW)!.bytes)?.tag).toBe(2);
  });
});
