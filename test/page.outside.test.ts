// The page in real browsers. The same seeds give the digests that Node gives, at the whole length of
// their scenarios; hosts and wires that are really clicked end up in the address, and the terminal
// gives the same digest from it. Nothing is asked of the network but the page's own files. Chromium
// has to be there, Firefox is asked where it is. FTSIM_PAGE_SEEDS seeds of four scenarios (2).

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it as itself } from "vitest";
import { encodeAddress, parseAddress, type RunAddress } from "../src/testbed/run-address.ts";
import type { Browser, BrowserPage } from "./support/browser.ts";
import { Chromium, findChromium } from "./support/chromium.ts";
import { Firefox, findFirefox } from "./support/firefox.ts";
import { serveSite, type Site } from "./support/site.ts";
import { createTestEngine, ROOT, runOf, scenarioOf } from "./support/worlds.ts";

const SEEDS = Number(process.env["FTSIM_PAGE_SEEDS"] ?? 2);
const SUBJECTS = ["failover", "split-brain", "lease-edge", "protocol-only"] as const;
/** A browser answers within a minute, so it is asked for so many runs at once. */
const RUNS_AT_ONCE = 5;

interface Candidate {
  readonly name: string;
  readonly binary: string | undefined;
  readonly launch: (binary: string) => Promise<Browser>;
}

const CHROMIUM: Candidate = {
  name: "chromium",
  binary: findChromium(),
  launch: async (binary) => Chromium.launch(binary),
};
const FIREFOX: Candidate = {
  name: "firefox",
  binary: findFirefox(),
  launch: async (binary) => await Firefox.launch(binary),
};

