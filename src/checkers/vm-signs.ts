// What a backup's log says of its primary's VM (D12). The hypervisor of a VM that hangs logs what comes
// in for it all the same: only an entry at a higher count shows that the VM got further, and PROGRESS,
// that it waits for something to do.

import type { Fact, FactOf, NodeName } from "../history/fact.ts";

export interface VmSigns {
  /** The newest generation that was opened: its log begins anew. */
  opened: number;
  /** Entries on their way that show the VM further, or waiting, in the order of the log. */
  onTheWay: { readonly lsn: number; readonly time: number }[];
  /** How far the log shows the VM. */
  shownCount: number;
  /** When the newest of them that a backup holds was appended. */
  held: Map<NodeName, number>;
  /** Backups that have been given entries since, none of which was one. */
  still: Set<NodeName>;
}

export function startVmSigns(): VmSigns {
  return { opened: -1, onTheWay: [], shownCount: -1, held: new Map(), still: new Set() };
}

export function observeVmSigns(signs: VmSigns, fact: Fact): void {
  if (fact.kind === "log-append") append(signs, fact);
  else if (fact.kind === "log-buffered") hold(signs, fact);
  else if (fact.kind === "machine-stop") forget(signs, fact.node);
  else if (fact.kind === "test-and-set" && fact.result === "won") signs.onTheWay = [];
  else if (fact.kind === "open-generation" && fact.result === "won") {
    if (fact.generation <= signs.opened) return;
    signs.opened = fact.generation;
    signs.onTheWay = [];
    signs.shownCount = -1;
  }
}

/** When the last sign that it holds was appended, if all that came since showed nothing; or undefined. */
export function stillSince({ held, still }: VmSigns, node: NodeName): number | undefined {
  return still.has(node) ? held.get(node) : undefined;
}

function append(signs: VmSigns, { lsn, count, entry, time }: FactOf<"log-append">): void {
  if (count <= signs.shownCount && entry !== "progress") return;
  signs.shownCount = Math.max(count, signs.shownCount);
  signs.onTheWay.push(Object.freeze({ lsn, time }));
}

function hold({ onTheWay, held, still }: VmSigns, { node, lsn }: FactOf<"log-buffered">): void {
  still.add(node);
  for (let first = onTheWay[0]; first !== undefined && first.lsn <= lsn; first = onTheWay[0]) {
    held.set(node, first.time);
    still.delete(node);
    onTheWay.shift();
  }
}

function forget({ held, still }: VmSigns, node: NodeName): void {
  held.delete(node);
  still.delete(node);
}
