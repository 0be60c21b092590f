// The storage server: who may write before and after a test-and-set, what a retry does, what survives
// a restart, and how each rule behaves when it is switched off.

import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { duration, milliseconds, virtualTime } from "../base/time.ts";
import { Kernel } from "./kernel.ts";
import { Storage, type StorageOptions, type StorageRules } from "./storage.ts";
import { SECTOR_BYTES } from "./storage-disk.ts";
import { NO_STORAGE_FAULTS } from "./storage-faults.ts";
import {
  decodeRecord,
  type StorageBody,
  type StorageCommand,
  type StorageReply,
} from "./storage-wire.ts";

const RULES: StorageRules = {
  fencing: true,
  durableFlag: true,
  ownerTaggedFlag: true,
  flagPerGeneration: true,
};
const LATENCY = milliseconds(1);
const RECORD_LATENCY = milliseconds(2);

interface Answer {
  readonly time: number;
  readonly to: string;
  readonly status: StorageReply["status"];
  readonly tag: number;
  readonly data: Uint8Array;
}

class Site {
  readonly kernel = new Kernel();
  readonly answers: Answer[] = [];
  readonly applied: string[] = [];
  readonly storage: Storage;
  #tag = 0;

  constructor(
    rules: Partial<StorageRules> = {},
    latencyMax = LATENCY,
    more: Partial<StorageOptions> = {},
  ) {
    const options = {
      actor: "storage",
      sectors: 100,
      latencyMin: LATENCY,
      latencyMax,
      recordLatency: RECORD_LATENCY,
      hasVolatileCache: false,
      failedReadsLeaveData: false,
      ...more,
    };
    this.storage = new Storage(
      this.kernel,
      options,
      { ...RULES, ...rules },
      new Prng("disk"),
      {
        applied: ({ initiator }, result) => this.applied.push(`${initiator} ${result}`),
        testAndSet: ({ initiator }, result, isFirst) =>
          this.applied.push(`${initiator} ${result}${isFirst ? " first" : ""}`),
        memberRead: ({ initiator }, result) => this.applied.push(`${initiator} member ${result}`),
        opened: ({ initiator }, result) => this.applied.push(`${initiator} open ${result}`),
      },
      (to, { status, tag, data }) =>
        this.answers.push({ time: this.kernel.now, to, status, tag, data }),
    );
    this.kernel.register("storage", ({ kind, payload }) => this.storage.handleEvent(kind, payload));
    this.kernel.register("control", ({ payload }) => (payload as () => void)());
    this.storage.prepare("vm", "h1", "h2", new Map());
  }

  command(owner: string, body: StorageBody, changes: Partial<StorageCommand> = {}): StorageCommand {
    const fence = { generation: 1, owner };
    const tag = ++this.#tag;
    return { vm: "vm", initiator: owner, session: 1, tag, fence, body, ...changes };
  }

  /** The statuses of commands that are sent one after the other, each after the answer of the last. */
  ask(...commands: readonly StorageCommand[]): readonly string[] {
    return commands.map((command) => {
      this.answers.length = 0;
      this.storage.handleCommand(command);
      this.run();
      return this.answers.map(({ status }) => status).join() || "silence";
    });
  }

  at(ns: number, act: () => void): void {
    this.kernel.schedule(virtualTime(ns), "control", "act", act);
  }

  run(): void {
    while (this.kernel.step());
  }
}

const write = (mark: number, sector = 3): StorageBody => ({
  kind: "write",
  ioId: 1,
  sector,
  data: new Uint8Array(SECTOR_BYTES).fill(mark),
});
const read: StorageBody = { kind: "read", ioId: 2, sector: 3, sectorCount: 1 };
const memberRead: StorageBody = { kind: "member-read", ioId: 2, sector: 3, sectorCount: 1 };
const flush: StorageBody = { kind: "flush", ioId: 3 };
const claim = (owner: string, generation = 1): StorageBody => ({
  kind: "test-and-set",
  generation,
  owner,
});
const open = (generation: number, primary: string, backup: string): StorageBody => ({
  kind: "open",
  generation,
  primary,
  backup,
});

