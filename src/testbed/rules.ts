// All rules of a world, by layer, and the variants that replace one of them (D13). Rules are resolved
// once per world; the layers below ask their rule and know no variant.

import { type ClusterRules, FT_RULES, type FtRules, type VoterRules } from "../ft/rules.ts";
import type { StorageRules } from "../sim/storage.ts";
import type { VmRules } from "../vm/runtime.ts";

export interface Rules {
  readonly ft: FtRules;
  readonly vm: VmRules;
  readonly storage: StorageRules;
  readonly cluster: ClusterRules;
  readonly voter: VoterRules;
}

export const PAPER_RULES: Rules = {
  ft: FT_RULES,
  vm: { bounceBuffers: true },
  storage: { fencing: true, durableFlag: true, ownerTaggedFlag: true, flagPerGeneration: true },
  cluster: { placement: "apart" },
  voter: { majorityOf: "original", votesOnce: true, durableVotes: true },
};

/** A replacement of rules in one layer. */
export type RuleChange =
  | { readonly layer: "ft"; readonly change: Partial<FtRules> }
  | { readonly layer: "vm"; readonly change: Partial<VmRules> }
  | { readonly layer: "storage"; readonly change: Partial<StorageRules> }
  | { readonly layer: "cluster"; readonly change: Partial<ClusterRules> }
  | { readonly layer: "voter"; readonly change: Partial<VoterRules> };

export function withChanges(rules: Rules, changes: readonly RuleChange[]): Rules {
  let result = rules;
  for (const { layer, change } of changes)
    result = { ...result, [layer]: { ...result[layer], ...change } };
  return result;
}

/** A rule in words that a set can hold: "ft.releaseOutput". */
export const ruleName = (layer: string, rule: string): string => `${layer}.${rule}`;

/**
 * The same rules, which note in `asked` every one that is asked for. A run in which a rule was never
 * asked for is the same run with any other value of it.
 */
export function watchedRules(rules: Rules, asked: Set<string>): Rules {
  return {
    ft: watchedLayer("ft", rules.ft, asked),
    vm: watchedLayer("vm", rules.vm, asked),
    storage: watchedLayer("storage", rules.storage, asked),
    cluster: watchedLayer("cluster", rules.cluster, asked),
    voter: watchedLayer("voter", rules.voter, asked),
  };
}

/** Getters that a copy of the layer asks all of: a copy is not watched, and needs not to be. */
function watchedLayer<Layer extends object>(name: string, layer: Layer, asked: Set<string>): Layer {
  const getters = Object.entries(layer).map(([rule, value]) => [
    rule,
    {
      enumerable: true,
      get: (): unknown => {
        asked.add(ruleName(name, rule));
        return value;
      },
    },
  ]);
  return Object.defineProperties({}, Object.fromEntries(getters)) as Layer;
}
