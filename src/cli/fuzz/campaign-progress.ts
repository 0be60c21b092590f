// How far a campaign has come, while it goes on.

import { Progress } from "../progress.ts";
import type { Tally } from "./tally.ts";

export class CampaignProgress {
  readonly #tally: Tally;
  readonly #progress: Progress;
  readonly #started: number;

  constructor(tally: Tally, isQuiet: boolean) {
    this.#tally = tally;
    this.#progress = new Progress(isQuiet);
    this.#started = performance.now();
  }

  show(): void {
    // To count findings takes longer the more seeds there are: not for each of them.
    this.#progress.show(() => this.#line(performance.now()));
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
