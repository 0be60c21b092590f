// Imports a user's protocol and says, as file:line:column, what is wrong with it. While it is imported
// its code may not ask the host for anything (fence 3 for code that runs once, outside of any step).

import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { UserModule, UserProtocolError } from "../protocols/user-protocol.ts";
import { DeterminismViolation } from "./determinism-guard.ts";
import { EXIT_NOT_DETERMINISTIC, EXIT_USAGE } from "./exit-codes.ts";
import { UsageError } from "./usage-error.ts";

export async function loadUserModule(file: string): Promise<UserModule> {
  if (!existsSync(file))
    throw new UsageError(`${file}: no such file; expected a protocol's module`);
  if (!statSync(file).isFile()) throw new UsageError(`${file}: not a file`);
  const loaded = await importGuarded(file);
  const module = (loaded["default"] ?? loaded) as Record<string, unknown>;
  const { name, init, step } = module;
  if (typeof init !== "function" || typeof step !== "function") {
    const missing = typeof init === "function" ? "step(state, input)" : "init(config)";
    throw new UsageError(`${file}:1:1: exports no function ${missing}; see \`ftsim new protocol\``);
  }
  if (typeof name !== "string") throw new UsageError(`${file}:1:1: exports no name`);
  return { init: init as UserModule["init"], step: step as UserModule["step"] };
}

/** What its author has to be told of a run that their code ended, and the exit code. */
export function explainUserError(error: UserProtocolError): {
  readonly message: string;
  readonly exitCode: number;
} {
  const { protocol: file, cause, message } = error;
  const isAmbient = cause instanceof DeterminismViolation;
  const called = message.startsWith("init") ? "init" : "step";
  const place = cause === undefined ? undefined : placeOf(cause, file);
  const where = place ?? placeOfFunction(called, file);
  const isFrozen = cause instanceof TypeError && /read only|not extensible/.test(message);
  const hint = isFrozen ? "; states and inputs are frozen, return a new state" : "";
  return {
    message: `${file}:${where}: ${message}${hint}`,
    exitCode: isAmbient ? EXIT_NOT_DETERMINISTIC : EXIT_USAGE,
  };
}

async function importGuarded(file: string): Promise<Record<string, unknown>> {
  const { href } = pathToFileURL(resolve(file));
  const open = forbidTo(href);
  try {
    return (await import(href)) as Record<string, unknown>;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Before Node 20.19 a .js file outside of a package of modules is a script.
    const isScript = /Unexpected token 'export'/.test(message);
    const hint = isScript ? '; name it .mjs, or say "type": "module" in package.json' : "";
    throw new UsageError(`${file}:${placeOf(error, file) ?? "1:1"}: ${message}${hint}`);
  } finally {
    open();
  }
}

const DOORS: readonly (readonly [object, string, string])[] = [
  [Math, "random", "Math.random"],
  [Date, "now", "Date.now"],
  [performance, "now", "performance.now"],
  [crypto, "getRandomValues", "crypto.getRandomValues"],
  [crypto, "randomUUID", "crypto.randomUUID"],
  [globalThis, "setTimeout", "setTimeout"],
  [globalThis, "setInterval", "setInterval"],
  [globalThis, "setImmediate", "setImmediate"],
  [globalThis, "queueMicrotask", "queueMicrotask"],
  [globalThis, "fetch", "fetch"],
  [globalThis, "Date", "Date"],
];

/** An import takes several turns of Node's loop, so that only calls out of this file are refused. */
function forbidTo(href: string): () => void {
  const undo = DOORS.map(([owner, key, name]) => {
    const before = Object.getOwnPropertyDescriptor(owner, key);
    const real = Reflect.get(owner, key) as (...given: unknown[]) => unknown;
    const refuse = (): void => {
      if (new Error().stack?.includes(href) === true)
        throw new DeterminismViolation(`ambient nondeterminism: ${name}()`);
    };
    const guarded = new Proxy(real, {
      apply(target, self, given) {
        refuse();
        return Reflect.apply(target, self, given);
      },
      construct(target, given) {
        refuse();
        return Reflect.construct(target, given) as object;
      },
    });
    Object.defineProperty(owner, key, { value: guarded, configurable: true, writable: true });
    return () => {
      if (before === undefined) Reflect.deleteProperty(owner, key);
      else Object.defineProperty(owner, key, before);
    };
  });
  return () => {
    for (const restore of undo.reverse()) restore();
  };
}

/** "12:5": the innermost line of this file in the error's stack. */
function placeOf(error: unknown, file: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const path = resolve(file);
  // Frames of a module have its URL, those of a script its path.
  const place = [pathToFileURL(path).href, path].find((name) => stack.includes(`${name}:`));
  if (place === undefined) return undefined;
  const after = stack.slice(stack.indexOf(`${place}:`) + place.length + 1);
  const [, line, column] = /^(\d+)(?::(\d+))?/.exec(after) ?? [];
  // A syntax error has no column; it draws a caret under the place.
  const caret = /\n( *)\^/.exec(stack)?.[1]?.length;
  return line === undefined ? undefined : `${line}:${column ?? (caret ?? 0) + 1}`;
}

/** What was returned is wrong, not a line: where the function begins. */
function placeOfFunction(name: "init" | "step", file: string): string {
  const lines = readFileSync(file, "utf8").split("\n");
  const begins = new RegExp(`^(?!\\s*(?://|\\*)).*\\b${name}\\s*[(=:]`);
  const line = lines.findIndex((text) => begins.test(text));
  return line < 0 ? "1:1" : `${line + 1}:${(lines[line]?.indexOf(name) ?? 0) + 1}`;
}
