// A scenario: one schema, every value with its unit, everything defaulted except what the scenario
// is about (design 6). Parsed values are what the world is built from; nothing below reads text.

import { z } from "zod";
import { FAULT_KINDS } from "../faults/registry.ts";
import { TRIGGER_EVENTS } from "../faults/trigger.ts";
import {
  bandwidthText,
  durationText,
  parsed,
  ratioText,
  signedDurationText,
  sizeText,
} from "./schema-units.ts";
import { parseDuration } from "./units.ts";
import { workloadSchema } from "./workloads/registry.ts";

export { type OwnGuest, WORKLOAD_KINDS } from "./workloads/registry.ts";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, "expected a name: lower-case letters, digits and -");
const percent = z.number().int().min(1).max(100);
const percentText = z
  .union([
    percent,
    z
      .string()
      .regex(/^\d{1,3}\s*%$/)
      .transform((text) => Number.parseInt(text, 10))
      .pipe(percent),
  ])
  .transform((value) => ({ percent: value }));
const shareText = percentText.transform((value) => value.percent);
const speedText = bandwidthText.transform((value) => ({ bandwidth: value }));

const linkSchema = z
  .strictObject({
    rtt: durationText.default(parsed(parseDuration("200us"))),
    bandwidth: bandwidthText.default(1_000_000_000),
    queue: sizeText.default(4 * 1_048_576),
    loss: ratioText.optional(),
    duplicate: ratioText.optional(),
    reorder: ratioText.optional(),
    corrupt: ratioText.optional(),
  })
  .refine((link) => link.rtt >= 2_000, "rtt: expected at least 2us (1us one way)");

const hostFields = {
  speed: z.number().int().min(1_000).max(100_000_000_000),
  "exit-cost": durationText,
  "record-cost": durationText,
  "record-cost-per-kib": durationText,
  "replay-cost": durationText,
  "replay-cost-per-kib": durationText,
  "copy-cost-per-page": durationText,
  "pack-cost-per-kib": durationText,
  "unpack-cost-per-kib": durationText,
  "clock-skew": signedDurationText,
  "clock-drift-ppm": z.number().int().min(-1_000).max(1_000),
};

const hostSchema = z.strictObject({
  speed: hostFields.speed.default(100_000_000),
  "exit-cost": durationText.default(parsed(parseDuration("1us"))),
  "record-cost": durationText.default(parsed(parseDuration("1us"))),
  "record-cost-per-kib": durationText.default(parsed(parseDuration("500ns"))),
  "replay-cost": durationText.default(parsed(parseDuration("1us"))),
  "replay-cost-per-kib": durationText.default(parsed(parseDuration("500ns"))),
  "copy-cost-per-page": durationText.default(parsed(parseDuration("500ns"))),
  /** Of log messages before they are packed: deflate at 50 MB/s, inflate at 200 MB/s. */
  "pack-cost-per-kib": durationText.default(parsed(parseDuration("20us"))),
  "unpack-cost-per-kib": durationText.default(parsed(parseDuration("5us"))),
  "clock-skew": signedDurationText.default(parsed(parseDuration("0s"))),
  "clock-drift-ppm": hostFields["clock-drift-ppm"].default(0),
});

/** What is different on the backup's host; the rest is as on the primary's. */
const backupHostSchema = z.strictObject(hostFields).partial();

const storageSchema = z
  .strictObject({
    latency: z
      .tuple([durationText, durationText])
      .default([parsed(parseDuration("1ms")), parsed(parseDuration("5ms"))]),
    "record-latency": durationText.default(parsed(parseDuration("2ms"))),
    disk: sizeText.default(64 * 1_048_576),
    /** `volatile`: a write is durable only after a flush. */
    cache: z.enum(["none", "volatile"]).default("none"),
    /** What a read that fails leaves in memory: `part` is a part of its data. */
    "failed-reads": z.enum(["nothing", "part"]).default("nothing"),
  })
  .refine(({ latency }) => latency[0] <= latency[1], "latency: expected [least, most]")
  .refine(
    ({ disk }) => disk % 512 === 0 && disk >= 32_768,
    "disk: expected at least 32KiB, in sectors of 512B",
  );

