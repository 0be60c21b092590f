// The smallest boot of Debian's kernel, for tests and for the benchmark: the same kernel, memory disk
// and command line everywhere, so that counts of one place can be compared with those of another.

import { writeCpio } from "../../../src/cli/debian/cpio.ts";
import { tinyInit } from "./tiny-init.ts";

export const WORD = "HELLO-FROM-INIT\n";
export const COMMAND_LINE =
  "console=ttyS0 quiet cryptomgr.notests initcall_blacklist=jent_mod_init,trace_eval_init";

export function tinyInitramfs(): Uint8Array {
  return writeCpio(
    new Map([
      ["init", { kind: "file", bytes: tinyInit(WORD), isExecutable: true }],
      ["dev/console", { kind: "device", major: 5, minor: 1 }],
    ] as const),
  );
}
