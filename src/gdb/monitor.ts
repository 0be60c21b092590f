// `monitor ...`: what GDB has no words for.

import { fromHex, utf8Decode } from "../base/bytes.ts";
import type { DebugTarget, Motion, Stop } from "./target.ts";

type MonitorAnswer =
  | { readonly kind: "text"; readonly text: string }
  /** The answer comes when the target has arrived. */
  | { readonly kind: "moves"; readonly motion: Motion };

const HELP = `monitor count        steps executed up to here
monitor where        the same, and when it was
monitor goto N       to the position after N steps, forth or back
monitor goto 1.9s    to where the machine was at that time
monitor hash         the state, as 16 digits: equal states, equal digits
After goto: maintenance flush register-cache
`;
const NS = new Map([
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
  ["ns", 1],
]);

export class Monitor {
  readonly #target: DebugTarget;
  #isMoving: boolean;

  constructor(target: DebugTarget) {
    this.#target = target;
    this.#isMoving = false;
  }

  /** A motion under way is one of ours. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  command(line: string): MonitorAnswer {
    const [name = "", ...rest] = line.trim().split(/\s+/);
    const argument = rest.join(" ");
    if (name === "count") return say(`${this.#target.position}\n`);
    if (name === "where") return say(`${this.#target.describe()}\n`);
    if (name === "hash") return say(`${this.#target.stateHash()}\n`);
    if (name === "goto") return this.#goto(argument);
    return say(name === "help" || name === "" ? HELP : `no command ${name}\n${HELP}`);
  }

  arrive(stop: Stop): string {
    this.#isMoving = false;
    const why = stop.kind === "begin" || stop.kind === "end" ? ` (the ${stop.kind})` : "";
    return `${this.#target.describe()}${why}\n`;
  }

  #goto(argument: string): MonitorAnswer {
    const position = this.#positionOf(argument);
    if (position === undefined)
      return say(`goto ${argument}: expected a step so far or ahead, or a time so far\n`);
    this.#isMoving = true;
    return { kind: "moves", motion: { kind: "goto", position } };
  }

  #positionOf(text: string): number | undefined {
    const plain = text.replaceAll(/[_,]/g, "");
    if (/^\d{1,15}$/.test(plain)) return Number(plain);
    const [, value = "", unit = ""] = /^(\d+(?:\.\d+)?)(s|ms|us|ns)$/.exec(text) ?? [];
    const ns = NS.get(unit);
    return ns === undefined ? undefined : this.#target.positionAt(Math.round(Number(value) * ns));
  }
}

export function decodeText(hex: string): string | undefined {
  return /^([0-9a-f]{2})*$/i.test(hex) ? utf8Decode(fromHex(hex)) : undefined;
}

function say(text: string): MonitorAnswer {
  return { kind: "text", text };
}
