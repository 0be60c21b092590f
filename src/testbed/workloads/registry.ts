// Every kind of workload. To add one: a file beside these, and a line here.

import { z } from "zod";
import { must } from "../../base/assert.ts";
import type { ServiceClient } from "../../workload/service-client.ts";
import { BULK } from "./bulk.ts";
import { COUNTER } from "./counter.ts";
import { CPU } from "./cpu.ts";
import { KEY_VALUE } from "./key-value.ts";
import { LEASE } from "./lease.ts";
import { OLTP } from "./oltp.ts";
import { PROBE } from "./probe.ts";
import { REGISTERS } from "./registers.ts";
import { STREAM } from "./stream.ts";
import { SCRIPTED_GUESTS } from "../scripted/guests.ts";
import type { ClientPlace, CommonOptions, WorkloadKind } from "./workload-kind.ts";

const KINDS = [KEY_VALUE, COUNTER, LEASE, PROBE, STREAM, CPU, OLTP, BULK, REGISTERS] as const;

type SchemasOf<T extends readonly { readonly schema: unknown }[]> = {
  readonly [K in keyof T]: T[K]["schema"];
};
type Schemas = SchemasOf<typeof KINDS>;
export type WorkloadOptions = z.output<Schemas[number]>;

const schemas = KINDS.map(({ schema }) => schema) as unknown as Schemas;

/** A workload is a key-value workload unless it says otherwise. */
export const workloadSchema: z.ZodType<WorkloadOptions> = z.preprocess(
  (input) => (isPlain(input) && !("kind" in input) ? { ...input, kind: KEY_VALUE.name } : input),
  z.discriminatedUnion("kind", schemas, {
    error: (issue) =>
      issue.code === "invalid_union"
        ? `kind: expected one of ${KINDS.map(({ name }) => name).join(", ")}`
        : undefined,
  }),
);

export function createClient(options: WorkloadOptions, place: ClientPlace): ServiceClient {
  return kindOf(options).createClient(options, place);
}

export function isWithoutStreams(options: WorkloadOptions): boolean {
  return kindOf(options).isWithoutStreams === true;
}

/** A guest that does not come with ftsim: which kinds of workload it understands. */
export interface OwnGuest {
  readonly name: string;
  readonly serves: readonly string[];
}

export const WORKLOAD_KINDS: readonly string[] = KINDS.map(({ name }) => name);

/** In words, when this workload cannot be understood by this guest. */
export function guestProblem(
  options: WorkloadOptions,
  guest: string,
  own?: OwnGuest,
): string | undefined {
  if (own?.name === guest)
    return own.serves.includes(options.kind)
      ? undefined
      : `${guest} serves ${own.serves.join(", ")}, not a ${options.kind} workload`;
  const { guests } = kindOf(options);
  if (SCRIPTED_GUESTS.has(guest) && guests?.includes(guest) !== true)
    return `guest ${guest} understands no ${options.kind} workload: expected kind ${REGISTERS.name}`;
  if (guests === undefined || guests.includes(guest)) return undefined;
  return `a ${options.kind} workload needs guest ${guests.join(" or ")}, not ${guest}`;
}

/** The options went through the kind's own schema: that is how they got their name. */
function kindOf({ kind: name }: WorkloadOptions): WorkloadKind<z.ZodType<CommonOptions>> {
  return must(
    KINDS.find((kind) => kind.name === name),
    `workload ${name}`,
  ) as WorkloadKind<z.ZodType<CommonOptions>>;
}

function isPlain(input: unknown): input is object {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}
