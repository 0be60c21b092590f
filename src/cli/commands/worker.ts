// `ftsim worker --queue redis://HOST:PORT`: runs seeds of the campaigns that are posted there, for as
// long as it is let. It may come at any time, and go: Ctrl-C finishes what was begun.

import { setTimeout as sleep } from "node:timers/promises";
import { jobsOf } from "../crew.ts";
import { Interrupt } from "../drive.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit-codes.ts";
import { isGathered } from "../farm/ownership.ts";
import { type Posting, queueOf, readPostings } from "../farm/posting.ts";
import {
  connect,
  farmAddress,
  type FarmConnection,
  isOutOfReach,
  whileReached,
} from "../farm/redis.ts";
import { type Backlog, backlogOf, leaveNothing, serve } from "../farm/serve.ts";
import { SeedCrew } from "../fuzz/seed-crew.ts";
import { madeBy } from "../fuzz/subject.ts";
import { UsageError } from "../usage-error.ts";

export interface WorkerOptions {
  readonly queue: string;
  readonly jobs: string | undefined;
  /** Leave when there is nothing to do. */
  readonly untilIdle: boolean;
  readonly quiet: boolean;
}

const POLL_MILLISECONDS = 500;

export async function worker(options: WorkerOptions): Promise<number> {
  const jobs = jobsOf(options.jobs);
  const farm = await connect(farmAddress(options.queue));
  const tell = (line: string): void => {
    if (!options.quiet) process.stdout.write(`${line}\n`);
  };
  const crew = new SeedCrew(jobs);
  const interrupt = new Interrupt();
  const member = { farm, crew, jobs, interrupt };
  tell(`worker     ${jobs} ${jobs === 1 ? "seed" : "seeds"} at a time; Ctrl-C finishes and leaves`);
  try {
    let done = 0;
    while (!interrupt.isRaised) {
      const posting = await asked(member, async () => await nextCampaign(farm));
      if (posting !== undefined) {
        tell(`campaign   ${posting.subject.scenario}`);
        done += await takePart(member, posting);
      } else if (options.untilIdle) break;
      else await sleep(POLL_MILLISECONDS);
    }
    tell(`left       ${done} ${done === 1 ? "seed" : "seeds"} done`);
    return interrupt.isRaised ? EXIT_INTERRUPTED : EXIT_OK;
  } finally {
    interrupt.stopListening();
    await crew.dismiss();
    farm.redis.disconnect();
  }
}

interface Member {
  readonly farm: FarmConnection;
  readonly crew: SeedCrew;
  readonly jobs: number;
  readonly interrupt: Interrupt;
}

/** One of this version that somebody gathers; of several, one where nobody has to be waited for. */
async function nextCampaign(farm: FarmConnection): Promise<Posting | undefined> {
  const busy: Posting[] = [];
  const others: Posting[] = [];
  for (const posting of (await readPostings(farm)).values()) {
    if (!(await isGathered(farm, queueOf(posting)))) continue;
    if (posting.madeBy !== madeBy()) {
      others.push(posting);
      continue;
    }
    const { waiting, active } = await backlogOf(farm, posting);
    if (waiting > 0) return posting;
    if (active > 0) busy.push(posting);
  }
  const [other] = others;
  if (other !== undefined && busy.length === 0)
    throw new UsageError(
      `--queue ${farm.address.shown}: its campaign is of ftsim ${other.madeBy}, this is ${madeBy()}: their digests cannot be compared`,
    );
  return busy[0];
}

/** Until there is nothing left of it, or nobody gathers it any more: how many seeds were done. */
async function takePart(member: Member, posting: Posting): Promise<number> {
  const { farm, crew, jobs, interrupt } = member;
  const serving = serve(farm, posting, crew, jobs);
  try {
    while (!interrupt.isRaised && serving.refusal === undefined) {
      await sleep(POLL_MILLISECONDS);
      const backlog = await asked(member, async () => await backlogIfGathered(farm, posting));
      if (backlog === undefined) break;
      // Seeds that others run are stayed for: they may be lost with them.
      if (backlog.waiting + backlog.active + serving.running === 0) break;
    }
  } finally {
    await serving.leave();
    await whileReached(farm, leaveNothing(farm, posting));
  }
  if (serving.refusal !== undefined)
    throw new UsageError(`this machine cannot run ${posting.subject.scenario}: ${serving.refusal}`);
  return serving.done;
}

async function backlogIfGathered(
  farm: FarmConnection,
  posting: Posting,
): Promise<Backlog | undefined> {
  if (!(await isGathered(farm, queueOf(posting)))) return undefined;
  return await backlogOf(farm, posting);
}

/** Again until Redis is there; undefined when somebody does not want to wait for it. */
async function asked<T>({ interrupt }: Member, question: () => Promise<T>): Promise<T | undefined> {
  while (!interrupt.isRaised) {
    try {
      return await question();
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      await sleep(POLL_MILLISECONDS);
    }
  }
  return undefined;
}
