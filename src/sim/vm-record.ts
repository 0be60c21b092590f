// The durable record that the storage keeps of a VM: its generation, the two members of that and who
// won its test-and-set (R-5.1, R-5.5 to, D11). A fence token is (generation, owner): until the
// flag of generation g is taken its primary may touch the disk, afterwards only the winner.

import type { FenceToken, StorageBody } from "./storage-wire.ts";

export interface VmRecord {
  generation: number;
  primary: string;
  backup: string;
  /** Owner of this generation's test-and-set, once applied. */
  winner: string | undefined;
}

/** Rules of the flag; each can be switched off to show why it is there (D13). */
export interface FlagRules {
  /** H-2: the flag belongs to a generation and its members; off: it is one bit, cleared for each (BUG-30). */
  readonly flagPerGeneration: boolean;
  /** a retry by the owner gets the same answer again. */
  readonly ownerTaggedFlag: boolean;
}

/** Of a VM that the storage does not know nobody is admitted, and nobody wins. */
type Known = VmRecord | undefined;

/** Who may touch the disk now. */
export function isAdmitted(record: Known, { generation, owner }: FenceToken): boolean {
  if (record === undefined || owner !== (record.winner ?? record.primary)) return false;
  // What the owner had in flight when it opened the next generation stays valid.
  const isOwnEarlier = generation + 1 === record.generation && owner === record.primary;
  return generation === record.generation || isOwnEarlier;
}

/** Who may read as a member of the generation, while nobody has won its flag. */
export function isMember(record: Known, fence: FenceToken): boolean {
  if (record === undefined) return false;
  const { generation, primary, backup, winner } = record;
  if (winner !== undefined) return fence.owner === winner;
  const isOneOfThem = fence.owner === primary || fence.owner === backup;
  // A member of two generations in a row may not know yet that the next one has begun.
  return isOneOfThem && (fence.generation === generation || fence.generation + 1 === generation);
}

/** The test-and-set of the current generation's flag, by one of its members. */
export function testAndSet(
  record: Known,
  { generation, owner }: Extract<StorageBody, { kind: "test-and-set" }>,
  rules: FlagRules,
): { readonly result: "won" | "lost"; readonly isFirst: boolean } {
  const isAnybodys = record !== undefined && !rules.flagPerGeneration;
  const isCurrent = isAnybodys || record?.generation === generation;
  const mayAsk = isAnybodys || record?.primary === owner || record?.backup === owner;
  const isFirst = record !== undefined && isCurrent && mayAsk && record.winner === undefined;
  if (isFirst) record.winner = owner;
  const isOwner = isCurrent && record?.winner === owner;
  const result = isFirst || (isOwner && rules.ownerTaggedFlag) ? "won" : "lost";
  return { result, isFirst };
}

/** Admission of a new backup: a compare-and-set of the generation, allowed to its owner. */
export function openNext(
  record: Known,
  initiator: string,
  { generation, primary, backup }: Extract<StorageBody, { kind: "open" }>,
): "won" | "lost" {
  if (record === undefined) return "lost";
  const isRepeat =
    record.generation === generation && record.primary === primary && record.backup === backup;
  if (isRepeat) return "won";
  const isOwner = (record.winner ?? record.primary) === initiator;
  if (record.generation + 1 !== generation || !isOwner) return "lost";
  record.generation = generation;
  record.primary = primary;
  record.backup = backup;
  record.winner = undefined;
  return "won";
}
