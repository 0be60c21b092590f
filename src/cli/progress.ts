// Progress on stderr: on a terminal a line that rewrites itself, elsewhere a whole line now and then.
// What ends sooner than the first of those says nothing.

const REWRITE_MS = 100;
const LINE_MS = 10_000;

/** stderr and the real clock, but in tests. */
export interface ProgressOutlet {
  readonly isTerminal: boolean;
  write(text: string): void;
  /** ms. */
  now(): number;
}

const STDERR: ProgressOutlet = {
  // A terminal that a CI service pretends to be keeps every line.
  get isTerminal() {
    return process.stderr.isTTY === true && process.env["CI"] === undefined;
  },
  write: (text) => {
    process.stderr.write(text);
  },
  now: () => performance.now(),
};

export class Progress {
  readonly #isQuiet: boolean;
  readonly #outlet: ProgressOutlet;
  #shownAt: number;
  #isShown: boolean;

  constructor(isQuiet: boolean, outlet: ProgressOutlet = STDERR) {
    this.#isQuiet = isQuiet;
    this.#outlet = outlet;
    this.#shownAt = outlet.isTerminal ? -Infinity : outlet.now();
    this.#isShown = false;
  }

  /** To be called as often as there is news; a function is asked only when it is its turn. */
  show(text: string | (() => string)): void {
    if (this.#isQuiet) return;
    const { isTerminal } = this.#outlet;
    const now = this.#outlet.now();
    if (now - this.#shownAt < (isTerminal ? REWRITE_MS : LINE_MS)) return;
    this.#shownAt = now;
    const line = typeof text === "string" ? text : text();
    this.#outlet.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
    this.#isShown = isTerminal;
  }

  done(): void {
    if (this.#isShown) this.#outlet.write("\r\x1b[K");
    this.#isShown = false;
  }
}
