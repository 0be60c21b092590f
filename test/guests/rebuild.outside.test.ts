// Each ELF beside its source is what its source builds to, byte for byte, and its digest is right.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

const GUESTS = join(ROOT, "guests");
const names = readdirSync(GUESTS).filter((name) => existsSync(join(GUESTS, name, "guest.json")));

let copy = "";
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "ftsim-guests-"));
  cpSync(GUESTS, copy, { recursive: true });
  for (const name of names) rmSync(join(copy, name, `${name}.elf`));
  execFileSync("bash", [join(copy, "build.sh")], { stdio: "pipe" });
}, 120_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

it("there are guests to rebuild", () => {
  expect(names).toEqual(expect.arrayContaining(["kv", "probe"]));
});

it.each(names)("guests/%s is rebuilt byte for byte", (name) => {
  const committed = readFileSync(join(GUESTS, name, `${name}.elf`));
  const rebuilt = readFileSync(join(copy, name, `${name}.elf`));
  expect(rebuilt.equals(committed)).toBe(true);
  const digest = createHash("sha256").update(committed).digest("hex");
  expect(readFileSync(join(GUESTS, name, `${name}.elf.sha256`), "utf8")).toContain(digest);
});
