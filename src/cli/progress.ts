// Progress on stderr: a line that rewrites itself on a terminal, nothing elsewhere.

const INTERVAL_MS = 100;

export class Progress {
  readonly #isOn: boolean;
  readonly #isPlain: boolean;
  #shownAt: number;
  #isShown: boolean;

  constructor(isQuiet: boolean) {
    this.#isOn = process.stderr.isTTY === true && !isQuiet && process.env["CI"] === undefined;
    this.#isPlain = !this.#isOn && !isQuiet;
    this.#shownAt = 0;
    this.#isShown = false;
  }

  /** Nobody asked for quiet, and there is no terminal: whole lines, now and then, are welcome. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  show(text: string): void {
    if (!this.#isOn) return;
    const now = performance.now();
    if (now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    process.stderr.write(`\r\x1b[K${text}`);
  }

  done(): void {
    if (this.#isShown) process.stderr.write("\r\x1b[K");
    this.#isShown = false;
  }
}
