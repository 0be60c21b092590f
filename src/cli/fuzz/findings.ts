// What is done with the findings of a campaign before they are told: each is run again in a process of
// its own, and made small.

import { join } from "node:path";
import type { Interrupt } from "../drive.ts";
import { OutputFolder } from "../output-folder.ts";
import { faultsOf } from "../shrink/plain.ts";
import { commandOfShrunk, shrinkRun, subjectOf, writeShrunk } from "../shrink/shrink-run.ts";
import { confirm, findingFolder } from "./confirm.ts";
import type { Subject } from "./subject.ts";
import type { Confirmation, Smallest } from "./summary.ts";
import type { Tally } from "./tally.ts";

/** Each finding as small as it gets in a minute; what is new comes first. */
export async function shrinkAll(
  subject: Subject,
  tally: Tally,
  watch: { readonly folder: string; readonly jobs: number; readonly interrupt: Interrupt },
): Promise<ReadonlyMap<string, Smallest>> {
  const smallest = new Map<string, Smallest>();
  const { without, bug, protocol, set } = subject;
  for (const { fingerprint, fastest } of tally.findings.slice(0, SHRINK_MOST)) {
    if (fastest.verdict !== "invalid") continue;
    const setting = { seed: fastest.seed, without, bug, protocol };
    const until = performance.now() + SHRINK_MILLISECONDS;
    const one = subjectOf(subject.scenario, set, setting);
    const shrunk = await shrinkRun(one, {
      jobs: watch.jobs,
      isOver: () => watch.interrupt.isRaised || performance.now() > until,
      onRun: () => {},
    });
    if (shrunk === undefined) continue;
    const path = join(findingFolder(watch.folder, fingerprint), "small");
    writeShrunk(new OutputFolder(path), shrunk, one.setting);
    const faults = faultsOf(shrunk.scenario).length;
    smallest.set(fingerprint, { faults, command: commandOfShrunk(one.setting, path) });
  }
  return smallest;
}

/** More findings than that are usually one. */
const SHRINK_MOST = 5;
const SHRINK_MILLISECONDS = 60_000;

export async function confirmAll(
  subject: Subject,
  tally: Tally,
  folder: string,
): Promise<ReadonlyMap<string, Confirmation>> {
  const confirmations = new Map<string, Confirmation>();
  for (const finding of tally.findings)
    confirmations.set(finding.fingerprint, await confirm(subject, finding, folder));
  return confirmations;
}
