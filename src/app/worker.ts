// The page's worker: owns the engine and the run, does what the page asks, and says what came of it.
// It alone reads the real clock here, to come back in time; how a run is cut never changes it.

import type { GuestImage } from "../testbed/boot.ts";
import type { BootCache } from "../testbed/run.ts";
import { protectionNames } from "../testbed/variants.ts";
import { type Catalogue, createEngine } from "./engine.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { Session } from "./session.ts";

interface Port {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}

const port = self as unknown as Port;
const CHUNK_EVENTS = 500;
const JUDGE_EVERY_MS = 1_000;

class Desk {
  readonly #engine: BootCache;
  readonly #texts: ReadonlyMap<string, string>;
  #session: Session | undefined;
  #isTold: boolean;
  #judgedAt: number;

  constructor(engine: BootCache, texts: ReadonlyMap<string, string>) {
    this.#engine = engine;
    this.#texts = texts;
    this.#session = undefined;
    this.#isTold = false;
    this.#judgedAt = 0;
  }

  handle(message: ToWorker): void {
    if (message.kind === "open") {
      this.#open(message.address);
      return;
    }
    const session = this.#session;
    if (session === undefined) return;
    switch (message.kind) {
      case "run":
        this.#run(session, message.until, message.budget);
        break;
      case "step":
        session.step();
        this.#tell(session);
        break;
      case "act": {
        const done = session.act(message.act);
        if (done.ok)
          port.postMessage({ kind: "acted", address: session.address, update: session.take() });
        else port.postMessage({ kind: "refused", message: done.error });
        break;
      }
      case "consoles":
        port.postMessage({ kind: "consoles", consoles: session.consoles() });
        break;
    }
  }

  #open(address: string): void {
    this.#session?.release();
    this.#session = undefined;
    const opened = Session.open(this.#engine, this.#texts, address);
    if (!opened.ok) {
      port.postMessage({ kind: "refused", message: opened.error });
      return;
    }
    this.#session = opened.value;
    this.#isTold = false;
    port.postMessage({ kind: "opened", world: opened.value.view(), update: opened.value.take() });
  }

  #run(session: Session, until: number, budget: number): void {
    const end = performance.now() + budget;
    while (!session.runTo(until, CHUNK_EVENTS) && performance.now() < end);
    this.#tell(session);
  }

  #tell(session: Session): void {
    if (session.isOver && !this.#isTold) {
      this.#isTold = true;
      const ending = session.ending();
      port.postMessage({ kind: "over", ending, update: session.take() });
      return;
    }
    const now = performance.now();
    if (now - this.#judgedAt > JUDGE_EVERY_MS) {
      session.judge();
      // Judging a long history takes long: it never takes more than a part of the time.
      this.#judgedAt = performance.now() + 4 * (performance.now() - now);
    }
    port.postMessage({ kind: "update", update: session.take() });
  }
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const answer = await fetch(new URL(file, self.location.href));
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function start(): Promise<void> {
  // Whoever speaks before everything is here is heard afterwards.
  const early: ToWorker[] = [];
  port.onmessage = ({ data }) => early.push(data);
  const text = new TextDecoder().decode(await bytesOf("catalogue.json"));
  const catalogue = JSON.parse(text) as Catalogue;
  const core = await WebAssembly.compile((await bytesOf("core.wasm")) as Uint8Array<ArrayBuffer>);
  const guests = new Map<string, GuestImage>();
  for (const { file, manifest } of catalogue.guests) {
    const { name, title, ramBytes, ready, port: tcpPort } = manifest;
    const program = { kind: "elf", elf: await bytesOf(file) } as const;
    guests.set(name, { name, title, ramBytes, ready, port: tcpPort, program });
  }
  const texts = new Map(catalogue.scenarios.map((scenario) => [scenario.name, scenario.text]));
  const desk = new Desk(createEngine(core, guests), texts);
  port.onmessage = ({ data }) => desk.handle(data);
  port.postMessage({
    kind: "ready",
    scenarios: catalogue.scenarios.map((one) => ({
      name: one.name,
      title: /^title: *(.*)$/m.exec(one.text)?.[1] ?? one.name,
    })),
    rules: protectionNames(),
  });
  for (const message of early) desk.handle(message);
}

start().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  port.postMessage({ kind: "refused", message });
});
