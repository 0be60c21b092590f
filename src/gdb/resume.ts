// The packets that make the target move: s, c, bs, bc, and vCont with ranges.

import type { Motion } from "./target.ts";

/**
 * Undefined for any other packet. `setPc` is for `s ADDRESS` and `c ADDRESS`, and may refuse. Signals
 * are not delivered: there is nobody who would take one.
 */
export function parseMotion(
  text: string,
  setPc: (address: bigint) => boolean,
): Motion | "refused" | undefined {
  if (text === "bs") return { kind: "step-back" };
  if (text === "bc") return { kind: "continue-back" };
  if (text.startsWith("vCont;")) return actionOf(text.slice("vCont;".length));
  const [, letter = "", address] =
    /^([sc])([0-9a-f]{0,16})$/i.exec(text) ??
    /^([SC])[0-9a-f]{2}(?:;([0-9a-f]{1,16}))?$/i.exec(text) ??
    [];
  if (letter === "") return undefined;
  if (address !== undefined && address !== "" && !setPc(BigInt(`0x${address}`))) return "refused";
  return { kind: letter.toLowerCase() === "s" ? "step" : "continue" };
}

/** The first action is the only thread's. */
function actionOf(actions: string): Motion | undefined {
  const [action = ""] = actions.split(";");
  const [what = ""] = action.split(":");
  if (/^(c|C[0-9a-f]{2})$/.test(what)) return { kind: "continue" };
  if (/^(s|S[0-9a-f]{2})$/.test(what)) return { kind: "step" };
  const [, low, high] = /^r([0-9a-f]{1,16}),([0-9a-f]{1,16})$/.exec(what) ?? [];
  if (low === undefined || high === undefined) return undefined;
  return { kind: "range", low: BigInt(`0x${low}`), high: BigInt(`0x${high}`) };
}
