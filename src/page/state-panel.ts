// How every node stood at the cursor, and what the newest fact changed: a column for each host, for
// the storage and for the clients.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { number } from "../base/words.ts";
import { describeFact } from "../report/describe-fact.ts";
import type { NodeState, WorldState } from "../report/world-state.ts";
import { element } from "./elements.ts";
import type { FactStore } from "./fact-store.ts";
import type { StateHistory } from "./state-history.ts";

interface Row {
  readonly name: string;
  readonly title: string;
  /** Field of the state whose change marks this row. */
  readonly fields: readonly (keyof NodeState)[];
  readonly text: (node: NodeState, now: number) => string;
}

const entry = (lsn: number): string => (lsn === 0 ? "-" : number(lsn));

const ROWS: readonly Row[] = [
  {
    name: "role",
    title: "What the replica says that it is, and in which generation",
    fields: ["role", "generation", "host"],
    text: roleText,
  },
  {
    name: "machine",
    title: "The virtual machine, and instructions executed since its power-on",
    fields: ["machine", "steps"],
    text: ({ machine, steps }) =>
      machine === "not started" ? machine : `${machine}, ${number(steps)} instructions`,
  },
  {
    name: "inputs and outputs",
    title: "Crossings of the machine's port since the ready mark",
    fields: ["crossings", "outputs"],
    text: ({ crossings, outputs }) => `${number(crossings)} crossings, ${number(outputs)} outputs`,
  },
  {
    name: "log appended",
    title: "Newest log entry that it wrote; newest that its peer acknowledged",
    fields: ["appended", "ackReceived"],
    text: ({ appended, ackReceived }) =>
      appended === 0 ? "-" : `${entry(appended)}, acknowledged ${entry(ackReceived)}`,
  },
  {
    name: "log replayed",
    title: "Newest log entry that it holds of its peer's, acknowledged, and replayed",
    fields: ["buffered", "ackSent", "replayed"],
    text: ({ buffered, ackSent, replayed }) =>
      buffered === 0
        ? "-"
        : `holds ${entry(buffered)}, acknowledged ${entry(ackSent)}, replayed ${entry(replayed)}`,
  },
  {
    name: "outputs held",
    title: "Held until the log entry is acknowledged; and how many really left the host",
    fields: ["held", "released"],
    text: ({ held, released }) => `${number(held)} held, ${number(released)} let out`,
  },
  {
    name: "peer last heard",
    title: "Since the last log entry or ack of its peer; heartbeats are not among the facts",
    fields: ["lastHeard", "suspects"],
    text: ({ lastHeard, suspects }, now) =>
      lastHeard < 0
        ? "-"
        : `${formatDuration(Math.max(0, now - lastHeard))} ago${suspects > 0 ? `, suspects since ${formatDuration(suspects)} of silence` : ""}`,
  },
  {
    name: "execution lag",
    title: "As the replica measured it last",
    fields: ["lag", "isStalled", "cpuLimit"],
    text: ({ lag, isStalled, cpuLimit }) =>
      `${lag === 0 ? "-" : formatDuration(lag)}${cpuLimit < 100 ? `, CPU at ${cpuLimit} %` : ""}${isStalled ? ", stalled" : ""}`,
  },
];

export class StatePanel {
  readonly #into: HTMLElement;
  readonly #store: FactStore;
  readonly #history: StateHistory;
  #shown: number | undefined;
  #shownAt: number | undefined;

  constructor(into: HTMLElement, store: FactStore, history: StateHistory) {
    this.#into = into;
    this.#store = store;
    this.#history = history;
    this.#shown = undefined;
    this.#shownAt = undefined;
  }

  /** After the fact at this position; `time` (ns) is where the cursor stands. */
  show(position: number, time: number): void {
    if (this.#shown === position && this.#shownAt === time) return;
    this.#shown = position;
    this.#shownAt = time;
    const state = this.#history.at(position);
    const changed = this.#history.changedBy(position);
    this.#into.replaceChildren(this.#caption(position, time), tableOf(state, changed, time));
  }

  #caption(position: number, time: number): HTMLElement {
    const fact = this.#store.facts[position];
    const now = element("b", {}, `${formatSeconds(Math.round(time), 6)} s`);
    if (fact === undefined) return element("p", {}, now, ": before the first fact.");
    const index = this.#store.indexOf(position);
    const link = element("a", { href: `#fact=${index}` }, `fact ${number(index)}`);
    const node = "node" in fact ? `${fact.node} ` : "";
    const ago = time > fact.time ? `, ${formatDuration(Math.round(time - fact.time))} earlier` : "";
    return element("p", {}, now, ", after ", link, ago, `: ${node}${describeFact(fact)}`);
  }
}

function tableOf(state: WorldState, changed: ReadonlySet<string>, time: number): HTMLElement {
  const head = element("tr", {}, element("th", {}, ""));
  for (const { name } of state.nodes) head.append(element("th", { scope: "col" }, name));
  const body = element("tbody", {});
  for (const row of ROWS) {
    const line = element("tr", {}, element("th", { scope: "row", title: row.title }, row.name));
    state.nodes.forEach((node, at) => {
      const isChanged = row.fields.some((field) => changed.has(`nodes.${at}.${field}`));
      line.append(cell(row.text(node, Math.round(time)), isChanged, roleClass(row, node)));
    });
    body.append(line);
  }
  const table = element("table", { class: "state" }, element("thead", {}, head), body);
  return element("div", { class: "scroll" }, table, othersOf(state, changed));
}

/** A host that is down has no role, whatever its replica said before. */
function roleText({ host, role, generation }: NodeState): string {
  const said =
    role === "-"
      ? "-"
      : `${role}, generation ${generation}${role === "SOLO" ? ", unprotected" : ""}`;
  if (host === "up") return said;
  return role === "-" ? host : `${host}, was ${said}`;
}

function roleClass({ name }: Row, { host, role }: NodeState): string {
  if (name === "role" && host !== "up") return "role-down";
  return name === "role" ? `role-${role.toLowerCase().replaceAll("_", "-")}` : "";
}

function cell(text: string, isChanged: boolean, className: string): HTMLElement {
  const made = element("td", { class: `${isChanged ? "changed " : ""}${className}` }, text);
  if (isChanged) made.title = "changed by this fact";
  return made;
}

function othersOf({ storage, clients, faults }: WorldState, changed: ReadonlySet<string>) {
  const isChanged = (prefix: string): boolean =>
    [...changed].some((path) => path.startsWith(prefix));
  const list = element("dl", { class: "others" });
  const add = (name: string, prefix: string, text: string): void => {
    list.append(
      element("dt", {}, name),
      element("dd", { class: isChanged(prefix) ? "changed" : "" }, text),
    );
  };
  add(
    "storage",
    "storage",
    `flag ${storage.flag}; ${number(storage.applied)} commands applied, ${number(storage.refused)} refused${storage.last === "" ? "" : `; last ${storage.last}`}`,
  );
  add(
    "clients",
    "clients",
    `${number(clients.inFlight)} requests in flight, ${number(clients.answered)} of ${number(clients.asked)} answered${clients.failed === 0 ? "" : `, ${number(clients.failed)} failed`}`,
  );
  add("faults now", "faults", faults.length === 0 ? "none" : faults.join("; "));
  return list;
}
