// Which fields every kind of fact has, and what may stand in them. The compiler holds this table
// against history/fact.ts: a kind or a field that is missing here does not compile.

import type { Fact, FactOf } from "../history/fact.ts";

/** What is wrong, in words; undefined when nothing is. */
export type Problem = string | undefined;

type Check = (value: unknown) => Problem;
type Fields = Readonly<Record<string, Check>>;
type FieldList = readonly { readonly name: string; readonly check: Check }[];
/** Fields that every fact of a witness has are checked apart. */
type OwnFields<F> = Exclude<keyof F, "kind" | "witness" | "time" | "generation">;
type FieldChecks<F> = { readonly [K in OwnFields<F>]: Check };
type FactChecks = { readonly [K in Fact["kind"]]: FieldChecks<FactOf<K>> };

const text: Check = (value) => (typeof value === "string" ? undefined : "a text");
const flag: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const integer: Check = (value) => (Number.isSafeInteger(value) ? undefined : "an integer");
const instant: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : "a time in ns";
const listOfIntegers: Check = (value) =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item))
    ? undefined
    : "a list of integers";
const listOfTexts: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string")
    ? undefined
    : "a list of texts";
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    allowed.some((item) => item === value) ? undefined : `one of ${allowed.join(", ")}`;
const record = (fields: Fields): Check => {
  const list = listFields(fields);
  return (value) => problemOfRecord(value, list);
};
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? undefined : check(value);

const outputClass = oneOf("network", "console", "disk");
const wonOrLost = oneOf("won", "lost");
const phase = oneOf("before", "during");
const disk = record({
  ioId: integer,
  op: oneOf("read", "write", "flush"),
  sector: integer,
  sectorCount: integer,
  dataHash: text,
});
const segment = record({
  connection: text,
  sequence: integer,
  length: integer,
  payloadHash: text,
  flags: text,
});

const OPS: Readonly<Record<string, Fields>> = {
  ping: {},
  get: { key: text },
  set: { key: text, value: text },
  incr: { key: text },
  del: { key: text },
  lock: { key: text, owner: text, leaseMilliseconds: integer },
  unlock: { key: text, owner: text },
  inc: { key: text, from: integer },
  probe: { command: text },
  command: { command: text },
  down: { bytes: integer, salt: integer },
  up: { bytes: integer, salt: integer },
  datagram: { text },
};
const RESULTS: Readonly<Record<string, Fields>> = {
  done: {},
  value: { value: orNull(text) },
  number: { value: integer },
  acquired: {},
  held: { owner: text },
  text: { text },
  bytes: { bytes: integer },
  wrong: { detail: text },
};
const eventFields = {
  at: instant,
  client: integer,
  process: integer,
  opId: text,
  op: tagged(OPS),
} as const;
const event = tagged({
  invoke: eventFields,
  ok: { ...eventFields, result: tagged(RESULTS) },
  fail: { ...eventFields, error: text },
  info: { ...eventFields, error: text },
});

