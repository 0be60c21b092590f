// What the storage server knows of commands that it has met before: a retry carries the tag of the
// first attempt and must not take effect twice, however late it comes and whatever happened between.
// An answered tag is committed together with what its command did, so that it survives a restart of
// the server (D11); a tag in flight is forgotten with the power.

import type { StorageCommand, StorageStatus } from "./storage-wire.ts";

export type Known = StorageStatus | "in-flight";

/** One start of one initiator: its tags count up. */
interface Session {
  /** Tags up to here that are not listed were answered long ago: what still carries one is stale. */
  forgottenThrough: number;
  readonly tags: Map<number, Known>;
}

/** Plain data of the server. */
export type RetryMemory = Map<string, Session>;

/** Tags kept for each session; far more than an initiator has in flight. */
export const TAGS_MAX = 4_096;

/** "new": never met. "stale": answered so long ago that the answer is not kept any more. */
export function lookUp(memory: RetryMemory, command: StorageCommand): Known | "new" | "stale" {
  const session = memory.get(sessionKey(command));
  if (session === undefined) return "new";
  const known = session.tags.get(command.tag);
  if (known !== undefined) return known;
  return command.tag <= session.forgottenThrough ? "stale" : "new";
}

export function remember(memory: RetryMemory, command: StorageCommand, known: Known): void {
  const key = sessionKey(command);
  const session = memory.get(key) ?? { forgottenThrough: 0, tags: new Map() };
  memory.set(key, session);
  session.tags.delete(command.tag);
  session.tags.set(command.tag, known);
  if (session.tags.size <= TAGS_MAX) return;
  for (const oldest of session.tags.keys()) {
    session.tags.delete(oldest);
    session.forgottenThrough = Math.max(session.forgottenThrough, oldest);
    break;
  }
}

/** What this command did is undone: its retry must take effect again. */
export function forget(memory: RetryMemory, command: StorageCommand): void {
  memory.get(sessionKey(command))?.tags.delete(command.tag);
}

/** The server lost power: commands that had not taken effect never will, unless they are sent again. */
export function forgetInFlight(memory: RetryMemory): void {
  for (const { tags } of memory.values())
    for (const [tag, known] of tags) if (known === "in-flight") tags.delete(tag);
}

function sessionKey({ initiator, session }: StorageCommand): string {
  return `${initiator}/${session}`;
}