const topologySchema = z.strictObject({
  /** The first two are the pair; a third and more are spare, and redundancy is restored by itself. */
  hosts: z.number().int().min(2).max(5).default(2),
  "log-link": linkSchema.prefault({ rtt: "150us" }),
  "heartbeat-link": linkSchema.prefault({}),
  "client-link": linkSchema.prefault({}),
  "storage-link": linkSchema.prefault({ rtt: "100us", bandwidth: "4Gb/s" }),
  storage: storageSchema.prefault({}),
  /** `separate`: each host has a disk of its own, which is part of the VM's state. */
  disks: z.enum(["shared", "separate"]).default("shared"),
  host: hostSchema.prefault({}),
  "backup-host": backupHostSchema.prefault({}),
});

const protocolSchema = z.strictObject({
  name: z.string().default("vm-ft"),
  "heartbeat-interval": durationText.default(parsed(parseDuration("100ms"))),
  "heartbeat-timeout": durationText.default(parsed(parseDuration("2s"))),
  "log-timeout": durationText.default(parsed(parseDuration("2s"))),
  "progress-interval": durationText.default(parsed(parseDuration("100ms"))),
  "suspect-grace": durationText.default(parsed(parseDuration("1ms"))),
  "test-and-set-retry": durationText.default(parsed(parseDuration("100ms"))),
  "primary-buffer": sizeText.default(32 * 1_048_576),
  "backup-buffer": sizeText.default(32 * 1_048_576),
  "backup-socket": z.number().int().min(1).max(1_000_000).default(4_096),
  /** For the protocols of these names: docs/protocols.md. */
  "epoch-steps": z.number().int().min(100).max(1_000_000_000).default(100_000),
  "checkpoint-interval": durationText.default(parsed(parseDuration("25ms"))),
  "compare-timeout": durationText.default(parsed(parseDuration("10ms"))),
  boundary: z.enum(["drop", "resend"]).default("drop"),
  /** `backup`: the backup executes disk reads itself, the log does not carry their data. */
  "disk-reads": z.enum(["logged", "backup"]).default("logged"),
  /** Which disk commands are never under way together: those that meet on the disk, or in memory too. */
  "disk-races": z.enum(["blocks", "blocks-and-pages"]).default("blocks"),
  /** Who decides which node goes live: `majority` is that of the hosts of the topology. */
  arbiter: z.enum(["storage", "third-party", "majority"]).default("storage"),
  /** `alone`: the VM runs on the first host without a backup, and is given one (R-6.1, SCN-40). */
  start: z.enum(["pair", "alone"]).default("pair"),
  /** Whether a node that is alone asks for a new backup; `auto`: where there is a third host. */
  "re-protect": z.enum(["auto", "on", "off"]).default("auto"),
  "protection-delay": durationText.default(parsed(parseDuration("5s"))),
  "copy-pause": durationText.default(parsed(parseDuration("200ms"))),
  "switch-time": durationText.default(parsed(parseDuration("50ms"))),
  /** smoothed lag that makes the primary slower, and that lets it go faster again. */
  "lag-high": durationText.default(parsed(parseDuration("1s"))),
  "lag-low": durationText.default(parsed(parseDuration("200ms"))),
  "lag-period": durationText.default(parsed(parseDuration("500ms"))),
  "cpu-step": shareText.default(3),
  "cpu-floor": shareText.default(20),
  /** frames that arrive within it are one entry and one interrupt; 0: each is its own. */
  "rx-batch": durationText.default(parsed(parseDuration("0s"))),
  /** how long entries that are no outputs may wait for others. */
  "log-batch": durationText.default(parsed(parseDuration("0s"))),
  /** messages of log entries are packed where that makes them shorter. */
  "log-compression": z.enum(["none", "deflate"]).default("none"),
});

const whenSchema = z
  .strictObject({
    nth: z.number().int().min(1).max(1_000_000_000).default(1),
    by: name.optional(),
    from: durationText.optional(),
    ...Object.fromEntries(TRIGGER_EVENTS.map((event) => [event, z.coerce.string().optional()])),
  })
  .refine(
    (when) => TRIGGER_EVENTS.filter((event) => event in when).length === 1,
    `expected exactly one of ${TRIGGER_EVENTS.join(", ")}`,
  );

/** A moment, or [least, most] between which the seed draws one. */
const momentText = z
  .union([durationText, z.tuple([durationText, durationText])], "expected e.g. 2s or [1s, 3s]")
  .refine((at) => !Array.isArray(at) || at[0] <= at[1], "expected [least, most]");

