// A row of the requirement table: what the specification asks for, where it is, who judges it, which
// test shows it, and what breaks it. docs/requirements.md is made from these rows; no cell is empty.

export interface TestName {
  readonly file: string;
  /** Of the test as it is written, before anything is put into it. */
  readonly name: string;
}

export interface InvariantPlace {
  /** "INV-01" */
  readonly id: string;
  readonly files: readonly string[];
  readonly tests: readonly TestName[];
  /** Why no planted bug breaks it. */
  readonly unbroken?: string;
}

export interface Requirement extends InvariantPlace {
  readonly says: string;
  readonly checkers: readonly string[];
  /** Why no checker of a run's history judges it. */
  readonly unjudged?: string;
  /** Switches that break it: "--bug release-on-send". */
  readonly broken: readonly string[];
}
