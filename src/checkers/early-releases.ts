// Outputs that left before the backup held their entry, and what became of them. Most such entries
// arrive a moment later and nobody is hurt. The telling case is the one whose entry was lost with the
// primary: a client knows something that the new primary has never heard of.

import { formatDuration } from "../base/time.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import { describeOp, describeResult } from "../history/op-words.ts";
import { setBounded } from "./bounded.ts";
import type { Report } from "./define.ts";
import { at } from "./words.ts";

const REMEMBERED = 256;

export interface EarlyRelease {
  readonly invariant: string;
  readonly node: NodeName;
  readonly backup: NodeName;
  readonly time: number;
  /** "network output 409 (61 bytes to 10.0.0.21:49152)". */
  readonly what: string;
  readonly connection: string | null;
  /** The entry that produced it, and what its group ends with. */
  readonly lsn: number;
  readonly needed: number;
  readonly facts: readonly number[];
}

/** What a client reported: `11 for INCR n`. */
interface Answer {
  readonly client: string;
  readonly text: string;
  readonly fact: number;
}

export interface EarlyReleases {
  /** By ordinal of the output. */
  open: Map<number, EarlyRelease>;
  /** What a client made of it. */
  told: Map<number, Answer>;
  /** The newest report of each client: it comes just before what the client has read for it. */
  answers: Map<string, Answer>;
  /** Where and when hosts died: the index of the fact, and its time. */
  deaths: Map<NodeName, { readonly fact: number; readonly time: number }>;
}

export function noEarlyReleases(): EarlyReleases {
  return { open: new Map(), told: new Map(), answers: new Map(), deaths: new Map() };
}

export function addEarlyRelease(book: EarlyReleases, ordinal: number, release: EarlyRelease): void {
  setBounded(book.open, [ordinal, Object.freeze(release)], REMEMBERED);
}

export function observeEarlyReleases(book: EarlyReleases, fact: Fact, index: number): void {
  if (book.open.size === 0) return;
  switch (fact.kind) {
    case "log-buffered":
      arrived(book, fact.node, fact.lsn);
      break;
    case "host":
      if (fact.what === "crash")
        book.deaths.set(fact.node, Object.freeze({ fact: index, time: fact.time }));
      break;
    case "client":
      if (fact.event.kind === "ok") {
        const text = `${describeResult(fact.event.result)} for ${describeOp(fact.event.op)}`;
        const client = `c${fact.event.client + 1}`;
        book.answers.set(client, Object.freeze({ client, text, fact: index }));
      }
      break;
    case "client-read":
      read(book, fact.connection, fact.client);
      break;
    default:
  }
}

/** The entry is safe after all. */
function arrived(book: EarlyReleases, backup: NodeName, lsn: number): void {
  for (const [ordinal, release] of book.open)
    if (release.backup === backup && release.needed <= lsn) {
      book.open.delete(ordinal);
      book.told.delete(ordinal);
    }
}

function read(book: EarlyReleases, connection: string, client: string): void {
  const answer = book.answers.get(client);
  if (answer === undefined) return;
  for (const [ordinal, release] of book.open)
    if (release.connection === connection && !book.told.has(ordinal))
      book.told.set(ordinal, answer);
}

/** The last one that was lost with its primary, if any was; rather one that a client acted on. */
export function lostRelease(book: EarlyReleases): Report | undefined {
  const lost = [...book.open].filter(([, { node }]) => book.deaths.has(node));
  const [ordinal = -1, release] = lost.findLast(([one]) => book.told.has(one)) ?? lost.at(-1) ?? [];
  const death = release === undefined ? undefined : book.deaths.get(release.node);
  if (release === undefined || death === undefined) return undefined;
  const { node, backup, time, what, lsn, needed, facts, invariant } = release;
  const told = book.told.get(ordinal);
  const act =
    told === undefined ? `released ${what}` : `sent ${told.client} ${told.text} in ${what}`;
  const awaited = needed === lsn ? `entry ${lsn}` : `entry ${needed}, the end of the group`;
  return {
    invariant,
    time,
    isTelling: true,
    message: `${at(time)} ${node} ${act}, before ${backup} held ${awaited} that produced it. ${node} died ${formatDuration(death.time - time)} later, entry ${needed} with it`,
    facts: [...facts, death.fact, told?.fact ?? -1],
  };
}