export const faultSchema = z
  .strictObject({
    at: momentText.optional(),
    when: whenSchema.optional(),
    after: durationText.optional(),
    for: durationText.optional(),
    to: z.union([percentText, speedText], "expected e.g. 5% or 1Mb/s").optional(),
    chance: ratioText.optional(),
    stability: durationText.optional(),
    by: signedDurationText.optional(),
    ppm: z.number().int().min(-1_000).max(1_000).optional(),
    times: z.number().int().min(2).max(1_000).optional(),
    onto: name.optional(),
    ...Object.fromEntries(FAULT_KINDS.map((kind) => [kind.name, z.string().optional()])),
  })
  .refine(
    (fault) => FAULT_KINDS.filter((kind) => kind.name in fault).length === 1,
    `expected exactly one fault of ${FAULT_KINDS.map((kind) => kind.name).join(", ")}`,
  )
  .refine(
    (fault) => (fault.at === undefined) !== (fault.when === undefined),
    "expected either `at` or `when`",
  );

/** After the safety phase everything heals. What must be survived within it: faults/budget.ts. */
const budgetSchema = z.enum(["survivable", "unbounded"]).optional();

const expectSchema = z
  .union([
    z.enum(["valid", "safe", "stalled", "outage", "guest-panic"]),
    z.strictObject({ invalid: z.array(z.string()).min(1) }),
  ])
  .default("valid");

/** What the service is promised beyond the protocol's own rules (H-6). */
const PROMISES = ["datagrams-at-least-once"] as const;

/** What `ftsim sweep` does with this scenario when it is not told otherwise. */
const sweepSchema = z
  .strictObject({
    window: z.tuple([durationText, durationText]).optional(),
    /** `none`: the scenario's own faults are left out, the sweep's is the only one. */
    faults: z.enum(["kept", "none"]).default("kept"),
    nodes: z.array(name).min(1).optional(),
    /** The safety phase goes on for so long after an act between two events (ADR 9). */
    tail: durationText.optional(),
    set: z.array(z.string()).default([]),
  })
  .refine(
    ({ window }) => window === undefined || window[0] <= window[1],
    "window: expected [first, last]",
  )
  .optional();

const bodySchema = z.strictObject({
  title: z.string().min(1).max(100),
  about: z.string().min(1).max(400),
  shows: z.array(z.string()).default([]),
  guest: name.default("kv"),
  topology: topologySchema.prefault({}),
  protocol: protocolSchema
    .refine(
      (protocol) => protocol["lag-low"] <= protocol["lag-high"],
      "lag-low: expected at most `lag-high`",
    )
    .prefault({}),
  workload: workloadSchema,
  faults: z.array(faultSchema).max(1_000).default([]),
  expect: expectSchema,
  budget: budgetSchema,
  /** After the safety phase everything heals; operations go on for so long. */
  recovery: durationText.default(parsed(parseDuration("1500ms"))),
  /** Where nothing of what clients ask then is being answered at its end: until it is, but no longer. */
  "recovery-most": durationText.optional(),
  /** Then clients stop; what is still under way settles for so long. */
  quiet: durationText.default(parsed(parseDuration("500ms"))),
  promises: z.array(z.enum(PROMISES)).default([]),
  sweep: sweepSchema,
  "may-be-idle": z.array(z.string()).default([]),
});

export const scenarioSchema = bodySchema.superRefine((body, context) => {
  if (body.topology.disks === "separate") checkSeparateDisks(body, context);
});

/** nothing is shared that could arbitrate, and what one disk forgets the other one knows. */
function checkSeparateDisks(body: ScenarioBody, context: z.RefinementCtx): void {
  const issue = (path: string[], message: string): void =>
    context.addIssue({ code: "custom", path, message });
  if (body.protocol.arbiter === "storage")
    issue(
      ["protocol", "arbiter"],
      "expected third-party or majority: with `topology.disks: separate` no storage is shared",
    );
  if (body.topology.storage.cache === "volatile")
    issue(
      ["topology", "storage", "cache"],
      "expected none: with `topology.disks: separate` a disk that forgets differs from the other",
    );
}

/** A scenario as the world is built from: durations in ns, sizes in bytes, chances as ratios. */
export type ScenarioBody = z.output<typeof bodySchema>;
export type Scenario = ScenarioBody & { readonly name: string };
