// What a protocol that ships state instead of a log does to the memory of its machine (ADR 3): keep
// track of what changes, take that out, put another machine's in.

import { ProtocolMistake } from "../ft/protocol-mistake.ts";
import type { Input, MemoryCommand, Page } from "../ft/protocol.ts";
import type { HostParts } from "./host-parts.ts";
import type { VmRunner } from "./vm-runner.ts";

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
      return { kind: "pages", pages: readPages(parts.runner, command.which) };
    case "take":
      return takeState(parts, command.also ?? []);
    case "clear":
      for (const index of machine.writtenPages()) machine.writePage(index, EMPTY_PAGE);
      return undefined;
    case "put":
      for (const page of command.pages) putPage(parts, page);
      parts.runner.chargeCopy(command.pages.length);
      if (command.machine !== undefined) putState(parts, command.machine, isEmpty);
      return undefined;
  }
}

const PAGE_BYTES = 4_096;
const EMPTY_PAGE = new Uint8Array(PAGE_BYTES);

/** Reading all of them makes a round: what is written from here on belongs to the next. */
function readPages(runner: VmRunner, which: "all" | "written"): readonly Page[] {
  const { machine } = runner;
  const written = machine.takeDirtyPages();
  const indices = which === "all" ? machine.writtenPages() : written;
  runner.chargeCopy(indices.length);
  return indices.map((index) => ({ index, bytes: machine.readPage(index) }));
}

function takeState({ host, runner, lineages, facts }: HostParts, also: readonly number[]): Input {
  const { machine, record } = runner;
  const indices = new Set([...machine.takeDirtyPages(), ...also]);
  const pages: Page[] = [...indices]
    .sort((a, b) => a - b)
    .map((index) => ({ index, bytes: machine.readPage(index) }));
  const state = machine.exportState();
  runner.chargeCopy(pages.length);
  const stateHash = machine.stateHash();
  lineages.note(state, { node: host.name, crossings: record.length, stateHash });
  facts.stateTaken(stateHash, runner.outputs);
  return { kind: "state", pages, machine: state };
}

function putPage({ host, runner }: HostParts, { index, bytes }: Page): void {
  const { machine } = runner;
  const pages = machine.config.ramBytes / PAGE_BYTES;
  if (index >= pages)
    throw new ProtocolMistake(`${host.name}: memory put: page ${index} of a machine with ${pages}`);
  machine.writePage(index, bytes);
}

function putState(parts: HostParts, bytes: Uint8Array, isEmpty: boolean): void {
  const { host, runner, lineages, peerRecord, facts } = parts;
  runner.abandon();
  const imported = runner.machine.importState(bytes);
  if (!imported.ok) throw new ProtocolMistake(`${host.name}: memory put: ${imported.error}`);
  const lineage = lineages.find(bytes);
  const past = lineage && peerRecord(lineage.node).slice(0, lineage.crossings);
  if (isEmpty) runner.begin(past ?? []);
  const isNewLife = isEmpty || (past !== undefined && runner.adopt(past));
  if (isNewLife) facts.machineStarted();
  facts.statePut(lineage?.node ?? "", lineage?.stateHash ?? "");
}
