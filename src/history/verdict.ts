// Verdicts: valid, invalid or unknown; invalid beats unknown beats valid (D10).

export type Verdict = "valid" | "invalid" | "unknown";

const RANK: Readonly<Record<Verdict, number>> = { valid: 0, unknown: 1, invalid: 2 };

export function worseOf(a: Verdict, b: Verdict): Verdict {
  return RANK[a] >= RANK[b] ? a : b;
}

/** One violation, in words, tied to the facts that show it. */
export interface Finding {
  /** "INV-01". */
  readonly invariant: string;
  readonly checker: string;
  /** Virtual time of the violation, ns. */
  readonly time: number;
  /** One sentence: at what moment, who did what, against which rule. */
  readonly message: string;
  /** Indices into the history, earliest first: for the causal excerpt. */
  readonly facts: readonly number[];
  /** It shows what came of the violation: it stands for earlier findings of its checker. */
  readonly isTelling?: boolean;
  /** Something never came by the end of the run: what was found before that goes first. */
  readonly isAbsence?: boolean;
  /** A few words beside the fact by which it was broken: what is not to be seen in it. */
  readonly mark?: string;
}

export interface CheckerResult {
  readonly checker: string;
  readonly invariants: readonly string[];
  readonly verdict: Verdict;
  /** What it looked at, one line with figures. */
  readonly summary: string;
  /** How many things it compared or could have rejected; 0 makes the verdict unknown (vacuous). */
  readonly looked: number;
  readonly findings: readonly Finding[];
  /** "safety" -> exit 1; "liveness" -> exit 3. */
  readonly property: "safety" | "liveness";
  /** Named figures for the summary line and the report. */
  readonly figures: ReadonlyMap<string, number>;
  /** Valid, but what it judges never came up in this run: shown apart, not counted in "N of N". */
  readonly isIdle?: boolean;
  /** Why it was idle: "no takeover in this run". Present exactly when isIdle is true. */
  readonly idle?: string;
}
