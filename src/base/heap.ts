// A binary min-heap over an explicit total order. Two elements that compare equal would leave the
// order to the heap's shape, so the caller's order must end in a unique sequence number.

export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean;
  #items: T[];

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
    this.#items = [];
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last, 0);
    return top;
  }

  /** Takes this very element out, wherever it stands; nothing happens where it is not. */
  remove(item: T): void {
    const items = this.#items;
    const index = items.indexOf(item);
    const last = index < 0 ? undefined : items.pop();
    if (last === undefined || index === items.length) return;
    if (this.#before(last, item)) this.#rise(last, index);
    else this.#sink(last, index);
  }

  /** The elements in no particular order: for snapshots and for tests. */
  items(): readonly T[] {
    return this.#items;
  }

  /** Takes back what items() gave. */
  restore(items: readonly T[]): void {
    this.#items = [...items];
  }

  /** From a place that is free upwards. */
  #rise(item: T, from: number): void {
    const items = this.#items;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] as T;
      if (!this.#before(item, above)) break;
      items[index] = above;
      index = parent;
    }
    items[index] = item;
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      const right = child + 1;
      if (right < items.length && this.#before(items[right] as T, items[child] as T)) child = right;
      if (!this.#before(items[child] as T, item)) break;
      items[index] = items[child] as T;
      index = child;
    }
    items[index] = item;
  }
}
