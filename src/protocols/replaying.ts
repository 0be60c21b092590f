// Three protocols of the literature that are the paper's with one rule replaced (D13). They log and
// replay as VM-FT does and are judged by the same white-box checkers, but for those of a promise that
// only VM-FT gives: that a machine runs on while its outputs wait, and that they wait one round trip.

import type { FtRules } from "../ft/rules.ts";
import type { Protocol } from "../ft/protocol.ts";
import { VM_FT } from "../ft/vm-ft.ts";

/** Bressoud and Schneider, as the paper tells it: the machine stands at each output until the ack. */
export const STOP_ON_OUTPUT: Protocol = vmFtWith("stop-on-output", {
  rules: { runsWhileHeld: false },
  waives: ["runs-while-held"],
});

/** The backup says what it has executed, not what it holds: an output waits for the slower machine. */
export const ACK_ON_EXECUTE: Protocol = vmFtWith("ack-on-execute", {
  rules: { acknowledges: "executed" },
  waives: ["output-latency"],
});

interface Difference {
  readonly rules: Partial<FtRules>;
  readonly waives: readonly string[];
}

function vmFtWith(name: string, { rules, waives }: Difference): Protocol {
  return {
    name,
    family: "replay",
    waives,
    ownDisks: true,
    create: (config) => VM_FT.create({ ...config, rules: { ...config.rules, ...rules } }),
  };
}
