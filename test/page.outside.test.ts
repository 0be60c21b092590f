// The page in a real browser. The same seeds give the digests that Node gives; hosts and wires that
// are really clicked end up in the address, and the terminal gives the same digest from it. Nothing is
// asked of the network but the page's own files. FTSIM_PAGE_SEEDS seeds of three scenarios (4).

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeAddress, parseAddress, type RunAddress } from "../src/testbed/run-address.ts";
import { Chromium, findChromium, type Page } from "./support/chromium.ts";
import { serveSite, type Site } from "./support/site.ts";
import { createTestEngine, ROOT, runOf, scenarioOf, SMALL, SMALL_AT } from "./support/worlds.ts";

const SEEDS = Number(process.env["FTSIM_PAGE_SEEDS"] ?? 4);
const BINARY = findChromium();
const FIREFOX = spawnSync("firefox", ["--version"]).error === undefined;
/** Short runs: a second of virtual time, with everything in it. */
const SUBJECTS: readonly (readonly [string, readonly string[]])[] = [
  ["failover", SMALL],
  ["split-brain", SMALL_AT],
  ["backup-dies", SMALL_AT],
];

let site: Site;
let chromium: Chromium;
let folder = "";
beforeAll(async () => {
  if (BINARY === undefined) throw new Error("chromium is not installed: this test needs it");
  if (!FIREFOX) process.stdout.write("page: firefox is not installed, chromium alone is asked\n");
  execFileSync(process.execPath, ["scripts/bundle-site.mjs"], { cwd: ROOT });
  site = await serveSite();
  chromium = Chromium.launch(BINARY);
  folder = mkdtempSync(join(tmpdir(), "ftsim-page-"));
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

const SIZE = { width: 1440, height: 900 };

function addressOf(scenario: string, seed: string, set: readonly string[]): RunAddress {
  return { scenario, seed, set, without: [], bug: [], interventions: [], digest: undefined };
}

async function openRun(page: Page, address: RunAddress): Promise<void> {
  const text = encodeAddress(address);
  await page.evaluate(
    `delete document.body.dataset.opened; location.hash = ${JSON.stringify(`#${text}`)}`,
  );
  await page.until(`document.body.dataset.opened?.startsWith(${JSON.stringify(text)})`, 60_000);
}

async function playToEnd(page: Page): Promise<string> {
  await page.evaluate(`document.querySelector('[data-speed="max"]').click()`);
  await page.evaluate(`document.getElementById("play").click()`);
  await page.until(`document.getElementById("digest") !== null`, 120_000);
  return await page.evaluate<string>(`document.getElementById("digest").textContent`);
}

/** Where something of the drawing is, and a real click there. */
async function clickOn(page: Page, selector: string): Promise<void> {
  const { x, y } = await page.evaluate<{ x: number; y: number }>(
    `(() => { const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 3 }; })()`,
  );
  await page.click(x, y);
}

async function runUntil(page: Page, ns: number): Promise<void> {
  await page.evaluate(`document.querySelector('[data-speed="1"]').click()`);
  await page.evaluate(`document.getElementById("play").click()`);
  await page.until(
    `Number.parseFloat(document.getElementById("clock").textContent) * 1e9 >= ${ns}`,
  );
  await page.evaluate(`document.getElementById("play").click()`);
}

const addressIn = (page: Page): Promise<string> => page.evaluate<string>("location.href");

function expectClean(page: Page): void {
  expect(page.errors).toEqual([]);
  expect(site.missing).toEqual([]);
  expect(page.requests.filter((url) => !url.startsWith(site.url))).toEqual([]);
}

function replay(address: string): { readonly status: number | null; readonly output: string } {
  const args = [join(ROOT, "bin", "ftsim.js"), "replay", address, "--no-report", "--quiet"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

describe("the page", () => {
  it("prints the digests that Node prints", { timeout: 1_800_000 }, async () => {
    const engine = createTestEngine();
    const page = await chromium.open(site.url, SIZE);
    const different: string[] = [];
    const started = performance.now();
    for (const [name, set] of SUBJECTS)
      for (let seed = 1; seed <= SEEDS; seed++) {
        await openRun(page, addressOf(name, String(seed), set));
        const there = await playToEnd(page);
        const here = runOf(engine, { scenario: scenarioOf(name, set), seed: String(seed) }).digest;
        if (there !== here) different.push(`${name} ${seed}: ${there} there, ${here} here`);
      }
    const seconds = Math.round((performance.now() - started) / 1_000);
    process.stdout.write(
      `page: ${SEEDS} seeds of ${SUBJECTS.length} scenarios in chromium and node, ${different.length} differ, ${seconds} s\n`,
    );
    expect(different).toEqual([]);
    expectClean(page);
    await page.close();
  });

  it("does what is clicked, and the terminal does it again", { timeout: 300_000 }, async () => {
    const page = await chromium.open(site.url, SIZE);
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
    const page = await chromium.open(site.url, SIZE);
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
    const page = await chromium.open(`${site.url}#scenario=failover&seed=1&do=1~boom~h1`, SIZE);
    await page.until(`document.getElementById("notice").textContent !== ""`);
    expect(await page.evaluate(`document.getElementById("notice").textContent`)).toMatch(/SECONDS/);
    expectClean(page);
    await page.close();
  });

  it("is driven by keys alone", { timeout: 60_000 }, async () => {
    const page = await chromium.open(`${site.url}#scenario=failover&seed=3`, SIZE);
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
