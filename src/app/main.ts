// The page: opens the run that the address names, drives it in virtual time at the chosen speed, and
// shows it. The engine is in the worker; here nothing is decided about a run but what a person asks.

import { formatSeconds } from "../base/time.ts";
import type { Act } from "../faults/operator.ts";
import { printable } from "../report/text.ts";
import { encodeAddress, isSeed, parseAddress } from "../testbed/run-address.ts";
import { el, find } from "./dom.ts";
import { LivePicture } from "./live-picture.ts";
import type { FromWorker, ScenarioText, ToWorker, Update, WorldView } from "./messages.ts";
import { showClients, showConsoles, showEnding, showMoments } from "./panels.ts";
import { Topology } from "./topology.ts";

/** Virtual seconds a second; the last one as fast as it goes. And how much the picture then shows, ns. */
const SPEEDS: readonly { readonly word: string; readonly rate: number; readonly shown: number }[] =
  [
    { word: "1/10000", rate: 0.0001, shown: 1_000_000 },
    { word: "1/1000", rate: 0.001, shown: 8_000_000 },
    { word: "1/100", rate: 0.01, shown: 60_000_000 },
    { word: "1/10", rate: 0.1, shown: 500_000_000 },
    { word: "1", rate: 1, shown: 3_000_000_000 },
    { word: "max", rate: Infinity, shown: 6_000_000_000 },
  ];
const FRAME_BUDGET_MS = 12;
const MAX_BUDGET_MS = 60;
const NS_PER_MS = 1_000_000;
const FIRST = "scenario=failover&seed=42";
const COPIED_FOR = 1_500;
/** What a key does to the picture. */
const ZOOM = 1.5;
const MOVE = 0.2;

