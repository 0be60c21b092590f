// Copies of the running VM to other hosts, as their source tells them: how many rounds,
// how many pages, and for how long the guest stood still.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";

export interface Copy {
  readonly source: NodeName;
  readonly target: NodeName;
  readonly from: number;
  rounds: number;
  pages: number;
  pausedAt: number;
  /** ns; -1: it never stood still, or still does. */
  stoodStill: number;
  state: "under way" | "given up";
  reason: string;
}

export class CopyBook {
  readonly #open: Map<NodeName, Copy>;

  constructor() {
    this.#open = new Map();
  }

  /** The copy that this fact begins; it is filled in by those that follow. */
  observe(fact: FactOf<"copy">): Copy | undefined {
    if (fact.stage === "begin") return this.#begin(fact);
    const copy = this.#open.get(fact.node);
    if (copy === undefined) return undefined;
    switch (fact.stage) {
      case "round":
        copy.rounds++;
        copy.pages += fact.pages;
        break;
      case "pause":
        copy.pausedAt = fact.time;
        break;
      case "resume":
        if (copy.pausedAt >= 0) copy.stoodStill = fact.time - copy.pausedAt;
        break;
      case "aborted":
        copy.state = "given up";
        copy.reason = fact.detail;
        break;
    }
    return undefined;
  }

  /** A machine that moves goes on where its copy is: there it stands still no longer. */
  observeRole({ node, role, time }: FactOf<"role">): void {
    if (role !== "PRIMARY") return;
    for (const copy of this.#open.values())
      if (copy.target === node && copy.pausedAt >= 0 && copy.stoodStill < 0)
        copy.stoodStill = time - copy.pausedAt;
  }

  #begin({ node, target, time }: FactOf<"copy">): Copy {
    const copy: Copy = {
      source: node,
      target,
      from: time,
      rounds: 0,
      pages: 0,
      pausedAt: -1,
      stoodStill: -1,
      state: "under way",
      reason: "",
    };
    this.#open.set(node, copy);
    return copy;
  }
}

/** "3 rounds, 412 pages, stood still for 57 ms". */
export function describeCopy({ rounds, pages, stoodStill, state, reason }: Copy): string {
  const parts = [count(rounds, "round"), count(pages, "page")];
  if (stoodStill >= 0) parts.push(`the guest stood still for ${formatDuration(stoodStill)}`);
  if (state === "given up") parts.push(reason === "" ? "given up" : `given up: ${reason}`);
  return parts.join(", ");
}
