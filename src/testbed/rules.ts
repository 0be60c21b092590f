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