const FACTS: FactChecks = {
  run: { phase: oneOf("start", "healed", "end"), hosts: listOfTexts },
  reseed: { label: text },
  host: {
    node: text,
    what: oneOf(
      "crash",
      "restart",
      "stays-out",
      "pause",
      "resume",
      "stall",
      "unstall",
      "speed",
      "alarm",
      "clock",
    ),
    detail: text,
  },
  fault: { fault: text, phase: oneOf("start", "end", "skipped"), target: text, detail: text },
  "fault-fired": { fault: text, strikes: integer, bites: integer },
  "machine-start": { node: text, count: integer, stateHash: text },
  "state-take": { node: text, count: integer, outputs: integer, stateHash: text },
  "state-put": { node: text, source: text, count: integer, sourceHash: text, stateHash: text },
  placement: { primary: text, backup: text },
  operator: {
    node: text,
    command: oneOf("move", "power-off", "cpu-share"),
    result: oneOf("asked", "done", "refused"),
  },
  "machine-stop": { node: text, count: integer, why: text },
  crossing: {
    node: text,
    index: integer,
    crossing: oneOf("timer", "net-rx", "disk-done", "uart-rx", "time", "entropy", "output"),
    phase,
    count: integer,
    pc: text,
    privilege: integer,
    valueHash: text,
    stateHash: text,
    ioId: integer,
    ioStatus: oneOf("", "ok", "error"),
    ticks: integer,
    isLive: flag,
  },
  output: {
    node: text,
    ordinal: integer,
    outputClass,
    count: integer,
    hash: text,
    disk: orNull(disk),
  },
  release: {
    node: text,
    ordinal: integer,
    outputClass,
    count: integer,
    hash: text,
    length: integer,
    segment: orNull(segment),
    disk: orNull(disk),
    isAgain: flag,
  },
  heard: { node: text, from: text, signal: oneOf("heartbeat", "log", "ack") },
  "log-window": { node: text, isOpen: flag },
  "cpu-limit": { node: text, percent: integer },
  "log-traffic": {
    node: text,
    since: instant,
    sentBytes: integer,
    sentMessages: integer,
    receives: integer,
    receivedFrames: integer,
    receivedBytes: integer,
    reads: integer,
    readBytes: integer,
    signals: integer,
    answers: integer,
    outputs: integer,
  },
  "log-packed": { node: text, plainBytes: integer, sentBytes: integer },
  "disk-transfer": { node: text, ioId: integer, before: text, after: text },
  announce: { node: text, mac: text },
  "switch-learn": { mac: text, port: text },
  "disk-apply": {
    node: text,
    fenceGeneration: integer,
    fenceOwner: text,
    disk,
    result: oneOf("ok", "fenced", "error", "repeated", "torn"),
  },
  "disk-memory": { node: text, ioId: integer, pages: listOfIntegers },
  "member-read": {
    node: text,
    fenceGeneration: integer,
    fenceOwner: text,
    disk,
    result: oneOf("ok", "fenced", "error"),
  },
  "disk-issue": { node: text, disk, isAgain: flag },
  "disk-content": {
    node: text,
    ioId: integer,
    sector: integer,
    sectorCount: integer,
    before: text,
    after: text,
  },
  "disk-copy": { node: text, source: text, sourceHash: text, contentHash: text },
  "test-and-set": { owner: text, result: wonOrLost, isFirst: flag },
  "open-generation": { opener: text, primary: text, backup: text, result: wonOrLost },
  vote: { node: text, what: oneOf("flag", "open"), candidate: text, isGranted: flag },
  "arbiter-answer": {
    arbiter: oneOf("third-party", "majority"),
    what: oneOf("flag", "open"),
    owner: text,
    votes: integer,
    result: wonOrLost,
  },
  "storage-restart": {},
  client: { event },
  "client-read": { client: text, connection: text, total: integer, digest: text },
  "client-connection": {
    client: text,
    connection: text,
    what: oneOf("connected", "closed", "reset", "timeout", "refused"),
  },
  "client-datagram": { client: text, direction: oneOf("sent", "received"), text },
  "stream-compared": { client: text, connection: text, bytes: integer, differsAt: integer },
  reference: { node: text, steps: integer, positions: integer, differsAt: integer },
  counterfactual: {
    event: integer,
    killed: text,
    survivor: text,
    isLive: flag,
    released: integer,
    missing: integer,
    position: integer,
    differsAt: integer,
  },
  "disk-audit": { records: integer, acknowledged: integer, found: integer, missing: text },
  role: {
    node: text,
    role: oneOf("PRIMARY", "BACKUP", "SUSPECT", "TAS_WAIT", "GOING_LIVE", "SOLO", "HALTED"),
    reason: text,
  },
  "log-append": {
    node: text,
    lsn: integer,
    entry: text,
    count: integer,
    phase,
    group: integer,
    isGroupEnd: flag,
    hash: text,
    bytes: integer,
  },
  "log-begin": { node: text, lsn: integer },
  "log-buffered": { node: text, lsn: integer, hash: text },
  "log-ack-send": { node: text, through: integer, executed: integer },
  "log-ack-receive": { node: text, through: integer, executed: integer },
  "log-replay": { node: text, lsn: integer, count: integer },
  "output-hold": { node: text, ordinal: integer, outputClass, lsn: integer, groupEnd: integer },
  "output-release": { node: text, ordinal: integer, outputClass, lsn: integer, heldFor: integer },
  "output-suppress": { node: text, ordinal: integer, outputClass, lsn: integer, hash: text },
  suspect: { node: text, reason: text, silence: integer },
  "test-and-set-request": { node: text, attempt: integer },
  "test-and-set-result": { node: text, result: wonOrLost },
  lag: { node: text, lag: integer, bufferedEntries: integer },
  copy: {
    node: text,
    stage: oneOf("begin", "round", "pause", "resume", "aborted"),
    target: text,
    round: integer,
    pages: integer,
    detail: text,
  },
  throttle: { node: text, percent: integer, lag: integer },
  stalled: { node: text, isStalled: flag, bufferedBytes: integer },
  diverged: { node: text, detail: text, lsn: integer, through: integer },
};

