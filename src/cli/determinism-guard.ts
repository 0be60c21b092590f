// The third fence of determinism (docs/determinism.md): while a synchronous function runs, everything
// ambient that could make two runs differ throws instead of answering. It sees what neither compiler
// nor linter can: a dependency, an aliased Math, `new Function`, an indirect eval.
//
// What it cannot see: a timer function or Math.random itself taken out of its object before the guard
// was raised, a `**`, and what a native module does. Those are left to the other fences.

import { InvariantViolation } from "../base/assert.ts";

/** Simulated code asked the host for something. */
export class DeterminismViolation extends InvariantViolation {
  override readonly name: string = "DeterminismViolation";
}

interface Door {
  readonly owner: object;
  readonly key: PropertyKey;
  readonly name: string;
}

/** How many guards are up: only the outermost one closes and opens the doors. */
let depth = 0;

/** Runs a synchronous function with the host's clock, timers and randomness walled off. */
export function withDeterminismGuard<T>(run: () => T): T {
  const undo = depth === 0 ? closeDoors() : [];
  depth += 1;
  try {
    const result = run();
    if (isThenable(result))
      throw new DeterminismViolation("a guarded function must be synchronous; this one is not");
    return result;
  } finally {
    depth -= 1;
    for (const open of undo.reverse()) open();
  }
}

function closeDoors(): (() => void)[] {
  const undo: (() => void)[] = [];
  for (const { owner, key, name } of doors()) undo.push(close(owner, key, name));
  return undo;
}

const GLOBALS = [
  "Date",
  "Intl",
  "Promise",
  "WeakRef",
  "FinalizationRegistry",
  "SharedArrayBuffer",
  "Atomics",
  "performance",
  "crypto",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "fetch",
  "process",
] as const;

/** Members that ECMAScript lets an engine approximate: another V8 may have another last bit. */
const APPROXIMATED = [
  ..."acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot".split(" "),
  ..."log log10 log1p log2 pow sin sinh tan tanh".split(" "),
] as const;

/** Inner doors before outer ones, since a global that is closed cannot be looked into any more. */
function doors(): readonly Door[] {
  const found: Door[] = [
    ...members("Math", Math, ["random", ...APPROXIMATED]),
    ...members("Date", Date, ["now", "parse", "UTC"]),
    ...members("Date.prototype", Date.prototype, Reflect.ownKeys(Date.prototype).filter(isMethod)),
    ...members("performance", performance, ["now", "mark", "measure", "timeOrigin", "toJSON"]),
    ...members("crypto", crypto, ["getRandomValues", "randomUUID"]),
    ...members("process", process, ["hrtime", "nextTick", "uptime", "cpuUsage", "memoryUsage"]),
    ...members("String.prototype", String.prototype, ["localeCompare"]),
  ];
  for (const [name, prototype] of LOCALE_PROTOTYPES)
    found.push(...members(name, prototype, ["toLocaleString"]));
  found.push(...members("globalThis", globalThis, GLOBALS));
  return found;
}

const LOCALE_PROTOTYPES = [
  ["Number.prototype", Number.prototype],
  ["BigInt.prototype", BigInt.prototype],
  ["Array.prototype", Array.prototype],
] as const;

function members(name: string, owner: object, keys: readonly PropertyKey[]): readonly Door[] {
  return keys
    .filter((key) => key in owner)
    .map((key) => ({
      owner,
      key,
      name: name === "globalThis" ? String(key) : `${name}.${String(key)}`,
    }));
}

function isMethod(key: PropertyKey): boolean {
  return key !== "constructor";
}

/** Replaces one property by a thrower; the result puts back exactly what was there. */
function close(owner: object, key: PropertyKey, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key);
  Object.defineProperty(owner, key, {
    value: thrower(name, Reflect.get(owner, key)),
    configurable: true,
    enumerable: before?.enumerable ?? false,
    writable: true,
  });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, key);
    else Object.defineProperty(owner, key, before);
  };
}

/** Looking at these tells nothing of the host: `x instanceof Date` stays possible. */
const HARMLESS: readonly PropertyKey[] = [Symbol.hasInstance, "prototype"];

/** Something that may be held and passed on, but neither called, constructed nor looked into. */
function thrower(name: string, real: unknown): unknown {
  const refuse = (what: string): never => {
    throw new DeterminismViolation(`ambient nondeterminism: ${what}`);
  };
  const target = typeof real === "function" ? real : function door() {};
  return new Proxy(target, {
    apply: () => refuse(`${name}()`),
    construct: () => refuse(`new ${name}()`),
    get: (of, key) =>
      HARMLESS.includes(key) ? Reflect.get(of, key) : refuse(`${name}.${String(key)}`),
    has: (_, key) => refuse(`${String(key)} in ${name}`),
  });
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === "function"
  );
}
