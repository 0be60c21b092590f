// What a protocol that ships state instead of a log does to the memory of its machine (ADR 3): keep
// track of what changes, take that out, put another machine's in.

import { ProtocolMistake } from "../ft/protocol-mistake.ts";
import type { Input, MemoryCommand, Page } from "../ft/protocol.ts";
import type { HostParts } from "./host-parts.ts";

/** The answer to the protocol, where a command has one. */
export function performMemory(parts: HostParts, command: MemoryCommand): Input | undefined {
  const { machine } = parts.runner;
  switch (command.do) {
    case "track":
      machine.trackDirty(true);
      return undefined;
    case "take":
      return takeState(parts, command.also ?? []);
    case "put":
      for (const page of command.pages) putPage(parts, page);
      putState(parts, command.machine);
      parts.runner.chargeCopy(command.pages.length);
      return undefined;
  }
}

function takeState({ host, runner, lineages }: HostParts, also: readonly number[]): Input {
  const { machine, record } = runner;
  const indices = new Set([...machine.takeDirtyPages(), ...also]);
  const pages: Page[] = [...indices]
    .sort((a, b) => a - b)
    .map((index) => ({ index, bytes: machine.readPage(index) }));
  const state = machine.exportState();
  runner.chargeCopy(pages.length);
  lineages.note(state, { node: host.name, crossings: record.length });
  return { kind: "state", pages, machine: state };
}

function putPage({ host, runner }: HostParts, { index, bytes }: Page): void {
  const { machine } = runner;
  const pages = machine.config.ramBytes / PAGE_BYTES;
  if (index >= pages)
    throw new ProtocolMistake(`${host.name}: memory put: page ${index} of a machine with ${pages}`);
  machine.writePage(index, bytes);
}

const PAGE_BYTES = 4_096;

function putState(
  { host, runner, lineages, peerRecord, facts }: HostParts,
  bytes: Uint8Array,
): void {
  runner.abandon();
  const imported = runner.machine.importState(bytes);
  if (!imported.ok) throw new ProtocolMistake(`${host.name}: memory put: ${imported.error}`);
  const lineage = lineages.find(bytes);
  if (lineage === undefined) return;
  const isNewLife = runner.adopt(peerRecord(lineage.node).slice(0, lineage.crossings));
  if (isNewLife) facts.machineStarted();
}
