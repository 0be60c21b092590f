// The Redis of a farm: its address, which is never shown with its password, the two packages that
// speak to it and are not brought along, and a connection that says when it is gone and when it is back.

import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions } from "bullmq";
import type { Redis } from "ioredis";
import { UsageError } from "../usage-error.ts";

export interface FarmAddress {
  /** May have a password in it: for the connection only. */
  readonly url: string;
  /** Without user and password. */
  readonly shown: string;
}

/** The engine of the queue, which is an optional dependency. */
export type Engine = typeof import("bullmq");

export interface FarmConnection {
  readonly engine: Engine;
  readonly address: FarmAddress;
  readonly redis: Redis;
  /** Cut for good: nobody connects again, so that the process can end. */
  readonly line: { isCut: boolean };
  /** For how long a worker, or a campaign, is believed to live after its last sign of life. */
  readonly lockMilliseconds: number;
}

/** All keys of the farm begin with it. */
export const PREFIX = "ftsim";
const EXPECTED = "expected redis://HOST:PORT, or rediss://, and /NUMBER of a database behind it";
const MISSING =
  "--queue needs two packages that do not come with ftsim: npm install bullmq ioredis";
const CONNECT_MILLISECONDS = 5_000;
const RETRY_MILLISECONDS = 1_000;
const LOCK_MILLISECONDS = 15_000;
/** For tests: who is lost is missed earlier. */
const LOCK_VARIABLE = "FTSIM_FARM_LOCK_MS";

export function farmAddress(text: string): FarmAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRedis = url?.protocol === "redis:" || url?.protocol === "rediss:";
  // What cannot be read may have a password anywhere: it is not repeated.
  if (url === undefined || !isRedis || url.hostname === "")
    throw new UsageError(`--queue: ${EXPECTED}`);
  const shown = `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
  if (!/^\/?\d{0,4}$/.test(url.pathname) || url.search !== "" || url.hash !== "")
    throw new UsageError(`--queue ${shown}: ${EXPECTED}`);
  return { url: text, shown };
}

export async function connect(address: FarmAddress): Promise<FarmConnection> {
  const { engine, client } = await loadEngine();
  let isOpen = false;
  let trouble = "";
  const redis = new client.Redis(address.url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MILLISECONDS,
    maxRetriesPerRequest: 1,
    // A first connection is not tried twice: the address is wrong, or nobody is there.
    retryStrategy: () => (isOpen ? RETRY_MILLISECONDS : null),
  });
  redis.on("error", (error: Error) => {
    trouble = error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new UsageError(`--queue ${address.shown}: ${trouble || (error as Error).message}`);
  }
  isOpen = true;
  tellWhenGone(redis, address);
  const lock = Number(process.env[LOCK_VARIABLE] ?? LOCK_MILLISECONDS);
  return { engine, address, redis, line: { isCut: false }, lockMilliseconds: lock };
}

/** Commands wait for a Redis that comes back: for those who wait for jobs. */
export function patient(connection: FarmConnection): ConnectionOptions {
  return { ...impatient(connection), maxRetriesPerRequest: null };
}

/** Commands fail when Redis is gone: for those who have something else to do meanwhile. */
export function impatient({ address, line }: FarmConnection): ConnectionOptions {
  const retryStrategy = (): number | null => (line.isCut ? null : RETRY_MILLISECONDS);
  return { url: address.url, maxRetriesPerRequest: 1, retryStrategy };
}

/** Redis is gone, not wrong: what was asked may be asked again. */
export function isOutOfReach(error: unknown): boolean {
  const { name, message } = error as Error;
  return (
    name === "MaxRetriesPerRequestError" ||
    /^(Connection is closed|LOADING|connect |read |write )|ECONN|ETIMEDOUT|EPIPE/.test(message)
  );
}

/** A Redis that is gone and does not come back keeps nobody from ending. */
export async function whileReached(
  { redis, line, lockMilliseconds }: FarmConnection,
  work: Promise<void>,
): Promise<void> {
  const ended = work.then(
    () => true,
    (error: unknown) => {
      if (isOutOfReach(error)) return true;
      throw error;
    },
  );
  for (let gone = 0; !line.isCut && gone < lockMilliseconds; gone += LOOK_MILLISECONDS) {
    const look = sleep(LOOK_MILLISECONDS, false);
    if (await Promise.race([ended, look])) return;
    if (redis.status === "ready") gone = -LOOK_MILLISECONDS;
  }
  line.isCut = true;
}

const LOOK_MILLISECONDS = 250;

async function loadEngine() {
  try {
    const [engine, client] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { engine, client };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
      throw new UsageError(MISSING);
    throw error;
  }
}

function tellWhenGone(redis: Redis, { shown }: FarmAddress): void {
  let isGone = false;
  redis.on("reconnecting", () => {
    if (!isGone) process.stderr.write(`ftsim: ${shown} is gone; waiting until it is back\n`);
    isGone = true;
  });
  redis.on("ready", () => {
    if (isGone) process.stderr.write(`ftsim: ${shown} is back\n`);
    isGone = false;
  });
}
