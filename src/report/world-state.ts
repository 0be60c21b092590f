// How everything stands after a fact: role, generation, sequence numbers, what is held, who owns the
// flag. One recipe that changes a draft in place: on a plain object, or under immer, which then says
// what a fact changed.

import {
  type Fact,
  type FactOf,
  type HostChange,
  type NodeName,
  OPERATIONS,
  type Role,
} from "../history/fact.ts";

/** "stays out": it restarted, and takes no part in the VM any more. */
export type HostState = "up" | "crashed" | "restarted" | "stays out";

export interface NodeState {
  name: NodeName;
  host: HostState;
  role: Role | "-";
  generation: number;
  machine: "not started" | "running" | "stands still" | "stopped";
  /** Guest instructions executed, as of the last fact that names them. */
  steps: number;
  /** Crossings of the machine's port since the ready mark. */
  crossings: number;
  /** Newest log entry that it appended, that it holds of its peer's, that it replayed. */
  appended: number;
  buffered: number;
  replayed: number;
  ackSent: number;
  ackReceived: number;
  /** What its peer says that it has executed. */
  peerExecuted: number;
  outputs: number;
  held: number;
  /** Ordinal of the newest output that was held; -1: none. */
  newestHeld: number;
  released: number;
  /** When a log entry or an ack of its peer came last (ns); -1: never. */
  lastHeard: number;
  /** ns of silence at which it suspected; 0: it does not. */
  suspects: number;
  lag: number;
  isStalled: boolean;
  /** Per cent that its replica lets its machine use. */
  cpuLimit: number;
}

export interface StorageState {
  flag: string;
  applied: number;
  refused: number;
  last: string;
}

export interface ClientsState {
  inFlight: number;
  asked: number;
  answered: number;
  failed: number;
}

export interface WorldState {
  nodes: NodeState[];
  storage: StorageState;
  clients: ClientsState;
  faults: string[];
}

export function initialState(hosts: readonly NodeName[]): WorldState {
  return {
    nodes: hosts.map(initialNode),
    storage: { flag: "not set", applied: 0, refused: 0, last: "" },
    clients: { inFlight: 0, asked: 0, answered: 0, failed: 0 },
    faults: [],
  };
}

/** One that changes on its own. */
export function copyState({ nodes, storage, clients, faults }: WorldState): WorldState {
  return {
    nodes: nodes.map((node) => ({ ...node })),
    storage: { ...storage },
    clients: { ...clients },
    faults: [...faults],
  };
}

/** Changes the draft to how things stand after this fact. */
export function applyFact(draft: WorldState, fact: Fact): void {
  switch (fact.kind) {
    case "client":
      applyClient(draft.clients, fact);
      break;
    case "fault":
      if (OPERATIONS.has(fact.fault)) break;
      if (fact.phase === "start") draft.faults.push(fact.detail);
      else draft.faults = draft.faults.filter((detail) => detail !== fact.detail);
      break;
    case "disk-apply":
      if (fact.result === "fenced") draft.storage.refused++;
      else draft.storage.applied++;
      draft.storage.last = `${fact.disk.op} ${fact.disk.ioId} of ${fact.node}: ${fact.result}`;
      break;
    case "test-and-set":
      if (fact.result === "won")
        draft.storage.flag = `${fact.owner} (generation ${fact.generation})`;
      break;
    case "open-generation":
      // Each generation has a flag of its own.
      if (fact.result === "won") draft.storage.flag = `not set (generation ${fact.generation})`;
      break;
    default:
      if ("node" in fact) applyNode(draft, fact);
  }
}

type NodeFact = Extract<Fact, { readonly node: NodeName }>;

function applyNode(draft: WorldState, fact: NodeFact): void {
  const node = draft.nodes.find(({ name }) => name === fact.node);
  if (node === undefined) return;
  if (fact.witness === "claim") node.generation = fact.generation;
  switch (fact.kind) {
    case "host":
      node.host = hostAfter(node.host, fact.what);
      break;
    case "role":
      node.role = fact.role;
      node.host = "up";
      if (fact.role === "PRIMARY" || fact.role === "BACKUP") node.suspects = 0;
      break;
    case "machine-start":
      node.machine = "running";
      node.steps = fact.count;
      break;
    case "state-put":
      node.machine = "running";
      node.newestHeld = -1;
      node.steps = fact.count;
      break;
    case "copy":
      node.machine = machineWhile(fact, node.machine);
      break;
    case "machine-stop":
      node.machine = "stopped";
      node.steps = fact.count;
      node.held = 0;
      break;
    case "crossing":
      node.crossings = fact.index + 1;
      node.steps = fact.count;
      break;
    case "output":
      node.outputs = fact.ordinal + 1;
      break;
    case "release":
      node.released++;
      break;
    case "suspect":
      node.suspects = fact.silence;
      break;
    case "lag":
      node.lag = fact.lag;
      break;
    case "cpu-limit":
      node.cpuLimit = fact.percent;
      break;
    case "stalled":
      node.isStalled = fact.isStalled;
      break;
    default:
      applyLog(node, fact);
  }
}

/** The guest stands still while the last pages of its copy are taken and sent. */
function machineWhile(
  { stage }: FactOf<"copy">,
  before: NodeState["machine"],
): NodeState["machine"] {
  if (stage === "pause") return "stands still";
  return before === "stands still" ? "running" : before;
}

/** What a host's replica last said of itself is not true any more once the host is down. */
function hostAfter(before: HostState, what: HostChange): HostState {
  switch (what) {
    case "crash":
      return "crashed";
    case "restart":
      return "restarted";
    case "stays-out":
      return "stays out";
    default:
      return before;
  }
}

function applyLog(node: NodeState, fact: NodeFact): void {
  switch (fact.kind) {
    case "log-begin":
      node.appended = 0;
      node.buffered = fact.lsn;
      node.replayed = fact.lsn;
      break;
    case "log-append":
      node.appended = fact.lsn;
      break;
    case "log-buffered":
      node.buffered = fact.lsn;
      node.lastHeard = fact.time;
      break;
    case "log-ack-send":
      node.ackSent = fact.through;
      break;
    case "log-ack-receive":
      node.ackReceived = fact.through;
      node.peerExecuted = fact.executed;
      node.lastHeard = fact.time;
      break;
    case "log-replay":
      node.replayed = fact.lsn;
      node.steps = fact.count;
      break;
    case "output-hold":
      // Told again when it waits for the next generation.
      if (fact.ordinal <= node.newestHeld) break;
      node.newestHeld = fact.ordinal;
      node.held++;
      break;
    case "output-release":
      node.held = Math.max(0, node.held - 1);
      break;
    default:
  }
}

function applyClient(clients: ClientsState, { event }: FactOf<"client">): void {
  if (event.kind === "invoke") {
    clients.asked++;
    clients.inFlight++;
    return;
  }
  clients.inFlight = Math.max(0, clients.inFlight - 1);
  if (event.kind === "ok") clients.answered++;
  else clients.failed++;
}

function initialNode(name: NodeName): NodeState {
  return {
    name,
    host: "up",
    role: "-",
    generation: 0,
    machine: "not started",
    steps: 0,
    crossings: 0,
    appended: 0,
    buffered: 0,
    replayed: 0,
    ackSent: 0,
    ackReceived: 0,
    peerExecuted: 0,
    outputs: 0,
    held: 0,
    newestHeld: -1,
    released: 0,
    lastHeard: -1,
    suspects: 0,
    lag: 0,
    isStalled: false,
    cpuLimit: 100,
  };
}
