// What a protocol that ships state instead of a log does to the memory of its machine (ADR 3): keep
// track of what changes, take that out, put another machine's in. Where the host has a disk of its own,
// that is a part of the machine and goes the same way. It is read and written in blocks at
// the declared cost of a page, at once: a simplification, no command is under way meanwhile.

import { ProtocolMistake } from "../ft/protocol-mistake.ts";
import type { Input, MemoryCommand, Page } from "../ft/protocol.ts";
import { clearDisk, contentHash, putBlocks, takeBlocks, trackWrites } from "../sim/disk-blocks.ts";
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
    case "untrack":
      machine.trackDirty(command.do === "track");
      if (parts.disk.own !== undefined) trackWrites(parts.disk.own.content, command.do === "track");
      return undefined;
    case "read": {
      const pages = readPages(parts.runner, command.which);
      return { kind: "pages", pages, ...readBlocks(parts, command.which) };
    }
    case "take":
      return takeState(parts, command.also ?? []);
    case "clear":
      for (const index of machine.writtenPages()) machine.writePage(index, EMPTY_PAGE);
      parts.disk.own?.abort();
      if (command.keepsDisk !== true && parts.disk.own !== undefined)
        clearDisk(parts.disk.own.content);
      return undefined;
    case "put":
      for (const page of command.pages) putPage(parts, page);
      parts.runner.chargeCopy(command.pages.length);
      putOnDisk(parts, command.blocks ?? []);
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

/** Of a disk of its own; elsewhere nothing. */
function readBlocks(
  { disk, runner }: HostParts,
  which: "all" | "written",
): { readonly blocks?: readonly Page[] } {
  if (disk.own === undefined) return {};
  const blocks = takeBlocks(disk.own.content, which);
  runner.chargeCopy(blocks.length);
  return { blocks };
}

function putOnDisk({ host, disk, runner }: HostParts, blocks: readonly Page[]): void {
  if (blocks.length === 0) return;
  if (disk.own === undefined)
    throw new ProtocolMistake(`${host.name}: memory put: blocks of a disk, which it shares`);
  putBlocks(disk.own.content, blocks);
  runner.chargeCopy(blocks.length);
}

function takeState(parts: HostParts, also: readonly number[]): Input {
  const { host, runner, lineages, facts, disk } = parts;
  const { machine, record } = runner;
  const indices = new Set([...machine.takeDirtyPages(), ...also]);
  const pages: Page[] = [...indices]
    .sort((a, b) => a - b)
    .map((index) => ({ index, bytes: machine.readPage(index) }));
  const state = machine.exportState();
  runner.chargeCopy(pages.length);
  const stateHash = machine.stateHash();
  const diskHash = disk.own === undefined ? "" : contentHash(disk.own.content);
  lineages.note(state, { node: host.name, crossings: record.length, stateHash, diskHash });
  facts.stateTaken(stateHash, runner.outputs);
  return { kind: "state", pages, machine: state, ...readBlocks(parts, "written") };
}

function putPage({ host, runner }: HostParts, { index, bytes }: Page): void {
  const { machine } = runner;
  const pages = machine.config.ramBytes / PAGE_BYTES;
  if (index >= pages)
    throw new ProtocolMistake(`${host.name}: memory put: page ${index} of a machine with ${pages}`);
  machine.writePage(index, bytes);
}

function putState(parts: HostParts, bytes: Uint8Array, isEmpty: boolean): void {
  const { host, runner, lineages, peerRecord, facts, disk } = parts;
  runner.abandon();
  const imported = runner.machine.importState(bytes);
  if (!imported.ok) throw new ProtocolMistake(`${host.name}: memory put: ${imported.error}`);
  const lineage = lineages.find(bytes);
  const past = lineage && peerRecord(lineage.node).slice(0, lineage.crossings);
  if (isEmpty) runner.begin(past ?? []);
  const isNewLife = isEmpty || (past !== undefined && runner.adopt(past));
  if (isNewLife) facts.machineStarted();
  facts.statePut(lineage?.node ?? "", lineage?.stateHash ?? "");
  if (disk.own !== undefined)
    facts.diskPut(lineage?.node ?? "", lineage?.diskHash ?? "", contentHash(disk.own.content));
}
