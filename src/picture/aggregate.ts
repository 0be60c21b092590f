// What is drawn of messages at a given zoom: each as a line, or how many there are. Pure.

import type { Message, MessageKind } from "./model.ts";

export interface Window {
  /** ns */
  readonly from: number;
  readonly to: number;
}

/** More lines than this are no lines any more. */
export const LINES_MAX = 900;
/** Up to here every line has its name. */
export const NAMES_MAX = 70;
const BLOCK = 256;

/** Messages that a window touches, in the order of arrival; found without looking at all. */
export class MessageIndex {
  readonly #messages: readonly Message[];
  /** Of each block of messages: the earliest sending and the latest arrival. */
  readonly #blocks: { earliest: number; latest: number }[];
  #indexed: number;

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
    this.#blocks = [];
    this.#indexed = 0;
  }

  touching({ from, to }: Window): readonly Message[] {
    this.#catchUp();
    const found: Message[] = [];
    this.#blocks.forEach(({ earliest, latest }, at) => {
      if (latest < from || earliest > to) return;
      const end = Math.min(this.#messages.length, (at + 1) * BLOCK);
      for (let index = at * BLOCK; index < end; index++) {
        const message = this.#messages[index];
        if (message !== undefined && message.arrivedAt >= from && message.sentAt <= to)
          found.push(message);
      }
    });
    return found;
  }

  #catchUp(): void {
    for (; this.#indexed < this.#messages.length; this.#indexed++) {
      const message = this.#messages[this.#indexed];
      if (message === undefined) continue;
      const at = Math.floor(this.#indexed / BLOCK);
      const block = this.#blocks[at] ?? { earliest: message.sentAt, latest: message.arrivedAt };
      block.earliest = Math.min(block.earliest, message.sentAt);
      block.latest = Math.max(block.latest, message.arrivedAt);
      this.#blocks[at] = block;
    }
  }
}

/** How many messages of a kind a lane sent, in one direction, by columns of the plot. */
export interface Stream {
  readonly lane: number;
  readonly isDown: boolean;
  readonly kind: MessageKind;
  readonly counts: readonly number[];
}

export function densityOf(
  messages: readonly Message[],
  window: Window,
  columns: number,
): readonly Stream[] {
  // Few, so that looking for one is cheaper than putting its name together for each message.
  const streams: (Stream & { readonly counts: number[] })[] = [];
  const width = (window.to - window.from) / columns;
  for (const { from, to, kind, sentAt } of messages) {
    const column = Math.floor((sentAt - window.from) / width);
    if (column < 0 || column >= columns) continue;
    const isDown = to > from;
    let stream = streams.find(
      (one) => one.kind === kind && one.lane === from && one.isDown === isDown,
    );
    if (stream === undefined) {
      const counts = Array.from({ length: columns }, () => 0);
      stream = { lane: from, isDown, kind, counts };
      streams.push(stream);
    }
    stream.counts[column] = (stream.counts[column] ?? 0) + 1;
  }
  return streams.sort((a, b) => a.lane - b.lane || a.kind.localeCompare(b.kind));
}

export interface Cluster<T> {
  readonly x: number;
  readonly label: string;
  readonly items: readonly T[];
}

const NAMES_TOGETHER = 4;

/**
 * Neighbours become one when they are closer than `apart`, or where the label of the one would cover
 * the other; it says their names as long as there are few.
 */
export function clusterLabels<T extends { readonly x: number; readonly label: string }>(
  items: readonly T[],
  apart: number,
  widthOf: (label: string) => number = () => 0,
): readonly Cluster<T>[] {
  const sorted = items.toSorted((a, b) => a.x - b.x);
  const clusters: { x: number; last: number; label: string; items: T[] }[] = [];
  for (const item of sorted) {
    const open = clusters.at(-1);
    const reach = open === undefined ? 0 : Math.max(open.last, open.x + widthOf(open.label));
    if (open === undefined || item.x - reach > apart) {
      clusters.push({ x: item.x, last: item.x, label: item.label, items: [item] });
      continue;
    }
    open.items.push(item);
    open.last = item.x;
    open.label = labelOf(open.items);
  }
  return clusters;
}

function labelOf(items: readonly { readonly label: string }[]): string {
  const names = [...new Set(items.map(({ label }) => label))];
  const shown = names.slice(0, NAMES_TOGETHER).join(", ");
  return names.length > NAMES_TOGETHER ? `${shown}, ...` : shown;
}

/** Steps of a time axis that read well: 1, 2 or 5 times a power of ten (ns), about `most` of them. */
export function tickStep(window: Window, most: number): number {
  const least = (window.to - window.from) / Math.max(1, most);
  let decade = 1;
  while (decade * 10 <= least) decade *= 10;
  for (const factor of [1, 2, 5, 10]) if (decade * factor >= least) return decade * factor;
  return decade * 10;
}
