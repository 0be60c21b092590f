// Whom the open generation admitted, by the arbiter's word. The word of it may be lost on its way: such
// a node asks for the flag of a generation that is over, and has lost nothing by it. Nor has one whose
// request was long under way, and that has since become the primary of a later generation.

import type { Fact, NodeName } from "../history/fact.ts";

export interface Admission {
  /** -1 before the first. */
  generation: number;
  primary: NodeName;
  backup: NodeName;
}

export function startAdmission(): Admission {
  return { generation: -1, primary: "", backup: "" };
}

/** The same answer may come again, and late: generations only grow. */
export function observeAdmission(admission: Admission, fact: Fact): void {
  if (fact.kind !== "open-generation" || fact.result !== "won") return;
  if (fact.generation <= admission.generation) return;
  admission.generation = fact.generation;
  admission.primary = fact.primary;
  admission.backup = fact.backup;
}

/** It asked for the flag of this generation, and belongs to a later one. */
export function isAdmittedSince(admission: Admission, node: NodeName, generation: number): boolean {
  return admission.backup === node && admission.generation > generation;
}

/** It asked for the flag of this generation, and has, or is the backup of who has, a later one. */
export function isMemberSince(admission: Admission, node: NodeName, generation: number): boolean {
  const { primary, backup } = admission;
  return (primary === node || backup === node) && admission.generation > generation;
}
