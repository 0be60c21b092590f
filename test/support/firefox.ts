// A headless Firefox for outside tests, without any library: it is driven over Marionette, which is
// JSON messages with their length in front, over a TCP connection of this machine.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserPage, PageSize } from "./browser.ts";

const BINARIES = ["/usr/bin/firefox", "/usr/bin/firefox-esr"];
const STARTS_WITHIN = 60_000;
const SCRIPTS_WITHIN = 1_800_000;
const ASK_EVERY = 50;
/** Keys that are no letters, as WebDriver writes them. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ["Tab", "\uE004"],
  ["Enter", "\uE007"],
  ["Escape", "\uE00C"],
]);

type Json = Readonly<Record<string, unknown>>;

/** Where Firefox is; undefined when this machine has none. */
export function findFirefox(): string | undefined {
  return BINARIES.find((path) => existsSync(path));
}

export class Firefox implements Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #wire: Wire;

  private constructor(process: ChildProcess, profile: string, wire: Wire) {
    this.#process = process;
    this.#profile = profile;
    this.#wire = wire;
  }

  static async launch(binary: string): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), "ftsim-firefox-"));
    const preferences = [
      ["marionette.port", 0],
      ["datareporting.policy.dataSubmissionEnabled", false],
      ["toolkit.telemetry.reportingpolicy.firstRun", false],
      ["app.update.disabledForTesting", true],
      ["network.captive-portal-service.enabled", false],
      ["network.connectivity-service.enabled", false],
      ["browser.shell.checkDefaultBrowser", false],
    ] as const;
    writeFileSync(
      join(profile, "user.js"),
      preferences.map(([name, value]) => `user_pref("${name}", ${value});\n`).join(""),
    );
    const flags = ["--headless", "--no-remote", "--marionette", "--profile", profile];
    const child = spawn(binary, flags, {
      stdio: "ignore",
      env: { ...process.env, MOZ_HEADLESS: "1", HOME: profile },
    });
    const wire = await Wire.open(await portIn(profile));
    await wire.send("WebDriver:NewSession", { capabilities: {} });
    await wire.send("WebDriver:SetTimeouts", { script: SCRIPTS_WITHIN });
    return new Firefox(child, profile, wire);
  }

  /** One page at a time: the window that is there. */
  async open(url: string, { width, height }: PageSize): Promise<BrowserPage> {
    await this.#wire.send("WebDriver:SetWindowRect", { width, height });
    await this.#wire.send("WebDriver:Navigate", { url: "about:blank" });
    await this.#wire.send("WebDriver:Navigate", { url });
    return new FirefoxPage(this.#wire);
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#process.once("exit", () => resolve());
    });
    await this.#wire.send("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => undefined);
    this.#wire.close();
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

class FirefoxPage implements BrowserPage {
  readonly errors: readonly string[] = [];
  readonly requests: readonly string[] = [];
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async evaluate<T>(expression: string): Promise<T> {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${expression})).then((value) => done({ value }),
        (error) => done({ error: String(error) }));`;
    const { value } = (await this.#wire.send("WebDriver:ExecuteAsyncScript", {
      script,
      args: [],
      sandbox: null,
    })) as { readonly value: { readonly value?: T; readonly error?: string } };
    if (value.error !== undefined) throw new Error(value.error);
    return value.value as T;
  }

  async until(condition: string, within: number = 30_000): Promise<void> {
    const end = Date.now() + within;
    while (!(await this.evaluate<boolean>(`Boolean(${condition})`))) {
      if (Date.now() > end) throw new Error(`it never came true: ${condition}`);
      await pause(ASK_EVERY);
    }
  }

  async press(key: string): Promise<void> {
    const value = KEYS.get(key) ?? key;
    await this.#perform({
      type: "key",
      id: "keys",
      actions: [
        { type: "keyDown", value },
        { type: "keyUp", value },
      ],
    });
  }

  async click(x: number, y: number): Promise<void> {
    await this.#perform({
      type: "pointer",
      id: "mouse",
      parameters: { pointerType: "mouse" },
      actions: [
        { type: "pointerMove", x: Math.round(x), y: Math.round(y), duration: 0 },
        { type: "pointerDown", button: 0 },
        { type: "pointerUp", button: 0 },
      ],
    });
  }

  async close(): Promise<void> {
    await this.#wire.send("WebDriver:Navigate", { url: "about:blank" });
  }

  async #perform(source: Json): Promise<void> {
    await this.#wire.send("WebDriver:PerformActions", { actions: [source] });
    await this.#wire.send("WebDriver:ReleaseActions", {});
  }
}

/** Messages are [0, id, command, parameters] and [1, id, error, answer]. */
class Wire {
  readonly #socket: Socket;
  readonly #waiting: Map<number, (error: Json | null, answer: Json) => void>;
  #rest: Buffer;
  #next: number;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#waiting = new Map();
    this.#rest = Buffer.alloc(0);
    this.#next = 1;
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      for (const settle of this.#waiting.values()) settle({ message: "firefox is gone" }, {});
    });
  }

  static async open(port: number): Promise<Wire> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return new Wire(socket);
  }

  async send(command: string, parameters: Json): Promise<Json> {
    const id = this.#next++;
    const body = Buffer.from(JSON.stringify([0, id, command, parameters]));
    return await new Promise<Json>((resolve, reject) => {
      this.#waiting.set(id, (error, answer) => {
        if (error === null) resolve(answer);
        else reject(new Error(`firefox: ${command}: ${String(error["message"])}`));
      });
      this.#socket.write(Buffer.concat([Buffer.from(`${body.length}:`), body]));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const colon = this.#rest.indexOf(":");
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#rest.subarray(0, colon).toString());
      if (this.#rest.length < end) return;
      const message: unknown = JSON.parse(this.#rest.subarray(colon + 1, end).toString());
      this.#rest = this.#rest.subarray(end);
      // The first message is a greeting.
      if (!Array.isArray(message)) continue;
      const [, id, error, answer] = message as [number, number, Json | null, Json];
      this.#waiting.get(id)?.(error, answer);
      this.#waiting.delete(id);
    }
  }
}

/** Firefox writes down which port it was given. */
async function portIn(profile: string): Promise<number> {
  const file = join(profile, "MarionetteActivePort");
  const end = Date.now() + STARTS_WITHIN;
  while (!existsSync(file) || readFileSync(file, "utf8").trim() === "") {
    if (Date.now() > end) throw new Error("firefox does not start");
    await pause(ASK_EVERY);
  }
  return Number(readFileSync(file, "utf8"));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
