// The ELF beside its source is what its source builds to, byte for byte, and its digest is right.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

it("guests/kv/kv.elf is rebuilt byte for byte", () => {
  const copy = mkdtempSync(join(tmpdir(), "ftsim-guests-"));
  cpSync(join(ROOT, "guests"), copy, { recursive: true });
  const committed = readFileSync(join(ROOT, "guests", "kv", "kv.elf"));
  rmSync(join(copy, "kv", "kv.elf"));
  execFileSync("bash", [join(copy, "build.sh")], { stdio: "pipe" });
  const rebuilt = readFileSync(join(copy, "kv", "kv.elf"));
  expect(rebuilt.equals(committed)).toBe(true);
  const digest = createHash("sha256").update(committed).digest("hex");
  expect(readFileSync(join(ROOT, "guests", "kv", "kv.elf.sha256"), "utf8")).toContain(digest);
  rmSync(copy, { recursive: true, force: true });
});
