// The campaigns that are posted at a Redis. A posting has all that a worker needs: it reads no file of
// the campaign's machine, and runs no code that comes from there.

import { createHash } from "node:crypto";
import { z } from "zod";
import { madeBy, type Subject, subjectSchema } from "../fuzz/subject.ts";
import { isUserProtocol } from "../protocols.ts";
import { type ScenarioSource, scenarioToSend } from "../scenarios.ts";
import { UsageError } from "../usage-error.ts";
import { type FarmConnection, PREFIX } from "./redis.ts";

const POSTINGS = `${PREFIX}:postings`;
const FORMAT = "ftsim-farm";
const VERSION = 1;

export interface Posting {
  readonly madeBy: string;
  readonly subject: Subject;
  readonly source: ScenarioSource;
}

const postingSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  madeBy: z.string(),
  subject: subjectSchema.refine(({ protocol }) => !isUserProtocol(protocol ?? "")),
  source: z.strictObject({ name: z.string(), file: z.string(), text: z.string() }),
});

export function postingOf(subject: Subject): Posting {
  return { madeBy: madeBy(), subject, source: scenarioToSend(subject.scenario) };
}

/** The queue's name: other results are never in it than those of this subject by this version. */
export function queueOf(posting: Posting): string {
  const { subject, source, madeBy: by } = posting;
  const identity = JSON.stringify([{ ...subject, scenario: source.name }, source.text]);
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 16);
  return `fuzz-${digest}-${by.replaceAll(/[^\w.]+/g, "-")}`;
}

export async function post({ redis }: FarmConnection, posting: Posting): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, version: VERSION, ...posting });
  await redis.hset(POSTINGS, queueOf(posting), text);
}

export async function takeDown({ redis }: FarmConnection, posting: Posting): Promise<void> {
  await redis.hdel(POSTINGS, queueOf(posting));
}

export async function isPosted({ redis }: FarmConnection, posting: Posting): Promise<boolean> {
  return (await redis.hexists(POSTINGS, queueOf(posting))) === 1;
}

/** By the names of their queues. */
export async function readPostings({
  redis,
  address,
}: FarmConnection): Promise<ReadonlyMap<string, Posting>> {
  const kind = await redis.type(POSTINGS);
  if (kind !== "none" && kind !== "hash")
    throw new UsageError(`--queue ${address.shown}: ${POSTINGS} is a ${kind}, and not of ftsim`);
  const postings = new Map<string, Posting>();
  for (const [queue, text] of Object.entries(await redis.hgetall(POSTINGS)))
    postings.set(queue, decode(text, `--queue ${address.shown}: ${POSTINGS} ${queue}`));
  return postings;
}

function decode(text: string, where: string): Posting {
  const parsed = postingSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${where}: expected a campaign with format ${FORMAT}, version ${VERSION}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
