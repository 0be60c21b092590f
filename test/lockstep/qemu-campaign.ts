// Random programs that come to an end, on our machine with both tiers and on QEMU.

import { newRuntime } from "../support/vm/load-core.ts";
import { consoleOfQemu, hasQemu } from "../support/vm/qemu.ts";
import { consoleOfOurs, randomProgram } from "../support/vm/random-program.ts";

export interface QemuCampaignOptions {
  readonly seed: string;
  readonly steps: number;
  readonly tell: (line: string) => void;
}

export interface QemuCampaignResult {
  readonly programs: number;
  readonly steps: number;
  readonly mismatches: number;
}

/** Some 5000 steps a round. */
const ROUNDS = 800;

/** Undefined without QEMU. */
export function qemuCampaign(options: QemuCampaignOptions): QemuCampaignResult | undefined {
  if (!hasQemu) return undefined;
  const sum = { programs: 0, steps: 0, mismatches: 0 };
  const runtimes = [newRuntime(undefined, false), newRuntime()] as const;
  while (sum.steps < options.steps) {
    const name = `${options.seed}/qemu/${sum.programs}`;
    const program = randomProgram(name, ROUNDS);
    const theirs = consoleOfQemu(program);
    for (const [tier, runtime] of runtimes.entries()) {
      const { text, steps } = consoleOfOurs(program, runtime);
      if (tier === 0) sum.steps += steps;
      if (text === theirs) continue;
      sum.mismatches += 1;
      options.tell(
        `program "${name}", ${tier === 0 ? "interpreter" : "JIT"}: ${text}, not ${theirs}`,
      );
    }
    sum.programs += 1;
  }
  return sum;
}
