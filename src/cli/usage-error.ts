// What a person got wrong: printed as one line, exit code 64.

export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
