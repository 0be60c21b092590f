// What a user's protocol wants done, checked before the testbed does it: an effect that nobody knows,
// that is malformed, or that makes no sense at this moment is told to its author in one sentence.

import type { Role } from "../ft/claim.ts";
import type { Answer, Effect, MemoryCommand, Page, VmCommand } from "../ft/protocol.ts";
import type { DiskRequest, Entry, Output } from "../vm/exit.ts";
import { encodePlain, freezePlain } from "./plain-data.ts";

/** What of this replica's machine an effect may depend on; effects before it have changed it. */
export interface MachineView {
  readonly generation: number;
  readonly count: number;
  /** The request at which the machine stands, not answered yet. */
  asking: "time" | "entropy" | undefined;
  isTracking: boolean;
}

export type Checked =
  | { readonly effect: Effect }
  /** Nothing to be done by the testbed. */
  | { readonly problem: string };

type Fields = Record<string, unknown>;

const ROLES: readonly Role[] = [
  "PRIMARY",
  "BACKUP",
  "SUSPECT",
  "TAS_WAIT",
  "GOING_LIVE",
  "SOLO",
  "HALTED",
];
const NO_COST = { kind: "none", bytes: 0 } as const;
const PAGE_BYTES = 4_096;

const CHECKS: ReadonlyMap<string, (fields: Fields, view: MachineView) => Checked> = new Map([
  ["send", checkSend],
  ["set-timer", checkTimer],
  ["cancel-timer", checkCancel],
  ["vm", checkVm],
  ["memory", checkMemory],
  ["release", checkRelease],
  ["drop", checkDrop],
  ["announce", () => ({ effect: { kind: "announce" } as const })],
  [
    "test-and-set",
    (_: Fields, { generation }: MachineView) => ({
      effect: { kind: "test-and-set", generation } as const,
    }),
  ],
  ["role", checkRole],
  ["mark", checkMark],
]);

export function checkEffect(value: unknown, view: MachineView): Checked {
  const fields = fieldsOf(value);
  if (fields === undefined) return problem(`is ${nameOf(value)}, expected an object with a kind`);
  const { kind } = fields;
  const check = typeof kind === "string" ? CHECKS.get(kind) : undefined;
  if (check !== undefined) return check(fields, view);
  const known = [...CHECKS.keys()].join(", ");
  return problem(`has the unknown kind ${quoted(kind)}; expected one of ${known}`);
}

function checkSend({ channel, message }: Fields): Checked {
  if (channel !== "log" && channel !== "heartbeat")
    return problem(`send: channel is ${quoted(channel)}, expected "log" or "heartbeat"`);
  const unfit = freezePlain(message, "message");
  if (unfit !== undefined) return problem(`send: ${unfit}; a message is plain data`);
  return { effect: { kind: "send", channel, bytes: encodePlain(message) } };
}

function checkTimer({ timer, at }: Fields): Checked {
  if (!isName(timer)) return problem(`set-timer: timer is ${quoted(timer)}, expected a name`);
  if (!Number.isSafeInteger(at))
    return problem(`set-timer: at is ${quoted(at)}, expected whole ns of this host's clock`);
  return { effect: { kind: "set-timer", timer, at: at as number } };
}

function checkCancel({ timer }: Fields): Checked {
  if (!isName(timer)) return problem(`cancel-timer: timer is ${quoted(timer)}, expected a name`);
  return { effect: { kind: "cancel-timer", timer } };
}

function checkRole({ role, reason }: Fields, { generation }: MachineView): Checked {
  const known = ROLES.find((one) => one === role);
  if (known === undefined)
    return problem(`role: ${quoted(role)}, expected one of ${ROLES.join(", ")}`);
  const why = typeof reason === "string" ? reason : "";
  return {
    effect: { kind: "claim", claim: { kind: "role", role: known, reason: why, generation } },
  };
}

function checkMark({ name }: Fields): Checked {
  if (!isName(name)) return problem(`mark: name is ${quoted(name)}, expected a name`);
  return { effect: { kind: "mark", name } };
}

function checkDrop({ ordinals }: Fields): Checked {
  if (!Array.isArray(ordinals) || !ordinals.every(isWhole))
    return problem("drop: expected ordinals: [...] of outputs");
  return { effect: { kind: "drop", ordinals: ordinals as number[] } };
}

function checkRelease({ ordinal, output, isAgain = false }: Fields): Checked {
  if (!isWhole(ordinal) && ordinal !== -1)
    return problem(`release: ordinal is ${quoted(ordinal)}, expected an output's, or -1`);
  if (typeof isAgain !== "boolean") return problem("release: isAgain: expected true or false");
  const found = outputOf(output);
  if (found === undefined)
    return problem("release: output: expected { class, bytes } or { class: 'disk', request }");
  return { effect: { kind: "release", ordinal, output: found, isAgain } };
}

// ---- the machine

