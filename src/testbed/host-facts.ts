// The facts of one host, in one place: world facts of its machine's port and of what leaves it, and
// the claims of its replica with the host's name and the time on them. Every fact is written out as
// one literal: spreading a common part into it would cost more than all the rest.

import { Digest, hashBytes } from "../base/digest.ts";
import type { Claim } from "../ft/claim.ts";
import type { NumberedOutput } from "../ft/protocol.ts";
import type { CrossingKind, DiskSummary, Fact, FactOf, PeerSignal } from "../history/fact.ts";
import type { Kernel } from "../sim/kernel.ts";
import type { DiskRequest, Output } from "../vm/exit.ts";
import { hashOutput } from "../vm/output-hash.ts";
import type { VirtualMachine } from "../vm/virtual-machine.ts";
import { macName } from "./addresses.ts";
import type { Crossing } from "./flight-recorder.ts";
import { summarizeFrame } from "./segment-summary.ts";
import { LogMeter } from "./log-meter.ts";
import type { PortObserver } from "./vm-port.ts";

export type Emit = (fact: Fact) => void;

interface HostFactsOptions {
  readonly kernel: Kernel;
  readonly node: string;
  readonly machine: VirtualMachine;
  readonly emit: Emit;
  /** Where races in guest memory are looked for: which pages a disk command touches. */
  readonly tellsMemory: boolean;
}

export class HostFacts implements PortObserver {
  readonly #kernel: Kernel;
  readonly #node: string;
  readonly #machine: VirtualMachine;
  readonly #emit: Emit;
  /** State that goes on: its owner is the host that these facts are of. */
  readonly traffic: LogMeter;
  readonly #tellsMemory: boolean;

  constructor({ kernel, node, machine, emit, tellsMemory }: HostFactsOptions) {
    this.#kernel = kernel;
    this.#node = node;
    this.#machine = machine;
    this.#emit = emit;
    this.traffic = new LogMeter(kernel.now);
    this.#tellsMemory = tellsMemory;
  }

