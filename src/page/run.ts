// A run as the page holds it: its facts, what links them, what the picture shows of them, and how
// everything stood after each.

import type { Fact } from "../history/fact.ts";
import { LinkBook } from "../report/links.ts";
import type { PageData } from "../report/page-data.ts";
import { initialState } from "../report/world-state.ts";
import { FactStore } from "./fact-store.ts";
import type { Gap } from "../picture/draw.ts";
import { PictureModel } from "../picture/model.ts";
import { StateHistory, type StateStart } from "./state-history.ts";

export interface Run {
  readonly store: FactStore;
  readonly model: PictureModel;
  readonly links: LinkBook;
  readonly history: StateHistory;
  /** Stretches of time of which the page has no facts (ns). */
  readonly gaps: readonly Gap[];
}

const SECOND = 1_000_000_000;

export function buildRun(data: PageData, facts: readonly Fact[]): Run {
  const store = new FactStore();
  const links = new LinkBook();
  const hasOwnDisks = facts.some(({ kind }) => kind === "disk-content" || kind === "disk-copy");
  const model = new PictureModel(data.hosts, (link) => links.add(link), hasOwnDisks);
  const starts: StateStart[] = [];
  let at = 0;
  for (const { first, length, before } of data.spans) {
    starts.push({ position: at, state: before });
    if (at > 0) model.interrupt();
    for (let taken = 0; taken < length; taken++, at++) {
      const fact = facts[at];
      if (fact === undefined) break;
      store.append(fact, first + taken);
      model.append(fact);
    }
  }
  const initial = data.spans[0]?.first === 0 ? initialState(data.hosts) : starts[0]?.state;
  const history = new StateHistory(store.facts, initial ?? initialState(data.hosts), starts);
  return { store, model, links, history, gaps: gapsOf(data, store) };
}

function gapsOf({ total, endTime }: PageData, store: FactStore): readonly Gap[] {
  const timeAt = (position: number): number => store.facts[position]?.time ?? 0;
  const gaps = store
    .gaps()
    .map(({ before, after }) => ({ from: timeAt(before), to: timeAt(after) }));
  if (store.length === 0) return gaps;
  if (store.indexOf(0) > 0) gaps.unshift({ from: 0, to: timeAt(0) });
  if (store.indexOf(store.length - 1) < total - 1)
    gaps.push({ from: timeAt(store.length - 1), to: endTime * SECOND });
  return gaps;
}