function checkVm({ command }: Fields, view: MachineView): Checked {
  const fields = fieldsOf(command);
  if (fields === undefined) return problem("vm: expected command: { do: ... }");
  switch (fields["do"]) {
    case "run":
      return vm({ do: "run" });
    case "pause":
      return vm({ do: "pause" });
    case "resume":
      return vm({ do: "resume" });
    case "halt":
      return vm({ do: "halt" });
    case "answer":
      return checkAnswer(fields, view);
    case "inject":
      return checkInject(fields, view);
    case "replay":
      return checkReplay(fields, view);
    default:
      return problem(
        `vm: do is ${quoted(fields["do"])}, expected run, replay, inject, answer, pause, resume or halt`,
      );
  }
}

function checkAnswer({ answer }: Fields, view: MachineView): Checked {
  if (view.asking === undefined) return problem("vm answer: the machine asked for nothing");
  const found = answerOf(answer);
  if (found === undefined)
    return problem("vm answer: expected { what: 'time', ticks } or { what: 'entropy', bytes }");
  if (found.what !== view.asking)
    return problem(`vm answer: ${found.what}, but the machine asked for ${view.asking}`);
  view.asking = undefined;
  return vm({ do: "answer", answer: found, cost: NO_COST });
}

function checkInject({ entry }: Fields, view: MachineView): Checked {
  if (view.asking !== undefined)
    return problem(
      `vm inject: the machine stands at a request for ${view.asking}: answer it first`,
    );
  const found = entryOf(entry);
  if (found === undefined)
    return problem(
      "vm inject: expected { kind: 'timer' }, { kind: 'net-rx', frames } or { kind: 'disk-done', ioId, status, data }",
    );
  return vm({ do: "inject", entry: found, cost: NO_COST });
}

function checkReplay({ until, answers = [] }: Fields, view: MachineView): Checked {
  if (!isWhole(until) || until < view.count)
    return problem(`vm replay: until is ${quoted(until)}, the machine is at step ${view.count}`);
  const found = Array.isArray(answers) ? answers.map(answerOf) : [undefined];
  if (found.includes(undefined)) return problem("vm replay: answers: expected a list of answers");
  return vm({ do: "replay", until, answers: found as Answer[] });
}

function checkMemory({ command }: Fields, view: MachineView): Checked {
  const fields = fieldsOf(command);
  switch (fields?.["do"]) {
    case "track":
      view.isTracking = true;
      return memory({ do: "track" });
    case "take":
      if (!view.isTracking) return problem("memory take: dirty pages are not tracked: track first");
      return memory({ do: "take" });
    case "put":
      return checkPut(fields as Fields, view);
    default:
      return problem("memory: expected command: { do: 'track' | 'take' | 'put' }");
  }
}

function checkPut({ pages, machine }: Fields, view: MachineView): Checked {
  if (!Array.isArray(pages) || !pages.every(isPage))
    return problem("memory put: pages: expected [{ index, bytes }], 4096 bytes each");
  if (!(machine instanceof Uint8Array)) return problem("memory put: machine: expected bytes");
  view.asking = undefined;
  return memory({ do: "put", pages, machine });
}

function vm(command: VmCommand): Checked {
  return { effect: { kind: "vm", command } };
}

function memory(command: MemoryCommand): Checked {
  return { effect: { kind: "memory", command } };
}

// ---- values

function outputOf(value: unknown): Output | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { bytes, request } = fields;
  if (fields["class"] === "disk") {
    const found = requestOf(request);
    return found && { class: "disk", request: found };
  }
  if (!(bytes instanceof Uint8Array)) return undefined;
  if (fields["class"] === "network") return { class: "network", bytes };
  return fields["class"] === "console" ? { class: "console", bytes } : undefined;
}

function requestOf(value: unknown): DiskRequest | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { ioId, op, sector, sectorCount, data } = fields;
  if (op !== "read" && op !== "write" && op !== "flush") return undefined;
  if (!isWhole(ioId) || !isWhole(sector) || !isWhole(sectorCount)) return undefined;
  return data instanceof Uint8Array ? { ioId, op, sector, sectorCount, data } : undefined;
}

function answerOf(value: unknown): Answer | undefined {
  const fields = fieldsOf(value);
  const { what, ticks, bytes } = fields ?? {};
  if (what === "time" && isWhole(ticks)) return { what, ticks };
  return what === "entropy" && bytes instanceof Uint8Array ? { what, bytes } : undefined;
}

function entryOf(value: unknown): Entry | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { kind, frames, ioId, status, data } = fields;
  if (kind === "timer") return { kind };
  if (
    kind === "net-rx" &&
    Array.isArray(frames) &&
    frames.every((one) => one instanceof Uint8Array)
  )
    return { kind, frames };
  const isDone = kind === "disk-done" && isWhole(ioId) && data instanceof Uint8Array;
  if (isDone && (status === "ok" || status === "error")) return { kind, ioId, status, data };
  return undefined;
}

function isPage(value: unknown): value is Page {
  const fields = fieldsOf(value);
  const bytes = fields?.["bytes"];
  return isWhole(fields?.["index"]) && bytes instanceof Uint8Array && bytes.length === PAGE_BYTES;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 64;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}

function problem(text: string): Checked {
  return { problem: text };
}

function quoted(value: unknown): string {
  return typeof value === "string" ? `"${value.slice(0, 40)}"` : nameOf(value);
}

function nameOf(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
