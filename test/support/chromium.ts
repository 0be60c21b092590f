// A headless Chromium for outside tests, without any library: it is driven over two pipes (file
// descriptors 3 and 4) that carry JSON messages which end in a zero byte. A page collects what went
// wrong in it: errors on its console, and every request that it made beyond its own file.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { Browser, BrowserPage, PageSize } from "./browser.ts";

const BINARIES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ANSWER_WITHIN = 60_000;

type Json = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: Json, session: string | undefined) => void;

export type Scheme = "light" | "dark";

/** Where Chromium is; undefined when this machine has none. */
export function findChromium(): string | undefined {
  return BINARIES.find((path) => existsSync(path));
}

export class Chromium implements Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #toBrowser: Writable;
  readonly #waiting: Map<number, (answer: Json) => void>;
  readonly #listeners: Set<Listener>;
  #next: number;
  #rest: string;

  private constructor(process: ChildProcess, profile: string) {
    this.#process = process;
    this.#profile = profile;
    this.#toBrowser = process.stdio[3] as Writable;
    this.#waiting = new Map();
    this.#listeners = new Set();
    this.#next = 1;
    this.#rest = "";
    const fromBrowser = process.stdio[4] as Readable;
    fromBrowser.setEncoding("utf8");
    fromBrowser.on("data", (text: string) => this.#receive(text));
    this.#toBrowser.on("error", () => undefined);
  }

  static launch(binary: string): Chromium {
    const profile = mkdtempSync(join(tmpdir(), "ftsim-chromium-"));
    const flags = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
    ];
    const child = spawn(binary, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    return new Chromium(child, profile);
  }

  /** Opens an address (file:, http:) and waits until it has loaded. */
  async open(url: string, size: PageSize, scheme: Scheme = "light"): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const attached = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, String(targetId), String(attached["sessionId"]), url);
    await page.prepare(size, scheme);
    await page.go(url);
    return page;
  }

  async send(method: string, params: Json = {}, sessionId?: string): Promise<Json> {
    const id = this.#next++;
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    const answer = await new Promise<Json>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`chromium does not answer ${method}`)),
        ANSWER_WITHIN,
      );
      this.#waiting.set(id, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      this.#toBrowser.write(`${JSON.stringify(message)}\0`);
    });
    const error = answer["error"] as { readonly message?: string } | undefined;
    if (error !== undefined) throw new Error(`chromium: ${method}: ${error.message ?? "failed"}`);
    return (answer["result"] ?? {}) as Json;
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.send("Browser.close").catch(() => this.#process.kill());
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive(text: string): void {
    const parts = (this.#rest + text).split("\0");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) this.#take(JSON.parse(part) as Json);
  }

  #take(message: Json): void {
    const id = message["id"];
    if (typeof id === "number") {
      this.#waiting.get(id)?.(message);
      this.#waiting.delete(id);
      return;
    }
    const session = message["sessionId"] as string | undefined;
    for (const listener of this.#listeners)
      listener(String(message["method"]), (message["params"] ?? {}) as Json, session);
  }
}

export class Page implements BrowserPage {
  /** Exceptions, errors and warnings of the console, violations of the page's policy. */
  readonly errors: string[];
  /** Every address that was asked for, but the page's own, data: and blob:. */
  readonly requests: string[];
  readonly #browser: Chromium;
  readonly #target: string;
  readonly #session: string;
  #url: string;
  #isLoaded: () => void;
  readonly #listener: Listener;

  constructor(browser: Chromium, target: string, session: string, url: string) {
    this.errors = [];
    this.requests = [];
    this.#browser = browser;
    this.#target = target;
    this.#session = session;
    this.#url = url;
    this.#isLoaded = () => undefined;
    this.#listener = (method, params, of) => {
      if (of === session) this.#observe(method, params);
    };
    browser.listen(this.#listener);
  }

  async prepare(size: PageSize, scheme: Scheme): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log", "Network"])
      await this.#send(`${domain}.enable`);
    await this.resize(size);
    await this.prefer(scheme);
  }

  async resize({ width, height }: PageSize): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.#send("Emulation.setDeviceMetricsOverride", metrics);
  }

  async prefer(scheme: Scheme): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#send("Emulation.setEmulatedMedia", { features });
  }

  /** Goes to an address and waits for its load event. */
  async go(url: string): Promise<void> {
    this.#url = url;
    const loaded = new Promise<void>((resolve) => {
      this.#isLoaded = resolve;
    });
    await this.#send("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression (a promise's value once it is there); what it throws is thrown. */
  async evaluate<T>(expression: string): Promise<T> {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const answer = await this.#send("Runtime.evaluate", asked);
    if (answer["exceptionDetails"] !== undefined)
      throw new Error(`${expression}: ${describeException(answer["exceptionDetails"] as Json)}`);
    return (answer["result"] as { readonly value: T }).value;
  }

  /** Until an expression is true; fails after `milliseconds`. */
  async until(expression: string, milliseconds: number = 20_000): Promise<void> {
    const end = Date.now() + milliseconds;
    while (!(await this.evaluate<boolean>(`Boolean(${expression})`))) {
      if (Date.now() > end) throw new Error(`it never came true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** A key by its name: "ArrowLeft", "Escape", "+". */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    const windowsVirtualKeyCode = KEY_CODES.get(key) ?? 0;
    const event = { key, windowsVirtualKeyCode, ...text };
    await this.#send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.#send("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode });
  }

  async move(x: number, y: number): Promise<void> {
    await this.#send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
  }

  async click(x: number, y: number): Promise<void> {
    await this.drag(x, y, x, y);
  }

  async drag(x: number, y: number, toX: number, toY: number): Promise<void> {
    const held = { button: "left", buttons: 1, clickCount: 1 };
    await this.move(x, y);
    await this.#send("Input.dispatchMouseEvent", { type: "mousePressed", x, y, ...held });
    if (x !== toX || y !== toY)
      await this.#send("Input.dispatchMouseEvent", { type: "mouseMoved", x: toX, y: toY, ...held });
    await this.#send("Input.dispatchMouseEvent", {
      type: "mouseReleased",
      x: toX,
      y: toY,
      ...held,
      buttons: 0,
    });
  }

  /** `modifiers`: 2 is Ctrl, 8 is Shift. */
  async wheel(x: number, y: number, deltaY: number, modifiers: number = 0): Promise<void> {
    const event = { type: "mouseWheel", x, y, deltaX: 0, deltaY, modifiers };
    await this.#send("Input.dispatchMouseEvent", event);
  }

  /** What is seen, or the whole length of the page, as a PNG file. */
  async screenshot(file: string, isWhole: boolean = false): Promise<void> {
    const asked = { format: "png", captureBeyondViewport: isWhole };
    const size = isWhole ? await this.evaluate<PageSize>(WHOLE_SIZE) : undefined;
    const clip = size === undefined ? {} : { clip: { x: 0, y: 0, scale: 1, ...size } };
    const { data } = await this.#send("Page.captureScreenshot", { ...asked, ...clip });
    writeFileSync(file, Buffer.from(String(data), "base64"));
  }

  async close(): Promise<void> {
    this.#browser.unlisten(this.#listener);
    await this.#browser.send("Target.closeTarget", { targetId: this.#target });
  }

  async #send(method: string, params: Json = {}): Promise<Json> {
    return await this.#browser.send(method, params, this.#session);
  }

  #observe(method: string, params: Json): void {
    if (method === "Page.loadEventFired") this.#isLoaded();
    if (method === "Runtime.exceptionThrown")
      this.errors.push(describeException(params["exceptionDetails"] as Json));
    if (
      method === "Runtime.consoleAPICalled" &&
      ["error", "warning"].includes(String(params["type"]))
    )
      this.errors.push(JSON.stringify(params["args"]));
    if (method === "Log.entryAdded") this.#observeEntry(params["entry"] as Json);
    if (method === "Network.requestWillBeSent") this.#observeRequest(params["request"] as Json);
  }

  #observeEntry({ level, text }: Json): void {
    if (level === "error" || level === "warning") this.errors.push(String(text));
  }

  #observeRequest({ url }: Json): void {
    const address = String(url);
    const own = this.#url.split("#")[0];
    if (address.split("#")[0] === own || /^(data|blob|about):/.test(address)) return;
    this.requests.push(address);
  }
}

/** What the browser itself does on a key (closing a dialog, moving the focus) goes by these. */
const KEY_CODES: ReadonlyMap<string, number> = new Map([
  ["Tab", 9],
  ["Enter", 13],
  ["Escape", 27],
  ["ArrowLeft", 37],
  ["ArrowUp", 38],
  ["ArrowRight", 39],
  ["ArrowDown", 40],
]);

const WHOLE_SIZE =
  "({ width: document.documentElement.clientWidth, height: document.documentElement.scrollHeight })";

function describeException(details: Json): string {
  const exception = details["exception"] as { readonly description?: string } | undefined;
  return exception?.description ?? String(details["text"]);
}