describe("reads of a member that follows the VM (R-11.2)", () => {
  it("are answered while nobody has won the flag, and then only the winner's", () => {
    const site = new Site();
    const member = (owner: string, generation: number): StorageCommand => ({
      ...site.command(owner, memberRead),
      fence: { generation, owner },
    });
    expect(site.ask(member("h2", 1), member("h3", 1), member("h2", 2))).toEqual([
      "ok",
      "fenced",
      "fenced",
    ]);
    site.ask(site.command("h1", claim("h1")));
    expect(site.ask(member("h2", 1), member("h1", 1))).toEqual(["fenced", "ok"]);
    // In the next generation a member of both may not know yet that it has begun.
    site.ask(site.command("h1", open(2, "h1", "h3")));
    expect(site.ask(member("h3", 2), member("h3", 1), member("h2", 1))).toEqual([
      "ok",
      "ok",
      "fenced",
    ]);
  });

  it("change nothing and need no fence of the owner", () => {
    const site = new Site();
    site.ask(site.command("h1", write(7)));
    const reader = { ...site.command("h2", memberRead), fence: { generation: 1, owner: "h2" } };
    site.ask(reader);
    expect(site.answers.at(-1)?.data[0]).toBe(7);
  });
});

describe("blocks", () => {
  it("take effect after the device's latency, not on arrival", () => {
    const site = new Site();
    site.storage.handleCommand(site.command("h1", write(7)));
    expect(site.storage.read(3, 1)[0]).toBe(0);
    site.run();
    expect(site.storage.read(3, 1)[0]).toBe(7);
    expect(site.answers).toMatchObject([{ time: LATENCY, to: "h1", status: "ok", tag: 1 }]);
  });

  it("have the record's own latency for test-and-set", () => {
    const site = new Site();
    site.ask(site.command("h2", claim("h2")));
    expect(site.answers[0]?.time).toBe(RECORD_LATENCY);
  });

  it("draw their latency from both ends inclusively", () => {
    const site = new Site({}, duration(LATENCY + 3));
    for (let i = 0; i < 60; i++) site.storage.handleCommand(site.command("h1", flush));
    site.run();
    const seen = [...new Set(site.answers.map(({ time }) => time - LATENCY))];
    expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });

  it("read back what was written, and zeroes where nothing was", () => {
    const site = new Site();
    site.ask(site.command("h1", write(9)), site.command("h1", { ...read, sectorCount: 2 }));
    const { data } = site.answers[0]!;
    expect([data.length, data[0], data[511], data[512]]).toEqual([1024, 9, 9, 0]);
  });

  it("answer an error outside the disk", () => {
    const site = new Site();
    const bad: readonly StorageBody[] = [
      { ...read, sector: 100 },
      { ...read, sector: 99, sectorCount: 2 },
      { ...read, sectorCount: 0 },
      write(1, 100),
      { ...write(1), data: new Uint8Array(0) },
      { ...write(1), data: new Uint8Array(511) },
    ] as readonly StorageBody[];
    for (const body of bad) expect(site.ask(site.command("h1", body))).toEqual(["error"]);
  });
});

