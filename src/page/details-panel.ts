// The pinned fact: what it is, all its fields, the log entry that covers it, what caused it and what
// it caused.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { number } from "../base/words.ts";
import type { Fact } from "../history/fact.ts";
import { columnOf, describeFact } from "../report/describe-fact.ts";
import type { Link, LinkBook } from "../report/links.ts";
import { element } from "./elements.ts";
import type { FactStore } from "./fact-store.ts";

const LINKS_MAX = 12;

export class DetailsPanel {
  readonly #into: HTMLElement;
  readonly #store: FactStore;
  readonly #links: LinkBook;

  constructor(into: HTMLElement, store: FactStore, links: LinkBook) {
    this.#into = into;
    this.#store = store;
    this.#links = links;
  }

  show(position: number | undefined): void {
    const fact = position === undefined ? undefined : this.#store.facts[position];
    this.#into.hidden = fact === undefined;
    if (fact === undefined || position === undefined) {
      this.#into.replaceChildren();
      return;
    }
    const index = this.#store.indexOf(position);
    const close = element("button", { type: "button", "aria-label": "unpin" }, "close");
    close.dataset["unpin"] = "";
    const title = element(
      "h3",
      {},
      `${columnOf(fact)}: ${describeFact(fact)} `,
      element("a", { class: "quiet", href: `#fact=${index}` }, `fact ${number(index)}`),
      close,
    );
    const links = element(
      "div",
      { class: "chain" },
      this.#list("Caused by", this.#links.causesOf(position), fact, (link) => link.cause),
      this.#list("Causes", this.#links.effectsOf(position), fact, (link) => link.effect),
    );
    const fields = fieldsOf(fact);
    const covering = this.#entryOf(position);
    if (covering !== undefined && covering !== position) fields.append(this.#covered(covering));
    this.#into.replaceChildren(title, fields, links);
  }

  /** Causes and effects, and theirs: the pinned fact's chain in the picture. */
  chainOf(position: number): ReadonlySet<number> {
    const chain = new Set([position]);
    const walk = (from: number, next: (at: number) => readonly number[], depth: number): void => {
      if (depth === 0) return;
      for (const at of next(from).slice(0, 4)) {
        if (chain.has(at)) continue;
        chain.add(at);
        walk(at, next, depth - 1);
      }
    };
    walk(position, (at) => this.#links.causesOf(at).map(({ cause }) => cause), 6);
    walk(position, (at) => this.#links.effectsOf(at).map(({ effect }) => effect), 6);
    return chain;
  }

  #covered(position: number): HTMLElement {
    const entry = this.#store.facts[position];
    const text = entry === undefined ? "" : describeFact(entry);
    const link = element("a", { href: `#fact=${this.#store.indexOf(position)}` }, text);
    return element("div", {}, element("dt", {}, "covered by"), element("dd", {}, link));
  }

  /** The nearest log entry among its causes, or itself. */
  #entryOf(position: number): number | undefined {
    let reach: readonly number[] = [position];
    for (let depth = 0; depth < 5; depth++) {
      const found = reach.find((at) => this.#store.facts[at]?.kind === "log-append");
      if (found !== undefined) return found;
      reach = reach.flatMap((at) => this.#links.causesOf(at).map(({ cause }) => cause));
    }
    const [after] = this.#links
      .effectsOf(position)
      .filter(({ effect }) => this.#store.facts[effect]?.kind === "log-append");
    return after?.effect;
  }

  #list(
    title: string,
    links: readonly Link[],
    fact: Fact,
    end: (link: Link) => number,
  ): HTMLElement {
    const list = element("ul", {});
    const shown = links.slice(0, LINKS_MAX);
    for (const link of shown) {
      const other = this.#store.facts[end(link)];
      if (other === undefined) continue;
      const index = this.#store.indexOf(end(link));
      const apart = Math.abs(other.time - fact.time);
      const when = apart === 0 ? "at once" : formatDuration(apart);
      list.append(
        element(
          "li",
          {},
          element("a", { href: `#fact=${index}` }, `${columnOf(other)}: ${describeFact(other)}`),
          element("span", { class: "quiet" }, ` ${when}${link.isInferred ? ", inferred" : ""}`),
        ),
      );
    }
    if (links.length > shown.length)
      list.append(element("li", {}, `and ${number(links.length - shown.length)} more`));
    if (links.length === 0)
      list.append(element("li", { class: "quiet" }, "nothing that the facts name"));
    return element("div", {}, element("h4", {}, title), list);
  }
}

/** Every field that the fact has, in its own order; what is nested, by its path. */
function fieldsOf(fact: Fact): HTMLElement {
  const list = element("dl", { class: "fields" });
  const add = (name: string, value: string): void => {
    list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  };
  add("time", `${formatSeconds(fact.time, 9)} s`);
  add("witness", fact.witness === "world" ? "world (really happened)" : "claim (of the replica)");
  const walk = (value: object, prefix: string): void => {
    for (const [key, item] of Object.entries(value) as [string, unknown][]) {
      if (prefix === "" && (key === "time" || key === "witness")) continue;
      if (typeof item === "object" && item !== null && !Array.isArray(item))
        walk(item, `${prefix}${WORDS[key] ?? key} `);
      else add(`${prefix}${WORDS[key] ?? key}`, wordsOf(key, item));
    }
  };
  walk(fact, "");
  return list;
}

const WORDS: Readonly<Record<string, string>> = {
  count: "instruction count",
  lsn: "log entry",
  groupEnd: "waits for entry",
  outputClass: "class",
  bytes: "bytes",
  pc: "program counter",
  isGroupEnd: "ends its group",
  isLive: "from its own host",
  isAgain: "sent again",
  heldFor: "held for",
  ioId: "I/O",
  ioStatus: "I/O status",
  stateHash: "state hash",
  valueHash: "value hash",
  dataHash: "data hash",
  payloadHash: "payload hash",
  sectorCount: "sectors",
  opId: "operation",
};

function wordsOf(key: string, value: unknown): string {
  if (key === "heldFor" || key === "silence" || key === "lag") return formatDuration(Number(value));
  if (key === "at") return `${formatSeconds(Number(value), 9)} s`;
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === "" || value === null) return "-";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