  claim(claim: Claim): void {
    // Not a spread: with claims of so many shapes V8 takes ten times as long for one.
    const said = { witness: "claim", time: this.#kernel.now, node: this.#node } as const;
    this.#emit(Object.assign({}, claim, said));
  }

  machineStarted(): void {
    const { count } = this.#machine;
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "machine-start",
      count,
      stateHash: this.#machine.stateHash(),
    });
  }

  /** This machine's state was taken out, as it is just now. */
  stateTaken(stateHash: string, outputs: number): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "state-take",
      count: this.#machine.count,
      outputs,
      stateHash,
    });
  }

  /** Another machine's state is in this one now: whose, and what its hash was. */
  statePut(source: string, sourceHash: string): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "state-put",
      source,
      count: this.#machine.count,
      sourceHash,
      stateHash: this.#machine.stateHash(),
    });
  }

  operatorTold(command: FactOf<"operator">["command"], result: FactOf<"operator">["result"]): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "operator",
      command,
      result,
    });
  }

  machineStopped(count: number, why: string): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "machine-stop",
      count,
      why,
    });
  }

  hostChanged(what: FactOf<"host">["what"], detail: string): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "host",
      what,
      detail,
    });
  }

  heard(from: string, signal: PeerSignal): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "heard",
      from,
      signal,
    });
  }

  cpuLimited(percent: number): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "cpu-limit",
      percent,
    });
  }

  /** A message of so many bytes goes into the log channel; `plain`: before it was packed. */
  sentToLog(bytes: number, plain: number): void {
    const { now } = this.#kernel;
    const ended = this.traffic.sent(bytes, plain, now);
    if (ended === undefined) return;
    const { plainBytes, ...told } = ended;
    if (plainBytes !== told.sentBytes)
      this.#emit({
        witness: "world",
        time: now,
        node: this.#node,
        kind: "log-packed",
        plainBytes,
        sentBytes: told.sentBytes,
      });
    this.#emit({ ...told, witness: "world", time: now, node: this.#node, kind: "log-traffic" });
  }

  windowChanged(isOpen: boolean): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "log-window",
      isOpen,
    });
  }

  /** `transfer` is what the host does when the data of a read is there. */
  transferred(ioId: number, transfer: () => void): void {
    const before = hashBytes(this.#machine.diskBuffer(ioId));
    transfer();
    const after = hashBytes(this.#machine.diskBuffer(ioId));
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "disk-transfer",
      ioId,
      before,
      after,
    });
  }

  announced(mac: number): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "announce",
      mac: macName(mac),
    });
  }

  crossed(crossing: Crossing, index: number, stateHash: string, isLive: boolean): void {
    this.traffic.crossed(crossing);
    const entry = crossing.kind === "entry" ? crossing.entry : undefined;
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "crossing",
      index,
      crossing: crossingKind(crossing),
      phase: crossing.kind === "entry" ? "before" : "during",
      count: crossing.count,
      pc: this.#machine.pc.toString(16),
      privilege: this.#machine.privilege,
      valueHash: hashCrossing(crossing),
      stateHash,
      ioId: entry?.kind === "disk-done" ? entry.ioId : -1,
      ioStatus: entry?.kind === "disk-done" ? entry.status : "",
      ticks: crossing.kind === "time" ? crossing.ticks : -1,
      isLive,
    });
  }

  performed({ ordinal, output }: NumberedOutput, count: number): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "output",
      ordinal,
      outputClass: output.class,
      count,
      hash: hashOutput(output),
      disk: output.class === "disk" ? this.#disk(output.request) : null,
    });
  }

  released(ordinal: number, output: Output, isAgain: boolean, count: number): void {
    if (output.class === "disk" && this.#tellsMemory) this.#tellMemory(output.request);
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "release",
      ordinal,
      outputClass: output.class,
      count,
      hash: hashOutput(output),
      length: output.class === "disk" ? output.request.data.length : output.bytes.length,
      segment: output.class === "network" ? summarizeFrame(output.bytes) : null,
      disk: output.class === "disk" ? this.#disk(output.request) : null,
      isAgain,
    });
  }

  /** A command to the host's own disk: inside the VM, and no output. */
  issued(request: DiskRequest, isAgain: boolean): void {
    if (this.#tellsMemory) this.#tellMemory(request);
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "disk-issue",
      disk: this.#disk(request),
      isAgain,
    });
  }

  /** The content of another host's disk is on this one now: what it was there, and what it is here. */
  diskPut(source: string, sourceHash: string, contentHash: string): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "disk-copy",
      source,
      sourceHash,
      contentHash,
    });
  }

  #tellMemory({ ioId, pages }: DiskRequest): void {
    this.#emit({
      witness: "world",
      time: this.#kernel.now,
      node: this.#node,
      kind: "disk-memory",
      ioId,
      pages,
    });
  }

  /** Without bounce buffers a write has no bytes of its own: they are what guest memory holds now. */
  #disk(request: DiskRequest): DiskSummary {
    const isInMemory = request.op === "write" && !this.#machine.config.rules.bounceBuffers;
    const data = isInMemory ? this.#machine.diskBuffer(request.ioId) : request.data;
    const { ioId, op, sector, sectorCount } = request;
    return { ioId, op, sector, sectorCount, dataHash: hashBytes(data) };
  }
}

function crossingKind(crossing: Crossing): CrossingKind {
  return crossing.kind === "entry" ? crossing.entry.kind : crossing.kind;
}

/** What crossed, whoever it was: equal on every machine that executes the same history. */
function hashCrossing(crossing: Crossing): string {
  const digest = new Digest();
  switch (crossing.kind) {
    case "entry":
      mixEntry(digest, crossing.entry);
      break;
    case "time":
      digest.integer(crossing.ticks);
      break;
    case "entropy":
      digest.bytes(crossing.bytes);
      break;
    case "output":
      for (const output of crossing.outputs) digest.text(`${output.class} ${hashOutput(output)}`);
      break;
  }
  return digest.toString();
}

function mixEntry(digest: Digest, entry: Extract<Crossing, { kind: "entry" }>["entry"]): void {
  switch (entry.kind) {
    case "timer":
      break;
    case "net-rx":
      for (const frame of entry.frames) digest.text(hashBytes(frame));
      break;
    case "disk-done":
      digest.word(entry.ioId);
      digest.text(entry.status);
      digest.text(hashBytes(entry.data));
      break;
    case "uart-rx":
      digest.word(entry.byte);
      break;
  }
}
