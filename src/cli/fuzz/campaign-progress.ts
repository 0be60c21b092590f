// How far a campaign has come, while it goes on.

import { Progress } from "../progress.ts";
import type { Tally } from "./tally.ts";

/** A line that rewrites itself on a terminal; elsewhere a line now and then. */
export class CampaignProgress {
  readonly #tally: Tally;
  readonly #progress: Progress;
  readonly #started: number;
  #toldAt: number;

  constructor(tally: Tally, isQuiet: boolean) {
    this.#tally = tally;
    this.#progress = new Progress(isQuiet);
    this.#started = performance.now();
    this.#toldAt = this.#started;
  }

  show(): void {
    const now = performance.now();
    // To count findings takes longer the more seeds there are: not for each of them.
    if (now - this.#toldAt < (this.#progress.isPlain ? PLAIN_MS : TERMINAL_MS)) return;
    this.#toldAt = now;
    if (this.#progress.isPlain) process.stderr.write(`${this.#line(now)}\n`);
    else this.#progress.show(this.#line(now));
  }

  done(): void {
    this.#progress.done();
  }

  #line(now: number): string {
    const { seeds, virtualSeconds, steps, strikes, marksHit, findings } = this.#tally;
    const seconds = Math.max(0.001, (now - this.#started) / 1_000);
    return [
      `${seeds} seeds`,
      `${(seeds / seconds).toFixed(1)} seeds/s`,
      `${virtualSeconds.toFixed(0)} s virtual`,
      `${(steps / seconds / 1e6).toFixed(0)} M steps/s`,
      `${strikes} faults`,
      `${marksHit.size} marks`,
      `${findings.length} findings`,
    ].join(", ");
  }
}

const PLAIN_MS = 10_000;
const TERMINAL_MS = 200;
