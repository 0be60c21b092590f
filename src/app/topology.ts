// The drawn world: clients, switch, the two hosts, storage, and the wires between them. Wires and
// machines are buttons; packets travel along the wires in virtual time.

import type { Act } from "../faults/operator.ts";
import { onPress, svg } from "./dom.ts";
import type { HostView, PacketView, Update, WireView, WorldView } from "./messages.ts";

const WIDTH = 760;
const HEIGHT = 400;
/** More packets at once are only a blur. */
const PACKETS_MAX = 250;

interface Place {
  readonly x: number;
  readonly y: number;
}

interface DrawnWire {
  readonly group: SVGElement;
  readonly from: Place;
  readonly to: Place;
  readonly word: SVGElement;
  view: WireView | undefined;
}

interface DrawnHost {
  readonly group: SVGElement;
  readonly role: SVGElement;
  readonly steps: SVGElement;
  readonly plug: SVGElement;
  readonly freeze: SVGElement;
  readonly freezeWord: SVGElement;
  view: HostView | undefined;
}

export class Topology {
  readonly #root: SVGElement;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #wires: Map<string, DrawnWire>;
  readonly #hosts: Map<string, DrawnHost>;
  readonly #packets: SVGElement;
  readonly #storage: SVGElement;
  readonly #storageWord: SVGElement;
  readonly #act: (act: Act) => void;
  #isStorageDown: boolean;

