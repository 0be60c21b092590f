// Which rules a run asks for. A run in which a rule was never asked for is the same run with any other
// value of it.

import type { Rules } from "../testbed/rules.ts";

/** A rule in words that a set can hold: "ft.releaseOutput". */
export const ruleName = (layer: string, rule: string): string => `${layer}.${rule}`;

/** The same rules, which note in `asked` every one that is asked for. */
export function watchedRules(rules: Rules, asked: Set<string>): Rules {
  return {
    ft: watchedLayer("ft", rules.ft, asked),
    vm: watchedLayer("vm", rules.vm, asked),
    storage: watchedLayer("storage", rules.storage, asked),
    cluster: watchedLayer("cluster", rules.cluster, asked),
    voter: watchedLayer("voter", rules.voter, asked),
  };
}

/** A copy of the layer asks for all of it: it is not watched, and needs not to be. */
function watchedLayer<Layer extends object>(name: string, layer: Layer, asked: Set<string>): Layer {
  return new Proxy(layer, {
    get: (rules, rule) => {
      asked.add(ruleName(name, String(rule)));
      return rules[rule as keyof Layer];
    },
  });
}
