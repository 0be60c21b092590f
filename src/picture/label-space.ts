// Where labels stand already: a name is drawn only where it covers no other.

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class LabelSpace {
  readonly #taken: Box[];

  constructor() {
    this.#taken = [];
  }

  /** Takes the place if it is free. */
  take(x: number, y: number, width: number, height: number): boolean {
    const isFree = this.#taken.every(
      (box) =>
        x >= box.x + box.width ||
        x + width <= box.x ||
        y >= box.y + box.height ||
        y + height <= box.y,
    );
    if (isFree) this.#taken.push({ x, y, width, height });
    return isFree;
  }
}
