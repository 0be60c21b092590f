// The storage server's world facts.

import { hashBytes } from "../base/digest.ts";
import type { DiskSummary } from "../history/fact.ts";
import type { Kernel } from "../sim/kernel.ts";
import type { StorageObserver } from "../sim/storage.ts";
import type { StorageBody } from "../sim/storage-wire.ts";
import type { Emit } from "./host-facts.ts";

const SECTOR = 512;
const NO_DATA = new Uint8Array(0);

/** `isOwn`: of a disk that belongs to one host, which is compared with the other host's (INV-41). */
export function storageFacts(
  kernel: Kernel,
  emit: Emit,
  { isOwn }: { readonly isOwn: boolean },
): StorageObserver {
  return {
    ...(isOwn ? { touched: tellContent(kernel, emit) } : {}),
    applied: (command, result) => {
      const disk = summarize(command.body);
      if (disk === undefined) return;
      emit({
        kind: "disk-apply",
        witness: "world",
        time: kernel.now,
        node: command.initiator,
        fenceGeneration: command.fence.generation,
        fenceOwner: command.fence.owner,
        disk,
        result,
      });
    },
    testAndSet: (command, result, isFirst) => {
      if (command.body.kind !== "test-and-set") return;
      const { generation, owner } = command.body;
      emit({
        kind: "test-and-set",
        witness: "world",
        time: kernel.now,
        generation,
        owner,
        result,
        isFirst,
      });
    },
    memberRead: (command, result) => {
      const disk = summarize(command.body);
      if (disk === undefined) return;
      const { generation, owner } = command.fence;
      emit({
        kind: "member-read",
        witness: "world",
        time: kernel.now,
        node: command.initiator,
        fenceGeneration: generation,
        fenceOwner: owner,
        disk,
        result,
      });
    },
    opened: (command, result) => {
      if (command.body.kind !== "open") return;
      const { generation, primary, backup } = command.body;
      emit({
        kind: "open-generation",
        witness: "world",
        time: kernel.now,
        generation,
        opener: command.initiator,
        primary,
        backup,
        result,
      });
    },
  };
}

function tellContent(kernel: Kernel, emit: Emit): NonNullable<StorageObserver["touched"]> {
  return ({ initiator, body }, before, after) => {
    const disk = summarize(body);
    if (disk === undefined) return;
    const { ioId, sector, sectorCount } = disk;
    emit({
      kind: "disk-content",
      witness: "world",
      time: kernel.now,
      node: initiator,
      ioId,
      sector,
      sectorCount,
      before: hashBytes(before),
      after: hashBytes(after),
    });
  };
}

function summarize(body: StorageBody): DiskSummary | undefined {
  switch (body.kind) {
    case "read":
    case "member-read": {
      const { ioId, sector, sectorCount } = body;
      return { ioId, op: "read", sector, sectorCount, dataHash: hashBytes(NO_DATA) };
    }
    case "write": {
      const { ioId, sector, data } = body;
      const sectorCount = data.length / SECTOR;
      return { ioId, op: "write", sector, sectorCount, dataHash: hashBytes(data) };
    }
    case "flush":
      return {
        ioId: body.ioId,
        op: "flush",
        sector: 0,
        sectorCount: 0,
        dataHash: hashBytes(NO_DATA),
      };
    case "test-and-set":
    case "open":
    case "inquire":
      return undefined;
  }
}