  constructor(container: Element, world: WorldView, act: (act: Act) => void) {
    this.#act = act;
    this.#isStorageDown = false;
    this.#places = placesOf(world);
    this.#wires = new Map();
    this.#hosts = new Map();
    this.#packets = svg("g", { class: "packets", "aria-hidden": true });
    this.#root = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "group",
      "aria-label": "The world: press a host to pull its plug, a wire to cut or heal it",
    });
    this.#addWires(world);
    this.#root.append(this.#packets);
    for (const client of world.clients) this.#addBox(client, "client", 44, 24);
    this.#addBox("switch", "switch", 62, 34);
    for (const host of world.hosts) this.#hosts.set(host, this.#addHost(host));
    this.#storageWord = svg("text", { x: 0, y: 20, class: "state" }, "");
    this.#storage = this.#addStorage();
    container.replaceChildren(this.#root);
  }

  update({ hosts, wires, isStorageDown }: Update): void {
    for (const view of hosts) this.#showHost(view);
    for (const view of wires) this.#showWire(view);
    this.#isStorageDown = isStorageDown;
    this.#storage.classList.toggle("down", isStorageDown);
    this.#storageWord.textContent = isStorageDown ? "away" : "flag and disk";
    this.#storage.setAttribute(
      "aria-label",
      isStorageDown ? "storage is away: bring it back" : "storage: take it away",
    );
  }

  /** Packets that are on their way at this moment. */
  movePackets(packets: readonly PacketView[], time: number): void {
    const dots: SVGElement[] = [];
    for (let at = packets.length - 1; at >= 0 && dots.length < PACKETS_MAX; at--) {
      const { wire, from, to, sentAt, arrivesAt } = packets[at] as PacketView;
      if (arrivesAt === undefined || arrivesAt < time || sentAt > time) continue;
      const drawn = this.#wires.get(wireKey(wire, from, to));
      if (drawn === undefined) continue;
      const isForward = this.#places.get(from) === drawn.from || this.#isEndOf(drawn, from, wire);
      const share = (time - sentAt) / Math.max(1, arrivesAt - sentAt);
      const along = isForward ? share : 1 - share;
      const x = drawn.from.x + (drawn.to.x - drawn.from.x) * along;
      const y = drawn.from.y + (drawn.to.y - drawn.from.y) * along;
      dots.push(svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 4, class: `wire-${wire}` }));
    }
    this.#packets.replaceChildren(...dots);
  }

  /** Of two parallel wires the ends lie beside their machines: which one is nearer? */
  #isEndOf({ from, to }: DrawnWire, node: string, _wire: string): boolean {
    const place = this.#places.get(node) ?? from;
    return distance(place, from) < distance(place, to);
  }

  #addWires(world: WorldView): void {
    const [h1 = "", h2 = ""] = world.hosts;
    for (const client of world.clients) this.#addWire("net", client, "switch", `${client}-net`, 0);
    for (const host of world.hosts) {
      this.#addWire("net", host, "switch", `${host}-net`, 0);
      this.#addWire("storage", host, "storage", `${host}-storage`, 0);
    }
    this.#addWire("log", h1, h2, "log-link", -34);
    this.#addWire("hb", h1, h2, "heartbeat-link", 34);
  }

  #addWire(wire: string, a: string, b: string, target: string, shift: number): void {
    const from = moved(this.#places.get(a), shift);
    const to = moved(this.#places.get(b), shift);
    const line = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const word = svg("text", {
      x: middle.x,
      y: middle.y + (shift === 0 ? 0 : 22),
      class: "cut-word",
    });
    const group = svg(
      "g",
      { class: `wire wire-${wire}`, role: "button", tabindex: 0, "data-target": target },
      svg("line", { ...line, class: "hit" }),
      svg("line", { ...line, class: "seen" }),
      word,
    );
    if (shift !== 0) {
      const [side, away] = shift < 0 ? ["before", -9] : ["behind", 9];
      const name = wire === "log" ? "log" : "heartbeats";
      const label = { x: middle.x + away, y: middle.y + 4, class: `name ${side}` };
      group.append(svg("text", label, name));
    }
    const drawn: DrawnWire = { group, from, to, word, view: undefined };
    onPress(group, () =>
      this.#act({ phase: (drawn.view?.cut ?? 0) > 0 ? "end" : "start", kind: "cut", target }),
    );
    this.#wires.set(wireKey(wire, a, b), drawn);
    this.#root.append(group);
  }

  #showWire(view: WireView): void {
    const drawn = this.#wires.get(wireKey(view.wire, view.a, view.b));
    if (drawn === undefined) return;
    drawn.view = view;
    const target = drawn.group.getAttribute("data-target") ?? "";
    drawn.group.classList.toggle("cut", view.cut > 0);
    drawn.group.classList.toggle("held", view.isHeld);
    drawn.word.textContent = view.cut === 2 ? "cut" : view.cut === 1 ? "one way cut" : "";
    drawn.group.setAttribute(
      "aria-label",
      view.cut > 0 ? `${target} is cut: heal it` : `${target}: cut it`,
    );
  }

  #addBox(name: string, kind: string, width: number, height: number): SVGElement {
    const { x, y } = this.#places.get(name) ?? { x: 0, y: 0 };
    const group = svg(
      "g",
      { class: `box ${kind}`, transform: `translate(${x} ${y})` },
      svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: 5 }),
      svg("text", { x: 0, y: 4 }, name),
    );
    this.#root.append(group);
    return group;
  }

  #addHost(name: string): DrawnHost {
    const { x, y } = this.#places.get(name) ?? { x: 0, y: 0 };
    const role = svg("text", { x: 0, y: -8, class: "role" });
    const steps = svg("text", { x: 0, y: 10, class: "state" });
    const plug = svg(
      "g",
      { class: "plug", role: "button", tabindex: 0, "data-plug": name },
      svg("rect", { x: -88, y: -46, width: 176, height: 68, rx: 7 }),
      svg("text", { x: 0, y: -27, class: "host-name" }, name),
      role,
      steps,
    );
    // On the side away from the wires.
    const top = y < HEIGHT / 2 ? -71 : 28;
    const freezeWord = svg("text", { x: 0, y: top + 13 }, "freeze");
    const freeze = svg(
      "g",
      { class: "freeze", role: "button", tabindex: 0 },
      svg("rect", { x: -34, y: top, width: 68, height: 19, rx: 5 }),
      freezeWord,
    );
    const group = svg("g", { class: "host", transform: `translate(${x} ${y})` }, plug, freeze);
    const drawn: DrawnHost = { group, role, steps, plug, freeze, freezeWord, view: undefined };
    onPress(plug, () => {
      if (drawn.view?.status !== "crashed")
        this.#act({ phase: "start", kind: "crash", target: name });
    });
    onPress(freeze, () => {
      if (drawn.view?.status === "crashed") return;
      const phase = drawn.view?.status === "paused" ? "end" : "start";
      this.#act({ phase, kind: "pause", target: name });
    });
    this.#root.append(group);
    return drawn;
  }

  #showHost(view: HostView): void {
    const drawn = this.#hosts.get(view.name);
    if (drawn === undefined) return;
    drawn.view = view;
    const { name, status, role, steps } = view;
    const word = status === "crashed" ? "no power" : status === "paused" ? "frozen" : WORDS[role];
    drawn.role.textContent = word;
    drawn.steps.textContent = `${(steps / 1e6).toFixed(3)} million steps`;
    drawn.group.setAttribute("class", `host ${status} role-${role.toLowerCase()}`);
    drawn.freezeWord.textContent = status === "paused" ? "thaw" : "freeze";
    drawn.freeze.setAttribute("aria-label", `${status === "paused" ? "thaw" : "freeze"} ${name}`);
    const isOff = status === "crashed";
    drawn.freeze.toggleAttribute("hidden", isOff);
    drawn.plug.setAttribute("aria-disabled", String(isOff));
    drawn.plug.setAttribute(
      "aria-label",
      isOff ? `${name} has no power` : `${name}, ${word}: pull the plug`,
    );
  }

  #addStorage(): SVGElement {
    const { x, y } = this.#places.get("storage") ?? { x: 0, y: 0 };
    const group = svg(
      "g",
      {
        class: "storage",
        transform: `translate(${x} ${y})`,
        role: "button",
        tabindex: 0,
        "data-storage": true,
      },
      svg("path", { d: "M-52 -26 v48 a52 11 0 0 0 104 0 v-48 a52 11 0 0 0 -104 0" }),
      svg("path", { d: "M-52 -26 a52 11 0 0 0 104 0", class: "rim" }),
      svg("text", { x: 0, y: 4 }, "storage"),
      this.#storageWord,
    );
    onPress(group, () =>
      this.#act({
        phase: this.#isStorageDown ? "end" : "start",
        kind: "storage-outage",
        target: "storage",
      }),
    );
    this.#root.append(group);
    return group;
  }
}

const WORDS: Readonly<Record<HostView["role"], string>> = {
  PRIMARY: "primary",
  BACKUP: "backup",
  SUSPECT: "suspects",
  TAS_WAIT: "asks for the flag",
  GOING_LIVE: "going live",
  SOLO: "solo: live alone",
  HALTED: "halted",
};

function placesOf({ clients, hosts }: WorldView): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>([
    ["switch", { x: 215, y: HEIGHT / 2 }],
    ["storage", { x: 690, y: HEIGHT / 2 }],
  ]);
  hosts.forEach((host, index) => places.set(host, { x: 440, y: index === 0 ? 84 : 334 }));
  const gap = Math.min(44, (HEIGHT - 40) / Math.max(1, clients.length - 1));
  const top = HEIGHT / 2 - (gap * (clients.length - 1)) / 2;
  clients.forEach((client, index) => places.set(client, { x: 40, y: top + index * gap }));
  return places;
}

function wireKey(wire: string, a: string, b: string): string {
  return a < b ? `${wire} ${a} ${b}` : `${wire} ${b} ${a}`;
}

function moved(place: Place | undefined, shift: number): Place {
  return { x: (place?.x ?? 0) + shift, y: place?.y ?? 0 };
}

function distance(a: Place, b: Place): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}
