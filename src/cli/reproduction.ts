// repro.json: everything that decides a run, and what came out of it. Running it again must give the
// same digest; another version of ftsim or another guest is said loudly (D15).

import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { CHECKERS } from "../checkers/registry.ts";
import type { Verdict } from "../history/verdict.ts";
import { encodeIntervention } from "../testbed/run-address.ts";
import type { RunResult } from "../testbed/run.ts";
import type { RunOptions } from "./run-options.ts";
import { UsageError } from "./usage-error.ts";
import { revision, version } from "./version.ts";

export interface Reproduction {
  readonly format: "ftsim-reproduction";
  readonly version: 1;
  readonly ftsim: { readonly version: string; readonly revision: string };
  readonly scenario: { readonly name: string; readonly text: string };
  readonly seed: string;
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
  /** What a person did to it: "2.380000001~crash~h1". */
  readonly interventions: readonly string[];
  /** Whether the report leaves out what `without` and `bug` name. */
  readonly hideBug: boolean;
  readonly protocol: string;
  readonly guest: { readonly name: string; readonly digest: string };
  readonly digest: string;
  readonly verdict: Verdict;
  /** Checkers of somebody's own that judged it: no file has them. */
  readonly checkers: readonly string[];
}

const schema: z.ZodType<Reproduction> = z.strictObject({
  format: z.literal("ftsim-reproduction"),
  version: z.literal(1),
  ftsim: z.strictObject({ version: z.string(), revision: z.string() }),
  scenario: z.strictObject({ name: z.string(), text: z.string() }),
  seed: z.string(),
  set: z.array(z.string()),
  without: z.array(z.string()),
  bug: z.array(z.string()),
  interventions: z.array(z.string()).default([]),
  hideBug: z.boolean().default(false),
  protocol: z.string(),
  guest: z.strictObject({ name: z.string(), digest: z.string() }),
  digest: z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hexadecimal digits"),
  verdict: z.enum(["valid", "invalid", "unknown"]),
  checkers: z.array(z.string()).default([]),
});

export function encodeReproduction(
  options: RunOptions,
  scenarioText: string,
  result: RunResult,
): string {
  const reproduction: Reproduction = {
    format: "ftsim-reproduction",
    version: 1,
    ftsim: { version: version(), revision: revision() },
    scenario: { name: result.scenario.name, text: scenarioText },
    seed: result.seed,
    set: [...options.set],
    without: [...options.without],
    bug: [...options.bug],
    interventions: (options.interventions ?? []).map(encodeIntervention),
    hideBug: options.hideBug,
    protocol: result.protocol,
    guest: { name: result.guestName, digest: result.guestDigest },
    digest: result.digest,
    verdict: result.verdict,
    checkers: result.results.flatMap(({ checker }) =>
      CHECKERS.some(({ name }) => name === checker) ? [] : [checker],
    ),
  };
  return `${JSON.stringify(reproduction, null, 2)}\n`;
}

export function decodeReproduction(text: string, file: string): Reproduction {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file}: not JSON (${(error as Error).message})`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a reproduction"}`,
  );
}

const PACKED = "repro:";
const TEXT_MAX = 4_194_304;

/** A reproduction in one word, for a line that is pasted where nobody has its file. */
export function packReproduction(text: string): string {
  const bytes = deflateRawSync(JSON.stringify(JSON.parse(text)), { level: 9 });
  return PACKED + bytes.toString("base64url");
}

export function isPacked(source: string): boolean {
  return source.startsWith(PACKED);
}

export function unpackReproduction(packed: string): Reproduction {
  const what = `${PACKED}...`;
  const bytes = Buffer.from(packed.slice(PACKED.length), "base64url");
  let text: string;
  try {
    text = inflateRawSync(bytes, { maxOutputLength: TEXT_MAX }).toString("utf8");
  } catch {
    throw new UsageError(`${what}: damaged; expected it whole, as it was printed`);
  }
  return decodeReproduction(text, what);
}

/** "; it was made by ..." when another ftsim made it. */
export function madBy({ ftsim }: Reproduction): string {
  const isSame = ftsim.version === version() && ftsim.revision === revision();
  return isSame
    ? ""
    : `; it was made by ftsim ${ftsim.version} (${ftsim.revision}), this is ${version()} (${revision()})`;
}