class App {
  readonly #worker: Worker;
  #world: WorldView | undefined;
  #topology: Topology | undefined;
  readonly #picture: LivePicture;
  #latest: Update | undefined;
  #speed: number;
  #isPlaying: boolean;
  #isBusy: boolean;
  #isOver: boolean;
  #lastFrame: number;
  /** The hash that this page wrote itself. */
  #written: string;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#picture = new LivePicture({
      canvas: find("picture-canvas", HTMLCanvasElement),
      onPin: showPinned,
    });
    this.#speed = 2;
    this.#isPlaying = false;
    this.#isBusy = false;
    this.#isOver = false;
    this.#lastFrame = 0;
    this.#written = "";
  }

  start(): void {
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => this.#hear(event.data);
    this.#worker.onerror = (event) => this.#refuse(event.message);
    this.#listen();
    this.#showSpeed();
    requestAnimationFrame((now) => this.#frame(now));
    this.#openHash();
  }

  // ---- what a person does

  #listen(): void {
    addEventListener("hashchange", () => {
      if (location.hash.slice(1) !== this.#written) this.#openHash();
    });
    on("play", () => this.#play(!this.#isPlaying));
    on("step", () => this.#step());
    on("again", () => this.#openForm(true));
    on("copy", () => void copyCommand());
    find("form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#openForm(false);
    });
    for (const id of ["scenario", "without"])
      find(id, HTMLSelectElement).addEventListener("change", () => this.#openForm(false));
    find("speeds", HTMLElement).replaceChildren(
      ...SPEEDS.map(({ word }, index) => {
        const button = el("button", { type: "button", "data-speed": word }, word);
        button.addEventListener("click", () => this.#setSpeed(index));
        return button;
      }),
    );
    find("consoles-panel", HTMLDetailsElement).addEventListener("toggle", () => {
      this.#ask({ kind: "consoles" });
    });
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event: KeyboardEvent): void {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    const speed = "123456".indexOf(key);
    if (key === " " && !(target instanceof HTMLButtonElement)) this.#play(!this.#isPlaying);
    else if (key === ".") this.#step();
    else if (key.length === 1 && speed >= 0) this.#setSpeed(speed);
    else if (key === "+" || key === "-") this.#picture.zoomBy(key === "+" ? 1 / ZOOM : ZOOM);
    else if (key === "ArrowLeft" || key === "ArrowRight")
      this.#picture.moveBy(key === "ArrowLeft" ? -MOVE : MOVE);
    else if (key === "0") this.#picture.showAll();
    else return;
    event.preventDefault();
  }

  #setSpeed(index: number): void {
    this.#speed = index;
    this.#showSpeed();
  }

  #play(isPlaying: boolean): void {
    this.#isPlaying = isPlaying && !this.#isOver && this.#world !== undefined;
    if (this.#isPlaying) this.#picture.follow();
    const button = find("play", HTMLButtonElement);
    button.textContent = this.#isPlaying ? "Pause" : "Play";
    button.setAttribute("aria-pressed", String(this.#isPlaying));
  }

  #step(): void {
    this.#play(false);
    if (!this.#isOver && !this.#isBusy) this.#ask({ kind: "step" });
  }

  #act(act: Act): void {
    if (this.#isOver) this.#notice("The run is over: start it again.");
    else if ((this.#latest?.time ?? 0) >= (this.#world?.healsAt ?? 0))
      this.#notice("Everything is healing by now, and nothing strikes any more: start it again.");
    else this.#ask({ kind: "act", act });
  }

  /** The run that the controls name; what was done to it is kept, or begins anew. */
  #openForm(isAgain: boolean): void {
    const seed = find("seed", HTMLInputElement).value.trim();
    if (!isSeed(seed)) {
      this.#refuse("A seed has 1 to 64 letters, digits, dots, dashes or underscores.");
      return;
    }
    const scenario = find("scenario", HTMLSelectElement).value;
    const without = find("without", HTMLSelectElement).value;
    const known = parseAddress(location.hash);
    const set = known.ok && isAgain ? known.value.set : [];
    const bug = known.ok && isAgain ? known.value.bug : [];
    this.#open(
      encodeAddress({
        scenario,
        seed,
        set,
        without: without === "" ? [] : [without],
        bug,
        interventions: [],
        digest: undefined,
      }),
    );
  }

  #openHash(): void {
    const hash = location.hash.slice(1);
    this.#open(hash === "" ? FIRST : hash);
  }

  #open(address: string): void {
    this.#play(false);
    this.#world = undefined;
    this.#notice("");
    this.#writeHash(address);
    this.#isBusy = true;
    this.#worker.postMessage({ kind: "open", address } satisfies ToWorker);
  }

  // ---- what the worker says

  #ask(message: ToWorker): void {
    if (message.kind === "run" || message.kind === "step") this.#isBusy = true;
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        fillForm(message.scenarios, message.rules);
        this.#showForm();
        break;
      case "opened":
        this.#isBusy = false;
        this.#opened(message.world, message.update);
        break;
      case "update":
        this.#isBusy = false;
        this.#update(message.update);
        break;
      case "acted":
        this.#writeHash(message.address);
        this.#update(message.update);
        break;
      case "consoles":
        showConsoles(find("consoles", HTMLElement), message.consoles);
        break;
      case "over":
        this.#isBusy = false;
        this.#isOver = true;
        this.#play(false);
        this.#update(message.update);
        this.#writeHash(message.ending.address);
        showEnding(find("ending", HTMLElement), message.ending);
        break;
      case "refused":
        this.#isBusy = false;
        this.#refuse(message.message);
        break;
    }
  }

  #opened(world: WorldView, update: Update): void {
    this.#world = world;
    this.#isOver = false;
    find("about", HTMLElement).textContent = world.about;
    const ending = el("p", { class: "quiet" }, "The run is not over yet.");
    find("ending", HTMLElement).replaceChildren(ending);
    find("consoles", HTMLElement).replaceChildren();
    const act = (done: Act): void => this.#act(done);
    this.#topology = new Topology(find("topology", HTMLElement), world, act);
    this.#picture.begin(world);
    this.#writeHash(world.address);
    this.#showForm();
    this.#update(update);
    document.body.dataset["opened"] = world.address;
  }

  #update(update: Update): void {
    this.#latest = update;
    this.#topology?.update(update);
    this.#picture.append(update);
    find("clock", HTMLElement).textContent = `${formatSeconds(update.time, 6)} s`;
    showClients(find("clients", HTMLElement), update);
    if (update.moments !== undefined) showMoments(find("moments", HTMLElement), update.moments);
    if (update.violation !== "") {
      find("ending", HTMLElement).replaceChildren(
        el("p", { class: "verdict invalid" }, el("b", {}, "VIOLATED"), ` ${update.violation}`),
      );
    }
    this.#topology?.movePackets(this.#picture.packets, update.time);
  }

  // ---- time

  #frame(now: number): void {
    const passed = Math.min(100, now - this.#lastFrame);
    this.#lastFrame = now;
    const { rate } = SPEEDS[this.#speed] ?? { rate: 1 };
    if (this.#isPlaying && !this.#isBusy && this.#latest !== undefined) {
      const isMax = rate === Infinity;
      const ns = isMax ? Number.MAX_SAFE_INTEGER : passed * NS_PER_MS * rate;
      const until = Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(this.#latest.time + ns));
      this.#ask({ kind: "run", until, budget: isMax ? MAX_BUDGET_MS : FRAME_BUDGET_MS });
    }
    requestAnimationFrame((next) => this.#frame(next));
  }

  // ---- the controls

  #showSpeed(): void {
    this.#picture.setWidth(SPEEDS[this.#speed]?.shown ?? 1);
    find("speeds", HTMLElement)
      .querySelectorAll("button")
      .forEach((button, index) =>
        button.setAttribute("aria-pressed", String(index === this.#speed)),
      );
  }

  #showForm(): void {
    const parsed = parseAddress(location.hash);
    if (!parsed.ok) return;
    find("scenario", HTMLSelectElement).value = parsed.value.scenario;
    find("seed", HTMLInputElement).value = parsed.value.seed;
    find("without", HTMLSelectElement).value = parsed.value.without[0] ?? "";
  }

  #writeHash(address: string): void {
    this.#written = address;
    if (location.hash.slice(1) !== address) history.replaceState(null, "", `#${address}`);
    find("command", HTMLElement).textContent = `npx ftsim replay '#${address}'`;
  }

  #notice(message: string): void {
    find("notice", HTMLElement).textContent = message;
  }

  #refuse(message: string): void {
    this.#notice(message);
    this.#play(false);
  }
}

