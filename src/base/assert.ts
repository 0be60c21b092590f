// Assertions for programmer errors only. A modelled failure (a crash, a lost frame) is data, and a
// guest's fault is a trap: neither ever comes through here.

/** Thrown when ftsim itself is wrong. The command line turns it into exit code 70. */
export class InvariantViolation extends Error {
  override readonly name: string = "InvariantViolation";
}

/**
 * A message that is put together comes as a function: assertions stand in the hottest paths, and a
 * text that nobody reads must not be made there.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantViolation(typeof message === "string" ? message : message());
}

/** Ends every exhaustive switch. */
export function assertNever(value: never, what: string): never {
  throw new InvariantViolation(`unexpected ${what}: ${JSON.stringify(value)}`);
}

/** The value, or an InvariantViolation that says what was missing. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantViolation(`missing ${what}`);
  return value;
}
