// A swarm: a scenario of which the seed draws everything that the file does not say. What was drawn is
// written out as a scenario of its own, so that a run, a reproduction and a shrunk schedule are the
// same kind of text (D15).

import { isMap, parseDocument, stringify } from "yaml";
import { Draws } from "./swarm/draws.ts";
import { mayBeIdle } from "./swarm/ending.ts";
import { drawFaults } from "./swarm/faults.ts";
import { drawProtocol } from "./swarm/protocol.ts";
import { drawTopology } from "./swarm/topology.ts";
import { type DrawnWork, drawWork } from "./swarm/work.ts";
import { parseDuration } from "./units.ts";
import { withinBudget } from "./swarm/within-budget.ts";

/** What a scenario file says about itself: `draw: swarm`. */
const KEY = "draw";
const SWARM = "swarm";

/** The text of a scenario with nothing left to draw; other texts, wrong ones too, as they are. */
export function writtenOut(text: string, seed: string): string {
  if (!text.includes(KEY)) return text;
  const document = parseDocument(text, { maxAliasCount: 0 } as object);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  if (document.get(KEY) !== SWARM) return text;
  const { [KEY]: _, ...said } = document.toJS() as Readonly<Record<string, unknown>>;
  return stringify(drawSwarm(said, seed), { flowCollectionPadding: true, lineWidth: 0 });
}

/**
 * Long enough to show that a service is gone: who asked before it had to be back has given up, has
 * waited, and has asked in vain again.
 */
const RECOVERY_MOST = "25s";

type Plain = Readonly<Record<string, unknown>>;

/** What the file says stands; of topology and protocol, value by value. */
function drawSwarm(said: Plain, seed: string): Plain {
  const draws = new Draws(`swarm ${seed}`);
  const drawn = asSaid(drawWork(draws), said);
  const topology = { ...drawTopology(draws), ...plain(said["topology"]) };
  const protocol = { ...drawProtocol(draws, topology), ...plain(said["protocol"]) };
  const { guest, workload } = drawn;
  const world = { "recovery-most": RECOVERY_MOST, ...said, guest, workload, topology, protocol };
  if (said["faults"] !== undefined) return world;
  const faults = drawFaults(draws, { topology, protocol, ...drawn });
  const idle = mayBeIdle(said["may-be-idle"], faults);
  return withinBudget({ ...world, "may-be-idle": idle, faults });
}

/** The file's own guest and workload: faults are drawn for what is run. */
function asSaid(drawn: DrawnWork, said: Plain): DrawnWork {
  const guest = typeof said["guest"] === "string" ? said["guest"] : drawn.guest;
  if (said["workload"] === undefined) return { ...drawn, guest };
  const workload = plain(said["workload"]);
  const lasts = parseDuration(String(workload["for"]));
  return {
    guest,
    workload,
    lasts: lasts.ok ? Math.max(1_000, Math.floor(lasts.value / 1_000)) : drawn.lasts,
  };
}

function plain(value: unknown): Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Plain)
    : {};
}
