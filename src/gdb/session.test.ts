// Goal: a debugger gets the answers that the protocol names (GDB manual, appendix E), and no packet,
// however odd, ends a session. Method: packets to a session over a real machine.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8Decode, utf8Encode } from "../base/bytes.ts";
import {
  HANDLER,
  LOOP,
  LOOPS,
  TICKS,
  tickingExplorer,
  tickingJournal,
} from "../../test/support/gdb/ticking-program.ts";
import { Explorer } from "./explorer.ts";
import type { Journal } from "./journal.ts";
import { encodePacket, PacketReader } from "./packet.ts";
import { GdbSession } from "./session.ts";
import type { DebugTarget } from "./target.ts";

/** A debugger's side, without acknowledgements. */
class Debugger {
  readonly session: GdbSession;
  readonly #reader: PacketReader;

  constructor(target: DebugTarget = tickingExplorer()) {
    this.session = new GdbSession(target);
    this.#reader = new PacketReader();
    this.session.receive(encodePacket("QStartNoAckMode"));
    this.session.receive(utf8Encode("+"));
  }

  /** All that comes back until the target stands still. */
  all(text: string): readonly string[] {
    const texts = this.#textsOf(this.session.receive(encodePacket(text)));
    while (this.session.isRunning) texts.push(...this.#textsOf(this.session.work()));
    return texts;
  }

  ask(text: string): string {
    const answers = this.all(text);
    expect(answers).toHaveLength(1);
    return answers[0] ?? "";
  }

  monitor(command: string): string {
    const answers = this.all(`qRcmd,${toHex(utf8Encode(command))}`);
    expect(answers.at(-1)).toBe("OK");
    return answers
      .slice(0, -1)
      .map((text) => utf8Decode(fromHex(text.slice(1))))
      .join("");
  }

  pc(): bigint {
    return little(this.ask("p20"));
  }

  #textsOf(bytes: Uint8Array): string[] {
    const texts: string[] = [];
    for (const event of this.#reader.read(bytes))
      if (event.kind === "packet") texts.push(event.text);
    return texts;
  }
}

function little(hex: string): bigint {
  return BigInt(`0x${toHex(fromHex(hex).toReversed())}`);
}

const at = (address: bigint): string => address.toString(16);

describe("a session", () => {
  it("acknowledges until it is told not to, and sends again when asked", () => {
    const session = new GdbSession(tickingExplorer());
    const say = (text: string): string => utf8Decode(session.receive(utf8Encode(text)));
    expect(say("$qC#b4")).toBe("+$QC1#c5");
    expect(say("-")).toBe("$QC1#c5");
    expect(say("$qC#00")).toBe("-");
    expect(say("$QStartNoAckMode#b0")).toBe("+$OK#9a");
    expect(say("$qC#b4")).toBe("$QC1#c5");
  });

  it("says what it can do, and nothing to what it does not know", () => {
    const gdb = new Debugger();
    const features = gdb.ask("qSupported:multiprocess+;swbreak+").split(";");
    for (const feature of ["ReverseStep+", "ReverseContinue+", "QStartNoAckMode+"])
      expect(features).toContain(feature);
    expect(gdb.ask("vCont?")).toBe("vCont;c;C;s;S;r");
    for (const unknown of ["vMustReplyEmpty", "qTStatus", "X80000000,0:", "b", "vCont;t", "Z9,0,0"])
      expect(gdb.ask(unknown)).toBe("");
    expect([gdb.ask("?"), gdb.ask("qAttached")]).toEqual(["T05thread:1;", "1"]);
    expect([gdb.ask("qfThreadInfo"), gdb.ask("qsThreadInfo")]).toEqual(["m1", "l"]);
  });

  it("describes its registers, in pieces", () => {
    const gdb = new Debugger();
    let xml = "";
    for (;;) {
      const piece = gdb.ask(`qXfer:features:read:target.xml:${at(BigInt(xml.length))},200`);
      xml += piece.slice(1);
      if (piece.startsWith("l")) break;
    }
    expect(xml).toContain("<architecture>riscv:rv64</architecture>");
    expect(xml.match(/<reg /g)?.length).toBeGreaterThan(33 + 35 + 20);
    expect(xml.trimEnd()).toMatch(/<\/target>$/);
    expect(gdb.ask("qXfer:features:read:other.xml:0,200")).toBe("E00");
    for (const [, index = ""] of xml.matchAll(/regnum="(\d+)"/g))
      expect(gdb.ask(`p${Number(index).toString(16)}`)).toMatch(/^([0-9a-f]{16}|[0-9a-f]{8})$/);
  });

  it("reads registers and memory, and says where there are none", () => {
    const gdb = new Debugger();
    expect(gdb.ask("g")).toHaveLength(33 * 16);
    expect(gdb.pc()).toBe(0x80000000n);
    expect(gdb.ask("m80000000,4")).toMatch(/^[0-9a-f]{8}$/);
    expect(gdb.ask("m0,4")).toBe("E0e");
    expect([gdb.ask("pffff"), gdb.ask("m80000000"), gdb.ask("px")]).toEqual(["E0e", "E16", "E16"]);
  });

  it("runs to breakpoints and back, steps and steps back", () => {
    const gdb = new Debugger();
    expect(gdb.ask(`Z0,${at(LOOP)},4`)).toBe("OK");
    expect(gdb.ask("c")).toBe("T05thread:1;");
    expect(gdb.pc()).toBe(LOOP);
    const first = gdb.monitor("count");
    expect(gdb.ask("vCont;c:1;s")).toBe("T05thread:1;");
    expect(gdb.ask("s")).toBe("T05thread:1;");
    expect(gdb.pc()).toBe(LOOP + 4n);
    expect(gdb.ask("bs")).toBe("T05thread:1;");
    expect(gdb.ask("bc")).toBe("T05thread:1;");
    expect([gdb.pc(), gdb.monitor("count")]).toEqual([LOOP, first]);
    expect(gdb.ask("bc")).toBe("T05replaylog:begin;thread:1;");
    expect(gdb.ask(`z0,${at(LOOP)},4`)).toBe("OK");
    expect(gdb.ask(`vCont;r80000000,${at(LOOP)}:1`)).toBe("T05thread:1;");
    expect(gdb.pc()).toBe(LOOP);
  });

  it("says which watch was hit", () => {
    const gdb = new Debugger();
    expect(gdb.ask(`Z2,${at(TICKS)},8`)).toBe("OK");
    expect(gdb.ask("c")).toBe(`T05watch:${at(TICKS)};thread:1;`);
    expect(gdb.pc()).toBe(HANDLER + 8n);
    expect(gdb.ask("c")).toBe(`T05watch:${at(TICKS)};thread:1;`);
    expect(gdb.ask("bc")).toBe(`T05watch:${at(TICKS)};thread:1;`);
    expect(gdb.pc()).toBe(HANDLER + 12n);
    expect(gdb.ask("bc")).toBe("T05replaylog:begin;thread:1;");
    expect(gdb.ask(`z2,${at(TICKS)},8`)).toBe("OK");
    expect(gdb.ask(`Z3,${at(LOOPS)},8`)).toBe("OK");
    expect(gdb.ask("c")).toBe(`T05rwatch:${at(LOOPS)};thread:1;`);
    expect(gdb.ask(`z3,${at(LOOPS)},8`)).toBe("OK");
    expect(gdb.ask(`Z4,${at(LOOPS)},8`)).toBe("OK");
    expect(gdb.ask("c")).toBe(`T05awatch:${at(LOOPS)};thread:1;`);
    expect(gdb.ask(`Z2,${at(LOOPS)},1000`)).toBe("E1c");
  });

  it("is interrupted while it runs, and deaf to all else", () => {
    const gdb = new Debugger();
    expect(gdb.session.receive(encodePacket("c"))).toHaveLength(0);
    for (let turn = 0; turn < 3; turn++) expect(gdb.session.work()).toHaveLength(0);
    expect(gdb.session.receive(encodePacket("g"))).toHaveLength(0);
    const stopped = utf8Decode(gdb.session.receive(Uint8Array.of(3)));
    expect(stopped).toMatch(/^\$T02thread:1;#/);
    expect(gdb.session.isRunning).toBe(false);
    expect(Number(gdb.monitor("count"))).toBeGreaterThan(0);
  });

  it("goes where a person says", () => {
    const gdb = new Debugger();
    expect(gdb.monitor("goto 1_234")).toMatch(/^step 1234, /);
    const hash = gdb.monitor("hash");
    expect(gdb.monitor("goto 0")).toMatch(/^step 0, /);
    expect(gdb.monitor("goto 1234")).toMatch(/^step 1234, /);
    expect(gdb.monitor("hash")).toBe(hash);
    expect(gdb.monitor("goto 20us")).toMatch(/^step 2000, 0\.000020 s/);
    expect(gdb.monitor("goto there")).toMatch(/expected/);
    expect(gdb.monitor("dance")).toMatch(/no command dance/);
    expect(gdb.ask("qRcmd,6")).toBe("E16");
  });

  it("writes registers and memory, where the life is not another's", () => {
    const gdb = new Debugger();
    expect(gdb.ask("P5=0102030405060708")).toBe("OK");
    expect(little(gdb.ask("p5"))).toBe(0x0807060504030201n);
    const all = gdb.ask("g");
    expect(gdb.ask(`G${all.slice(0, 96)}${"11".repeat(8)}${all.slice(112)}`)).toBe("OK");
    expect(gdb.ask("p6")).toBe("11".repeat(8));
    expect(gdb.ask(`M${at(LOOPS)},2:abcd`)).toBe("OK");
    expect(gdb.ask(`m${at(LOOPS)},2`)).toBe("abcd");
    expect([gdb.ask("M0,1:00"), gdb.ask(`M${at(LOOPS)},2:ab`)]).toEqual(["E0e", "E16"]);
    expect(gdb.ask("Pc=00")).toBe("E16");
    const { runtime, journal } = tickingJournal();
    const fixed: Journal = {
      first: journal.first,
      horizon: 0,
      isOver: true,
      editor: undefined,
      input: () => undefined,
      extend: () => undefined,
      describe: () => "",
      positionAt: () => undefined,
    };
    const other = new Debugger(new Explorer(runtime, fixed));
    const refused = ["P5=0102030405060708", `M${at(LOOPS)},1:01`, "c80000004"];
    expect(refused.map((text) => other.ask(text))).toEqual(["E01", "E01", "E01"]);
    expect(other.ask("p5")).toBe("00".repeat(8));
    expect(other.ask("c")).toBe("T05replaylog:end;thread:1;");
  });

  it("ends when it is told so", () => {
    const [one, other] = [new Debugger(), new Debugger()];
    expect([one.session.ended, one.ask("D"), one.session.ended]).toEqual([
      undefined,
      "OK",
      "detached",
    ]);
    expect([other.ask("vKill;1"), other.session.ended]).toEqual(["OK", "killed"]);
  });

  it("survives any packet", () => {
    const gdb = new Debugger();
    const letters = fc.constantFrom(..."gGpPmMZzqQvHTsc?bX!,:;=#0123456789abcdef".split(""));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), (text) => {
        gdb.session.receive(encodePacket(text.join("")));
        for (let turn = 0; turn < 2 && gdb.session.isRunning; turn++) gdb.session.work();
        gdb.session.receive(Uint8Array.of(3));
        expect(gdb.session.isRunning).toBe(false);
        expect(gdb.ask("?")).toMatch(/^T0/);
      }),
    );
  });
});