describe("fencing", () => {
  it("before the test-and-set admits the generation's primary and nobody else", () => {
    const site = new Site();
    expect(
      site.ask(
        site.command("h1", write(1)),
        site.command("h2", write(2)),
        site.command("h2", read),
        site.command("h2", flush),
        site.command("h1", write(3), { fence: { generation: 2, owner: "h1" } }),
        site.command("h1", write(3), { vm: "other" }),
      ),
    ).toEqual(["ok", "fenced", "fenced", "fenced", "fenced", "fenced"]);
    expect(site.storage.read(3, 1)[0]).toBe(1);
  });

  it("after it admits the winner only, the other one's reads are refused as well", () => {
    const site = new Site();
    expect(
      site.ask(
        site.command("h2", claim("h2")),
        site.command("h2", write(2)),
        site.command("h1", write(1)),
        site.command("h1", read),
      ),
    ).toEqual(["won", "ok", "fenced", "fenced"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
  });

  it("leaves a winning primary's commands in flight valid", () => {
    const site = new Site();
    site.at(0, () => site.storage.handleCommand(site.command("h1", claim("h1"))));
    site.at(1_500_000, () => site.storage.handleCommand(site.command("h1", write(4))));
    site.run();
    expect(site.answers.map(({ status }) => status)).toEqual(["won", "ok"]);
  });

  it("judges when a command is applied: a late write of the loser does not land", () => {
    const site = new Site();
    site.at(0, () => site.storage.handleCommand(site.command("h2", claim("h2"))));
    site.at(1_500_000, () => site.storage.handleCommand(site.command("h1", write(1))));
    site.run();
    expect(site.applied).toEqual(["h2 won first", "h1 fenced"]);
  });

  it("switched off, everybody's writes land", () => {
    const site = new Site({ fencing: false });
    expect(site.ask(site.command("h2", claim("h2")), site.command("h1", write(6)))).toEqual([
      "won",
      "ok",
    ]);
    expect(site.storage.read(3, 1)[0]).toBe(6);
  });
});

describe("test-and-set", () => {
  it("is won once, and the owner's retry is told so again", () => {
    const site = new Site();
    expect(
      site.ask(
        site.command("h2", claim("h2")),
        site.command("h1", claim("h1")),
        site.command("h2", claim("h2")),
        site.command("h1", claim("h1")),
      ),
    ).toEqual(["won", "lost", "won", "lost"]);
    expect(site.applied[0]).toBe("h2 won first");
    expect(site.applied[2]).toBe("h2 won");
  });

  it("of another generation is lost", () => {
    const site = new Site();
    expect(site.ask(site.command("h2", claim("h2", 2)), site.command("h2", claim("h2")))).toEqual([
      "lost",
      "won",
    ]);
  });

  it("without owner tags tells the winner's retry that it lost", () => {
    const site = new Site({ ownerTaggedFlag: false });
    const first = site.command("h2", claim("h2"));
    expect(site.ask(first, site.command("h2", claim("h2")))).toEqual(["won", "lost"]);
  });

  it("survives a restart; without the rule it is won a second time", () => {
    const durable = new Site();
    const volatile = new Site({ durableFlag: false });
    for (const [site, expected] of [
      [durable, "lost"],
      [volatile, "won"],
    ] as const) {
      site.ask(site.command("h2", claim("h2")));
      site.storage.setDown(true);
      site.storage.restart();
      expect(site.ask(site.command("h1", claim("h1")))).toEqual([expected]);
    }
  });
});

describe("retries", () => {
  it("of a write are applied once and answered again", () => {
    const site = new Site();
    const first = site.command("h1", write(1));
    site.ask(first, site.command("h1", write(2)));
    expect(site.ask(first)).toEqual(["ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    expect(site.applied).toEqual(["h1 ok", "h1 ok", "h1 repeated"]);
  });

  it("of a command still in flight are swallowed", () => {
    const site = new Site();
    const command = site.command("h1", write(1));
    site.storage.handleCommand(command);
    site.storage.handleCommand(command);
    site.run();
    expect(site.answers.length).toBe(1);
  });

  it("of an earlier life of the initiator are other commands", () => {
    const site = new Site();
    const first = site.command("h1", write(1));
    site.ask(first, { ...first, session: 2, body: write(5) });
    expect(site.storage.read(3, 1)[0]).toBe(5);
  });
});

describe("an outage", () => {
  it("silences the server and loses what was in flight; a retry afterwards is applied", () => {
    const site = new Site();
    const command = site.command("h1", write(1));
    site.storage.handleCommand(command);
    site.storage.setDown(true);
    expect(site.ask(site.command("h1", flush))).toEqual(["silence"]);
    expect(site.storage.read(3, 1)[0]).toBe(0);
    site.storage.setDown(false);
    site.storage.restart();
    expect(site.ask(command)).toEqual(["ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(1);
  });
});

describe("a retry after a restart", () => {
  it("of a write that was applied is still not applied twice", () => {
    const site = new Site();
    const first = site.command("h1", write(1));
    site.ask(first, site.command("h1", write(2)));
    site.storage.setDown(true);
    site.storage.restart();
    expect(site.ask(first)).toEqual(["ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    expect(site.applied.at(-1)).toBe("h1 repeated");
  });

  it("that comes after thousands of others is refused in silence, not applied", () => {
    const site = new Site();
    const first = site.command("h1", write(1));
    site.ask(first);
    for (let i = 0; i < 4_200; i++) site.storage.handleCommand(site.command("h1", write(2)));
    site.run();
    expect(site.ask(first)).toEqual(["silence"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
  });
});

describe("an inquiry", () => {
  it("reads the record, whoever asks", () => {
    const site = new Site();
    const records = (): unknown => decodeRecord(site.answers[0]!.data);
    site.ask(site.command("h9", { kind: "inquire" }));
    expect(records()).toEqual({ generation: 1, primary: "h1", backup: "h2", winner: "" });
    site.ask(site.command("h2", claim("h2")), site.command("h1", { kind: "inquire" }));
    expect(records()).toMatchObject({ winner: "h2" });
  });
});

describe("faults", () => {
  const ALWAYS = { numerator: 1, denominator: 1 };
  const wide = (mark: number): StorageBody => ({
    kind: "write",
    ioId: 1,
    sector: 10,
    data: new Uint8Array(16 * SECTOR_BYTES).fill(mark),
  });

  it("stall: nothing is answered, then everything takes effect in order", () => {
    const site = new Site();
    site.storage.setFaults({ ...NO_STORAGE_FAULTS, isStalled: true });
    expect(site.ask(site.command("h1", write(1)), site.command("h1", write(2)))).toEqual([
      "silence",
      "silence",
    ]);
    site.storage.setFaults(NO_STORAGE_FAULTS);
    site.run();
    expect(site.answers.map(({ status }) => status)).toEqual(["ok", "ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    expect(site.storage.bites("stalled")).toBe(2);
  });

  it("slow: latencies are multiplied", () => {
    const site = new Site();
    site.storage.setFaults({ ...NO_STORAGE_FAULTS, slowTimes: 7 });
    site.ask(site.command("h1", write(1)));
    expect(site.answers[0]?.time).toBe(7 * LATENCY);
    expect(site.storage.bites("slowed")).toBe(1);
  });

  it("error: a block command does nothing; the arbiter's record is not concerned", () => {
    const site = new Site();
    site.storage.setFaults({ ...NO_STORAGE_FAULTS, errors: ALWAYS });
    expect(site.ask(site.command("h1", write(1)), site.command("h2", claim("h2")))).toEqual([
      "error",
      "won",
    ]);
    expect(site.storage.read(3, 1)[0]).toBe(0);
    expect(site.storage.bites("errored")).toBe(1);
  });

  it("error of one host: the others are served", () => {
    const site = new Site();
    site.storage.setFaults({ ...NO_STORAGE_FAULTS, errors: ALWAYS, errorsOf: "h2" });
    const mine = { ...site.command("h2", memberRead), fence: { generation: 1, owner: "h2" } };
    expect(site.ask(site.command("h1", write(1)), mine)).toEqual(["ok", "error"]);
  });

  it("error of a read: a part of the data may have come (R-11.3)", () => {
    const site = new Site({}, LATENCY, { failedReadsLeaveData: true });
    site.ask(site.command("h1", write(7)));
    site.storage.setFaults({ ...NO_STORAGE_FAULTS, errors: ALWAYS });
    site.ask(site.command("h1", read));
    const { data } = site.answers.at(-1) as Answer;
    expect(data.length).toBeGreaterThan(0);
    expect([...data].every((byte) => byte === 7)).toBe(true);
  });

  it("lost reply: it took effect, and a retry is answered without taking effect again", () => {
    const site = new Site();
    const first = site.command("h1", write(1));
    site.storage.setFaults({ ...NO_STORAGE_FAULTS, lostReplies: ALWAYS });
    expect(site.ask(first)).toEqual(["silence"]);
    site.storage.setFaults(NO_STORAGE_FAULTS);
    expect(site.ask(site.command("h1", write(2)), first)).toEqual(["ok", "ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    expect(site.storage.bites("reply-lost")).toBe(1);
  });

  it("delayed command: it lands late, and not a second time after its own retry", () => {
    const site = new Site();
    site.storage.delayNextWrite("h1", milliseconds(50));
    const first = site.command("h1", write(1));
    site.at(0, () => site.storage.handleCommand(first));
    site.at(10_000_000, () => site.storage.handleCommand(first));
    site.at(20_000_000, () => site.storage.handleCommand(site.command("h1", write(2))));
    site.run();
    expect(site.applied).toEqual(["h1 ok", "h1 ok", "h1 repeated"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    expect(site.storage.bites("command-delayed")).toBe(1);
  });

  it("torn write: some sectors are written, and the retry writes them all", () => {
    const shapes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const site = new Site({}, milliseconds(9));
      for (let i = 0; i < seed; i++) site.ask(site.command("h1", flush));
      const command = site.command("h1", wide(7));
      site.storage.handleCommand(command);
      site.storage.tearWrites("");
      site.storage.setDown(true);
      site.run();
      const data = site.storage.read(10, 16);
      const shape = Array.from({ length: 16 }, (_, i) =>
        data[i * SECTOR_BYTES] === 7 ? "x" : ".",
      );
      shapes.add(shape.join(""));
      expect(shape).toContain("x");
      expect(shape).toContain(".");
      expect(site.applied.at(-1)).toBe("h1 torn");
      site.storage.restart();
      expect(site.ask(command)).toEqual(["ok"]);
      expect(new Set(site.storage.read(10, 16))).toEqual(new Set([7]));
    }
    expect(shapes.size).toBeGreaterThan(8);
  });

  it("torn write of one host leaves the others' alone, and nothing of a fenced one is written", () => {
    const site = new Site();
    site.ask(site.command("h2", claim("h2")));
    site.storage.handleCommand(site.command("h1", wide(1)));
    site.storage.handleCommand(site.command("h2", wide(2)));
    site.storage.tearWrites("h1");
    site.run();
    expect(site.applied).toEqual(["h2 won first", "h1 fenced", "h2 ok"]);
    expect(site.storage.bites("torn")).toBe(0);
  });

  it("lost cache: unflushed writes are gone, flushed ones stay, and the next flush fails once", () => {
    const site = new Site({}, LATENCY, { hasVolatileCache: true });
    const lost = site.command("h1", write(2));
    site.ask(site.command("h1", write(1)), site.command("h1", flush), lost);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    site.storage.setDown(true);
    site.storage.loseCache();
    site.storage.restart();
    expect(site.storage.read(3, 1)[0]).toBe(1);
    expect(site.ask(site.command("h1", flush), site.command("h1", flush))).toEqual(["error", "ok"]);
    // Its answer had been lost: sent again, it takes effect again.
    expect(site.ask(lost)).toEqual(["ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(2);
    expect(site.storage.bites("cache-lost")).toBe(1);
  });

  it("lost cache without a volatile one loses nothing", () => {
    const site = new Site();
    site.ask(site.command("h1", write(1)));
    site.storage.loseCache();
    expect(site.ask(site.command("h1", flush))).toEqual(["ok"]);
    expect(site.storage.read(3, 1)[0]).toBe(1);
  });
});

describe("open generation", () => {
  it("is a compare-and-set that only the owner of the last one may do", () => {
    const site = new Site();
    expect(
      site.ask(
        site.command("h2", claim("h2")),
        site.command("h1", open(2, "h1", "h3")),
        site.command("h2", open(3, "h2", "h3")),
        site.command("h2", open(2, "h2", "h3")),
        site.command("h2", open(2, "h2", "h3")),
        site.command("h2", open(2, "h2", "h4")),
      ),
    ).toEqual(["won", "lost", "lost", "won", "won", "lost"]);
    const now = { fence: { generation: 2, owner: "h2" } };
    expect(
      site.ask(
        site.command("h2", write(8), now),
        site.command("h3", claim("h3", 2)),
        site.command("h2", write(9), now),
        site.command("h3", write(9), { fence: { generation: 2, owner: "h3" } }),
      ),
    ).toEqual(["ok", "won", "fenced", "ok"]);
  });

  it("is allowed to a primary that never lost its backup to an arbitration", () => {
    const site = new Site();
    expect(site.ask(site.command("h1", open(2, "h1", "h3")))).toEqual(["won"]);
  });

  // Was a defect (storage.ts, #isAdmitted): D11 leaves the owner's own commands in flight valid, but
  // what it sent under its old generation is fenced, and a fenced node halts.
  it("leaves the owner's commands of the old generation valid while they are in flight", () => {
    const site = new Site();
    expect(site.ask(site.command("h1", open(2, "h1", "h3")), site.command("h1", write(1)))).toEqual(
      ["won", "ok"],
    );
  });
});

describe("snapshot", () => {
  it("goes on identically: blocks, record, retries and latencies", () => {
    const site = new Site({}, milliseconds(5));
    const first = site.command("h1", write(1));
    site.ask(first, site.command("h2", claim("h2")));
    const kept = site.storage.snapshot();
    const go = (): unknown => {
      site.applied.length = 0;
      const start = site.kernel.now;
      const tags = [
        { ...first },
        { ...site.command("h2", write(2)), tag: 90 },
        { ...site.command("h1", claim("h1")), tag: 91 },
        { ...site.command("h2", flush), tag: 92 },
      ];
      const statuses = site.ask(...tags);
      return [
        statuses,
        site.applied.slice(),
        site.kernel.now - start,
        [...site.storage.read(3, 1)],
      ];
    };
    const expected = go();
    site.storage.restart();
    site.storage.restore(kept);
    expect(go()).toEqual(expected);
  });
});