let site: Site;
let folder = "";
beforeAll(async () => {
  if (CHROMIUM.binary === undefined)
    throw new Error("chromium is not installed: this test needs it");
  if (FIREFOX.binary === undefined)
    process.stdout.write("page: firefox is not installed, chromium alone is asked\n");
  execFileSync(process.execPath, ["scripts/bundle-site.mjs"], { cwd: ROOT });
  site = await serveSite();
  folder = mkdtempSync(join(tmpdir(), "ftsim-page-"));
});
afterAll(async () => {
  await site?.close();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

const SIZE = { width: 1440, height: 1200 };

function addressOf(scenario: string, seed: string, set: readonly string[]): RunAddress {
  return { scenario, seed, set, without: [], bug: [], interventions: [], digest: undefined };
}

async function openRun(page: BrowserPage, address: RunAddress): Promise<void> {
  const text = encodeAddress(address);
  await page.evaluate(
    `(delete document.body.dataset.opened, location.hash = ${JSON.stringify(`#${text}`)})`,
  );
  await page.until(`document.body.dataset.opened?.startsWith(${JSON.stringify(text)})`, 60_000);
}

async function playToEnd(page: BrowserPage): Promise<string> {
  await page.evaluate(`document.querySelector('[data-speed="max"]').click()`);
  await page.evaluate(`document.getElementById("play").click()`);
  await page.until(`document.getElementById("digest") !== null`, 120_000);
  return await page.evaluate<string>(`document.getElementById("digest").textContent`);
}

/** Where something of the drawing is, and a real click there. */
async function clickOn(page: BrowserPage, selector: string): Promise<void> {
  const { x, y } = await page.evaluate<{ x: number; y: number }>(
    `(() => { const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 3 }; })()`,
  );
  await page.click(x, y);
}

async function runUntil(page: BrowserPage, ns: number): Promise<void> {
  await page.evaluate(`document.querySelector('[data-speed="1"]').click()`);
  await page.evaluate(`document.getElementById("play").click()`);
  await page.until(
    `Number.parseFloat(document.getElementById("clock").textContent) * 1e9 >= ${ns}`,
  );
  await page.evaluate(`document.getElementById("play").click()`);
}

const addressIn = (page: BrowserPage): Promise<string> => page.evaluate<string>("location.href");

function expectClean(page: BrowserPage): void {
  // That this test reads the canvas back is no fault of the page.
  expect(page.errors.filter((error) => !error.includes("willReadFrequently"))).toEqual([]);
  expect(site.missing).toEqual([]);
  expect(page.requests.filter((url) => !url.startsWith(site.url))).toEqual([]);
}

/** The digests of runs, from one worker that the page's own script knows nothing of. */
async function digestsOf(page: BrowserPage, addresses: readonly string[]): Promise<string[]> {
  const digests: string[] = [];
  for (let at = 0; at < addresses.length; at += RUNS_AT_ONCE) {
    const some = JSON.stringify(addresses.slice(at, at + RUNS_AT_ONCE));
    digests.push(...(await page.evaluate<string[]>(`(${IN_A_WORKER})(${some})`)));
  }
  return digests;
}

const IN_A_WORKER = `async (addresses) => {
  const worker = window.testWorker ??= new Worker("worker.js");
  const digestOf = (address) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.kind === "opened")
        worker.postMessage({ kind: "run", until: Number.MAX_SAFE_INTEGER, budget: 60_000 });
      if (data.kind === "over") resolve(data.ending.digest);
      if (data.kind === "refused") reject(new Error(data.message));
    };
    worker.postMessage({ kind: "open", address });
  });
  const digests = [];
  for (const address of addresses) digests.push(await digestOf(address));
  return digests;
}`;

/** How much of the picture is not paper. */
const INK = `(() => {
  const canvas = document.getElementById("picture-canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) ink++;
  return ink;
})()`;

function replay(address: string): { readonly status: number | null; readonly output: string } {
  const args = [join(ROOT, "bin", "ftsim.js"), "replay", address, "--no-report", "--quiet"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

describe.each([CHROMIUM, FIREFOX])("the page in $name", ({ name, binary, launch }) => {
  let browser: Browser;
  beforeAll(async () => {
    if (binary !== undefined) browser = await launch(binary);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });
  const it = binary === undefined ? itself.skip : itself;

  it("prints the digests that Node prints", { timeout: 7_200_000 }, async () => {
    const engine = createTestEngine();
    const page = await browser.open(site.url, SIZE);
    const different: string[] = [];
    const seeds = Array.from({ length: SEEDS }, (_, at) => String(at + 1));
    const started = performance.now();
    for (const scenario of SUBJECTS) {
      const addresses = seeds.map((seed) => encodeAddress(addressOf(scenario, seed, [])));
      const there = await digestsOf(page, addresses);
      for (const [at, seed] of seeds.entries()) {
        const here = runOf(engine, { scenario: scenarioOf(scenario, []), seed }).digest;
        if (there[at] !== here)
          different.push(`${scenario} ${seed}: ${there[at]} there, ${here} here`);
      }
    }
    const seconds = Math.round((performance.now() - started) / 1_000);
    process.stdout.write(
      `page: ${SEEDS} seeds of ${SUBJECTS.join(", ")} in ${name} and in node, ${different.length} differ, ${seconds} s\n`,
    );
    expect(different).toEqual([]);
    expectClean(page);
    await page.close();
  });

  it("plays a whole scenario, and draws it", { timeout: 600_000 }, async () => {
    const page = await browser.open(site.url, SIZE);
    await openRun(page, addressOf("failover", "42", []));
    await runUntil(page, 400_000_000);
    const early = await page.evaluate<number>(INK);
    const digest = await playToEnd(page);
    const engine = createTestEngine();
    const here = runOf(engine, { scenario: scenarioOf("failover", []), seed: "42" });
    expect(digest).toBe(here.digest);
    expect(await page.evaluate<number>(INK)).toBeGreaterThan(early);
    expectClean(page);
    await page.close();
  });

  it("keeps the end of a run that is too long for its picture", { timeout: 900_000 }, async () => {
    const page = await browser.open(site.url, SIZE);
    await openRun(page, addressOf("all-is-well", "1", []));
    await playToEnd(page);
    await page.press("0");
    await page.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
    );
    expect(await page.evaluate<number>(INK)).toBeGreaterThan(10_000);
    expectClean(page);
    await page.close();
  });

  it("does what is clicked, and the terminal does it again", { timeout: 300_000 }, async () => {
    const page = await browser.open(site.url, SIZE);
    await openRun(page, addressOf("all-is-well", "7", ["workload.for=6s", "recovery=1s"]));
    await runUntil(page, 300_000_000);
    await clickOn(page, '[data-target="log-link"] .hit');
    await page.until(`location.hash.includes("~cut~log-link")`);
    await page.until(`document.querySelector('[data-target="log-link"]').classList.contains("cut")
      || (document.getElementById("step").click(), false)`);
    await runUntil(page, 600_000_000);
    await clickOn(page, '[data-target="log-link"] .hit');
    await page.until(`location.hash.includes("~end-cut~log-link")`);
    await runUntil(page, 1_000_000_000);
    await clickOn(page, '[data-plug="h1"]');
    await page.until(`location.hash.includes("~crash~h1")`);
    const digest = await playToEnd(page);
    const address = await addressIn(page);
    expect(await page.evaluate(`document.querySelector(".host.role-solo") !== null`)).toBe(true);
    const command = await page.evaluate<string>(`document.getElementById("command").textContent`);
    expect(command).toBe(`npx ftsim replay '${address.slice(address.indexOf("#"))}'`);
    const parsed = parseAddress(address);
    expect(
      parsed.ok && parsed.value.interventions.map(({ phase, kind }) => `${phase} ${kind}`),
    ).toEqual(["start cut", "end cut", "start crash"]);
    const { status, output } = replay(address);
    expect(output).toContain(`EQUAL   digest ${digest}`);
    expect(status).toBe(0);
    expectClean(page);
    await page.close();
  });

  it("opens an address with clicks in it, and leaves it when one clicks", {
    timeout: 120_000,
  }, async () => {
    const page = await browser.open(site.url, SIZE);
    const set = ["workload.for=4s", "recovery=1s"];
    const text = `#${encodeAddress(addressOf("all-is-well", "8", set))}&do=2.000000000~crash~h2`;
    const parsed = parseAddress(text);
    if (!parsed.ok) throw new Error(parsed.error);
    await openRun(page, parsed.value);
    const told = await playToEnd(page);
    expect(replay(text).output).toContain(told);
    await openRun(page, parsed.value);
    await runUntil(page, 500_000_000);
    await clickOn(page, "[data-storage]");
    await page.until(`location.hash.includes("storage-outage")`);
    expect(await addressIn(page)).not.toContain("crash");
    const digest = await playToEnd(page);
    expect(digest).not.toBe(told);
    expect(replay(await addressIn(page)).output).toContain(`EQUAL   digest ${digest}`);
    expectClean(page);
    await page.close();
  });

  it("says in one line what is wrong with an address", async () => {
    const page = await browser.open(`${site.url}#scenario=failover&seed=1&do=1~boom~h1`, SIZE);
    await page.until(`document.getElementById("notice").textContent !== ""`);
    expect(await page.evaluate(`document.getElementById("notice").textContent`)).toMatch(/SECONDS/);
    expectClean(page);
    await page.close();
  });

  it("is driven by keys alone", { timeout: 60_000 }, async () => {
    const page = await browser.open(`${site.url}#scenario=failover&seed=3`, SIZE);
    await page.until("document.body.dataset.opened !== undefined");
    // The first events are within the first microsecond.
    const clock = (): Promise<string> =>
      page.evaluate<string>(`document.getElementById("clock").textContent`);
    for (let press = 0; press < 200 && (await clock()) === "0.000000 s"; press++)
      await page.press(".");
    expect(await clock()).not.toBe("0.000000 s");
    await page.evaluate(`document.querySelector('[data-plug="h2"]').focus()`);
    await page.press("Enter");
    await page.until(`location.hash.includes("~crash~h2")`);
    expectClean(page);
    await page.close();
  });
});
