// A finding is confirmed before anybody is told: its fastest seed is run once more in a process of its
// own, which leaves the report and the reproduction.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { BIN_FILE } from "../paths.ts";
import type { Subject } from "./subject.ts";
import type { Confirmation } from "./summary.ts";
import type { FindingGroup } from "./tally.ts";

export async function confirm(
  subject: Subject,
  { fingerprint, fastest }: FindingGroup,
  folder: string,
): Promise<Confirmation> {
  const out = findingFolder(folder, fingerprint);
  const { scenario, set, without, bug, protocol } = subject;
  const words = [
    "run",
    scenario,
    "--seed",
    fastest.seed,
    "--quiet",
    "--out",
    out,
    ...set.flatMap((one) => ["--set", one]),
    ...without.flatMap((one) => ["--without", one]),
    ...bug.flatMap((one) => ["--bug", one]),
    ...(protocol === undefined ? [] : ["--protocol", protocol]),
  ];
  const printed = await outputOf([BIN_FILE, ...words]);
  const digest = / digest ([0-9a-f]+)$/m.exec(printed)?.[1] ?? "";
  return { folder: out, digest, isConfirmed: digest !== "" && digest === fastest.digest };
}

/** Where all that belongs to a finding is. */
export function findingFolder(folder: string, fingerprint: string): string {
  const slug = fingerprint
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-|-$/g, "");
  return join(folder, "findings", slug);
}

/** What a process of its own printed; its exit code is the finding itself. */
function outputOf(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      printed += piece;
    });
    child.on("error", reject);
    child.on("close", () => resolve(printed));
  });
}