function fillForm(scenarios: readonly ScenarioText[], rules: readonly string[]): void {
  const option = (value: string, text: string): HTMLElement => el("option", { value }, text);
  find("scenario", HTMLSelectElement).replaceChildren(
    ...scenarios.map(({ name, title }) => option(name, `${name}: ${title}`)),
  );
  find("without", HTMLSelectElement).replaceChildren(
    option("", "with every rule"),
    ...rules.map((rule) => option(rule, `without ${rule}`)),
  );
}

/** What was clicked in the picture; facts are text, whatever a guest wrote into them. */
function showPinned(lines: readonly string[]): void {
  find("pinned", HTMLElement).replaceChildren(
    ...lines.map((line) => el("div", {}, printable(line))),
  );
}

async function copyCommand(): Promise<void> {
  const button = find("copy", HTMLButtonElement);
  const command = find("command", HTMLElement);
  try {
    await navigator.clipboard.writeText(command.textContent ?? "");
    button.textContent = "copied";
  } catch {
    // No clipboard here: the text is selected, one key is left to press.
    getSelection()?.selectAllChildren(command);
    button.textContent = "selected: press Ctrl+C";
  }
  setTimeout(() => {
    button.textContent = "copy";
  }, COPIED_FOR);
}

function on(id: string, act: () => void): void {
  find(id, HTMLButtonElement).addEventListener("click", act);
}

new App(new Worker("worker.js")).start();
