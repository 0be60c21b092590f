// Execution lag without synchronised clocks. The primary stamps every entry with its own clock
// and the backup's acks echo how far it has executed. What the backup had not executed when it sent an
// ack is as old as the clock says, less the way that the ack took: half of the least round trip of the
// channel, by the primary's clock, too. The lag is a moving average of such samples.
//
// The age is that of the first entry that is not executed, not of the last that is: between the two a
// guest may have had nothing to do, and a backup that waits for an entry is not behind.
//
// Beside the lag in time stands what is left to execute, in steps of the guest: while the lag is large
// it changes late, when the backup comes to what was recorded since; the steps change at once.

import { clonePlain } from "../base/clone.ts";

/** Periods in the moving average: half a second of the usual keep-alive. */
const AVERAGED = 5;
/** A clock that moves by so many keep-alives between two looks was set, or its host was paused. */
const JUMP_PERIODS = 10;
const JUMP_LEAST = 1_000_000_000;

interface Stamp {
  readonly lsn: number;
  readonly clock: number;
}

interface EntryStamp extends Stamp {
  /** The guest's step at which the entry belongs. */
  readonly count: number;
}

export interface Behind {
  /** ns. */
  readonly lag: number;
  /** Steps of the guest between the first entry that is not executed and the last. */
  readonly steps: number;
}

const NOT_BEHIND: Behind = { lag: 0, steps: 0 };

interface LagMeterState {
  /** Appended and not executed by the backup, acknowledged or not. */
  unexecuted: EntryStamp[];
  /** The last entry of each message that is not acknowledged, and when it was handed to the channel. */
  sent: Stamp[];
  leastRoundTrip: number;
  /** Stamps up to here were made before the clock was set, and say nothing. */
  lostThrough: number;
  lastClock: number;
  /** Samples since the last period ended. */
  samples: number;
  lagSum: number;
  stepsSum: number;
  /** Means of the last periods. */
  means: Behind[];
}

export type LagMeterSnapshot = LagMeterState;

export class LagMeter {
  readonly #jump: number;
  #state: LagMeterState;

  /** `period`: how often `endPeriod` will be called, ns. */
  constructor(period: number, clock: number) {
    this.#jump = Math.max(JUMP_LEAST, JUMP_PERIODS * period);
    this.#state = knowNothing(clock);
  }

  /** This host's clock shows this now; once it was set, older stamps cannot be compared with it. */
  look(clock: number): void {
    const state = this.#state;
    const moved = clock - state.lastClock;
    state.lastClock = clock;
    if (moved >= 0 && moved < this.#jump) return;
    state.sent = [];
    state.lostThrough = state.unexecuted.at(-1)?.lsn ?? state.lostThrough;
  }

  appended(lsn: number, count: number, clock: number): void {
    this.#state.unexecuted.push({ lsn, count, clock });
  }

  sent(lsn: number, clock: number): void {
    this.#state.sent.push({ lsn, clock });
  }

  /** After a reconnect entries are sent again: which of the two an ack is for is not known. */
  forgetSent(): void {
    this.#state.sent = [];
  }

  acknowledged(through: number, executed: number, clock: number): void {
    const state = this.#state;
    this.#measureRoundTrip(through, clock);
    let done = 0;
    while ((state.unexecuted[done]?.lsn ?? executed + 1) <= executed) done++;
    state.unexecuted.splice(0, done);
    const behind = this.#behind(clock);
    if (behind === undefined) return;
    state.lagSum += behind.lag;
    state.stepsSum += behind.steps;
    state.samples += 1;
  }

  /** Takes what was measured since the last call into the average. */
  endPeriod(clock: number): void {
    const state = this.#state;
    const { samples, lagSum, stepsSum } = state;
    const mean =
      samples > 0 ? { lag: lagSum / samples, steps: stepsSum / samples } : this.#behind(clock);
    state.samples = 0;
    state.lagSum = 0;
    state.stepsSum = 0;
    if (mean === undefined) return;
    state.means.push(mean);
    if (state.means.length > AVERAGED) state.means.shift();
  }

  /** Smoothed. */
  get behind(): Behind {
    const { means } = this.#state;
    const count = Math.max(1, means.length);
    return {
      lag: Math.round(means.reduce((sum, { lag }) => sum + lag, 0) / count),
      steps: Math.round(means.reduce((sum, { steps }) => sum + steps, 0) / count),
    };
  }

  get unexecutedEntries(): number {
    return this.#state.unexecuted.length;
  }

  /** Alone: nobody follows any more, and who follows next is somebody else. */
  discard(): void {
    this.#state = knowNothing(this.#state.lastClock);
  }

  snapshot(): LagMeterSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: LagMeterSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  /** The least is what the way takes; what took longer has waited in a queue, and that is lag. */
  #measureRoundTrip(through: number, clock: number): void {
    const { sent } = this.#state;
    let covered = 0;
    while ((sent[covered]?.lsn ?? through + 1) <= through) covered++;
    const newest = sent.splice(0, covered).at(-1);
    if (newest === undefined) return;
    const roundTrip = clock - newest.clock;
    const { leastRoundTrip } = this.#state;
    if (leastRoundTrip < 0 || roundTrip < leastRoundTrip) this.#state.leastRoundTrip = roundTrip;
  }

  /** How far the backup was behind when it sent what was heard last; undefined: nobody can tell. */
  #behind(clock: number): Behind | undefined {
    const { unexecuted, leastRoundTrip, lostThrough } = this.#state;
    const [first] = unexecuted;
    const last = unexecuted.at(-1);
    if (first === undefined || last === undefined) return NOT_BEHIND;
    if (first.lsn <= lostThrough || leastRoundTrip < 0) return undefined;
    const lag = Math.max(0, clock - first.clock - Math.floor(leastRoundTrip / 2));
    return { lag, steps: last.count - first.count };
  }
}

function knowNothing(clock: number): LagMeterState {
  return {
    unexecuted: [],
    sent: [],
    leastRoundTrip: -1,
    lostThrough: 0,
    lastClock: clock,
    samples: 0,
    lagSum: 0,
    stepsSum: 0,
    means: [],
  };
}
