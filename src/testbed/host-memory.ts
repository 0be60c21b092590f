// What a protocol that ships state instead of a log does to the memory of its machine (ADR 3): keep
// track of what changes, take that out, put another machine's in.

import { InvariantViolation } from "../base/assert.ts";
import type { Input, MemoryCommand, Page } from "../ft/protocol.ts";
import type { Machine } from "../vm/machine.ts";
import type { HostParts } from "./host-parts.ts";

/** The answer to the protocol, where a command has one. `isEmpty`: no machine has begun here. */
export function performMemory(
  parts: HostParts,
  command: MemoryCommand,
  isEmpty: boolean,
): Input | undefined {
  const { machine } = parts.runner;
  switch (command.do) {
    case "track":
      machine.trackDirty(true);
      return undefined;
    case "untrack":
      machine.trackDirty(false);
      return undefined;
    case "read":
      return { kind: "pages", pages: readPages(machine, command.which) };
    case "take":
      return takeState(parts);
    case "clear":
      for (const index of machine.writtenPages()) machine.writePage(index, EMPTY_PAGE);
      return undefined;
    case "put":
      for (const page of command.pages) machine.writePage(page.index, page.bytes);
      if (command.machine !== undefined) putState(parts, command.machine, isEmpty);
      return undefined;
  }
}

const EMPTY_PAGE = new Uint8Array(4_096);

/** Reading all of them makes a round: what is written from here on belongs to the next. */
function readPages(machine: Machine, which: "all" | "written"): readonly Page[] {
  const written = machine.takeDirtyPages();
  const indices = which === "all" ? machine.writtenPages() : written;
  return indices.map((index) => ({ index, bytes: machine.readPage(index) }));
}

function takeState({ host, runner, lineages }: HostParts): Input {
  const { machine, record } = runner;
  const pages: Page[] = machine
    .takeDirtyPages()
    .map((index) => ({ index, bytes: machine.readPage(index) }));
  const state = machine.exportState();
  const stateHash = machine.stateHash();
  lineages.note(state, { node: host.name, crossings: record.length, stateHash });
  return { kind: "state", pages, machine: state };
}

function putState(parts: HostParts, bytes: Uint8Array, isEmpty: boolean): void {
  const { runner, lineages, peerRecord, facts } = parts;
  const imported = runner.machine.importState(bytes);
  if (!imported.ok) throw new InvariantViolation(`memory put: ${imported.error}`);
  const lineage = lineages.find(bytes);
  const past = lineage && peerRecord(lineage.node).slice(0, lineage.crossings);
  if (isEmpty) {
    runner.begin(past ?? []);
    facts.machineStarted();
  } else if (past !== undefined) runner.adopt(past);
  facts.statePut(lineage?.node ?? "", lineage?.stateHash ?? "");
}
