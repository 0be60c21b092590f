// A command of the protocol to its machine, carried out by the runner. Halting is the host's business.

import type { VmCommand } from "../ft/protocol.ts";
import type { HostParts } from "./host-parts.ts";

export function performVmCommand(
  { runner, facts }: HostParts,
  command: Exclude<VmCommand, { readonly do: "halt" }>,
): void {
  switch (command.do) {
    case "run":
      runner.run(command.until, command.isShadow);
      break;
    case "replay":
      runner.replay(command.until, command.answers);
      break;
    case "inject":
      runner.inject(command.entry, command.cost);
      break;
    case "answer":
      runner.answer(command.answer, command.cost);
      break;
    case "pause":
      runner.pause();
      break;
    case "resume":
      runner.resume();
      break;
    case "share":
      runner.share(command.percent);
      break;
    case "limit":
      runner.limit(command.percent);
      facts.cpuLimited(command.percent);
      break;
  }
}
