// What a person got wrong: printed as one line, exit code 64.

export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Two runs that should be one differ: printed as one line, exit code 4. */
export class NotDeterministic extends Error {
  override readonly name: string = "NotDeterministic";
}
