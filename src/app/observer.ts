// Looks at a world while it runs and keeps what the page will be told: packets and facts since the last
// time, figures of the clients, what happened. It changes nothing.

import type { Fact, FactOf } from "../history/fact.ts";
import { type Moment, tellStory } from "../report/story.ts";
import type { World } from "../testbed/world.ts";
import type { ClientsView, HostView, PacketView, Update, WireView } from "./messages.ts";

/** More than can be drawn apart: of a long stretch the last ones are kept. */
const PACKETS_MAX = 4_000;
/** Facts that the list of moments may tell. */
const TOLD: ReadonlySet<Fact["kind"]> = new Set([
  "run",
  "fault",
  "role",
  "suspect",
  "test-and-set",
  "machine-stop",
  "diverged",
  "stalled",
  "throttle",
  "storage-restart",
  "announce",
]);
const SECOND = 1_000_000_000;

interface Answer {
  readonly at: number;
  readonly took: number;
}

export class Observer {
  readonly #world: World;
  #packets: PacketView[];
  #facts: Fact[];
  #firstFact: number;
  readonly #open: Map<string, number>;
  /** Answers of the last second. */
  #recent: Answer[];
  #asked: number;
  #answered: number;
  #failed: number;
  #hasNews: boolean;

  constructor(world: World) {
    this.#world = world;
    this.#packets = [];
    this.#facts = [];
    this.#firstFact = 0;
    this.#open = new Map();
    this.#recent = [];
    this.#asked = 0;
    this.#answered = 0;
    this.#failed = 0;
    this.#hasNews = false;
    world.network.setTap((link, _packet, time, arrivals) => {
      const [wire = "", from = "", to = ""] = link.split(/[:>]/);
      this.#packets.push({ wire, from, to, sentAt: time, arrivesAt: arrivals[0]?.time });
      if (this.#packets.length > 2 * PACKETS_MAX) this.#packets = this.#packets.slice(-PACKETS_MAX);
    });
    for (const fact of world.facts.history.facts()) this.#observe(fact);
    world.facts.listen((fact) => this.#observe(fact));
  }

  /** What is new since the last time. */
  take(time: number, violation: string): Update {
    const world = this.#world;
    const update: Update = {
      time,
      events: world.kernel.dispatched,
      isOver: world.isOver,
      hosts: this.#hosts(),
      wires: this.#wires(),
      isStorageDown: world.disks.isDown,
      clients: this.#clients(time),
      packets: this.#packets.slice(-PACKETS_MAX),
      facts: this.#facts,
      firstFact: this.#firstFact,
      moments: this.#hasNews ? this.#moments() : undefined,
      violation,
    };
    this.#packets = [];
    this.#firstFact += this.#facts.length;
    this.#facts = [];
    this.#hasNews = false;
    return update;
  }

  #observe(fact: Fact): void {
    if (TOLD.has(fact.kind)) this.#hasNews = true;
    if (fact.kind === "client") this.#observeClient(fact);
    this.#facts.push(fact);
  }

  #observeClient({ event, time }: FactOf<"client">): void {
    if (event.kind === "invoke") {
      this.#asked += 1;
      this.#open.set(event.opId, time);
      return;
    }
    const from = this.#open.get(event.opId) ?? time;
    this.#open.delete(event.opId);
    if (event.kind === "ok") {
      this.#answered += 1;
      this.#recent.push({ at: time, took: time - from });
    } else this.#failed += 1;
  }

  #clients(time: number): ClientsView {
    this.#recent = this.#recent.filter(({ at }) => at > time - SECOND);
    const took = this.#recent.map((answer) => answer.took).sort((a, b) => a - b);
    return {
      asked: this.#asked,
      answered: this.#answered,
      failed: this.#failed,
      inFlight: this.#open.size,
      rate: took.length,
      median: took[Math.floor(took.length / 2)] ?? 0,
      slowest: took.at(-1) ?? 0,
    };
  }

  #moments(): readonly Moment[] {
    return tellStory(this.#world.facts.history.facts()).moments;
  }

  #hosts(): readonly HostView[] {
    const { booted } = this.#world.spec;
    return this.#world.hosts.map(({ name, parts }) => ({
      name,
      status: parts.host.status,
      role: this.#world.roles.roleOf(name) ?? "HALTED",
      steps: parts.runner.count - booted.count,
    }));
  }

  #wires(): readonly WireView[] {
    const links = this.#world.network.links();
    const wires: WireView[] = [];
    for (const { link, from, to } of links) {
      const wire = link.name.split(":")[0] ?? "";
      const back = links.find(
        (other) => other.from === to && other.to === from && other.link.name.startsWith(`${wire}:`),
      );
      if (
        back === undefined ||
        wires.some((one) => one.wire === wire && one.a === to && one.b === from)
      )
        continue;
      const cut = Number(link.faults.isCut) + Number(back.link.faults.isCut);
      wires.push({
        wire,
        a: from,
        b: to,
        cut: cut === 2 ? 2 : cut === 1 ? 1 : 0,
        isHeld: link.faults.isHeld || back.link.faults.isHeld,
      });
    }
    return wires;
  }
}