/** Of what the storage saw; every claim has a generation, too. */
const WORLD_WITH_GENERATION: ReadonlySet<string> = new Set([
  "test-and-set",
  "open-generation",
  "placement",
  "vote",
  "arbiter-answer",
]);
const WORLD_KINDS: ReadonlySet<string> = new Set([
  "run",
  "reseed",
  "host",
  "fault",
  "fault-fired",
  "machine-start",
  "state-take",
  "state-put",
  "placement",
  "operator",
  "machine-stop",
  "crossing",
  "output",
  "release",
  "heard",
  "log-window",
  "cpu-limit",
  "log-traffic",
  "log-packed",
  "disk-transfer",
  "announce",
  "switch-learn",
  "disk-apply",
  "disk-memory",
  "member-read",
  "disk-issue",
  "disk-content",
  "disk-copy",
  "test-and-set",
  "open-generation",
  "vote",
  "arbiter-answer",
  "storage-restart",
  "client",
  "client-read",
  "client-datagram",
  "client-connection",
  "stream-compared",
  "reference",
  "counterfactual",
  "disk-audit",
] satisfies readonly Extract<Fact, { witness: "world" }>["kind"][]);

/** Every kind with all its fields, laid out once: files have millions of facts. */
const LISTS: ReadonlyMap<string, FieldList> = new Map(
  Object.getOwnPropertyNames(FACTS).map((kind) => {
    const isWorld = WORLD_KINDS.has(kind);
    const common: Fields = {
      kind: text,
      witness: oneOf(isWorld ? "world" : "claim"),
      time: instant,
      ...(!isWorld || WORLD_WITH_GENERATION.has(kind) ? { generation: integer } : {}),
    };
    const own: Fields = FACTS[kind as Fact["kind"]];
    return [kind, listFields({ ...common, ...own })];
  }),
);

export function problemOfFact(value: unknown): Problem {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "not a fact";
  const { kind } = value as { kind?: unknown };
  const fields = typeof kind === "string" ? LISTS.get(kind) : undefined;
  if (fields === undefined) return `unknown kind of fact: ${JSON.stringify(kind)}`;
  const problem = problemOfRecord(value, fields);
  return problem === undefined ? undefined : `${String(kind)}: expected ${problem}`;
}

/** A record whose `kind` says which other fields it has. */
function tagged(kinds: Readonly<Record<string, Fields>>): Check {
  const lists = new Map(
    Object.getOwnPropertyNames(kinds).map((kind) => [
      kind,
      listFields({ kind: text, ...kinds[kind] }),
    ]),
  );
  return (value) => {
    const kind = (value as { kind?: unknown } | null | undefined)?.kind;
    const fields = typeof kind === "string" ? lists.get(kind) : undefined;
    return fields === undefined ? "a known kind" : problemOfRecord(value, fields);
  };
}

/** The order decides only which of several problems is named first. */
function listFields(fields: Fields): FieldList {
  const none: Check = () => undefined;
  return Object.getOwnPropertyNames(fields).map((name) => ({ name, check: fields[name] ?? none }));
}

/** Exactly these fields: one that this version does not know may not be dropped in silence. */
function problemOfRecord(value: unknown, fields: FieldList): Problem {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "a record";
  const given = value as Readonly<Record<string, unknown>>;
  for (const { name, check } of fields) {
    if (!Object.hasOwn(given, name)) return `a field ${name}`;
    const problem = check(given[name]);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  const names = Object.getOwnPropertyNames(given);
  if (names.length === fields.length) return undefined;
  const unknown = names.find((name) => fields.every((field) => field.name !== name));
  return `no field ${JSON.stringify(unknown)}`;
}
