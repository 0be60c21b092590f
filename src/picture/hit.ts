// What lies under the pointer. Pure.

export type Target =
  | {
      readonly kind: "span" | "mark";
      readonly facts: readonly number[];
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly kind: "message";
      readonly facts: readonly number[];
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
    };

const REACH = 5;
const SMALL = 14;

/** Marks before messages before spans; of each the nearest, of equals the one on top. */
export function hitTest(targets: readonly Target[], x: number, y: number): Target | undefined {
  let best: Target | undefined;
  let bestScore = Number.MAX_VALUE;
  for (const target of targets) {
    const distance = distanceTo(target, x, y);
    if (distance > REACH) continue;
    const rank = target.kind === "mark" ? 0 : target.kind === "message" ? 10 : 20 + areaOf(target);
    const score = rank + distance;
    if (score > bestScore) continue;
    best = target;
    bestScore = score;
  }
  return best;
}

/** A short span inside a long one is the one that is meant. */
function areaOf(target: Target): number {
  return target.kind === "message" ? 0 : Math.min(9, (target.width * target.height) / 100_000);
}

export function distanceTo(target: Target, x: number, y: number): number {
  if (target.kind === "message") return distanceToLine(target, x, y);
  // What is narrower than a pointer can be is reached from beside it.
  const margin = target.width < SMALL ? 0 : REACH;
  const dx = Math.max(target.x - x, 0, x - target.x - target.width);
  const dy = Math.max(target.y - y, 0, y - target.y - target.height);
  return dx === 0 && dy === 0 ? 0 : Math.hypot(dx, dy) + margin;
}

function distanceToLine(
  {
    x1,
    y1,
    x2,
    y2,
  }: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number },
  x: number,
  y: number,
): number {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : ((x - x1) * dx + (y - y1) * dy) / length;
  const at = Math.min(1, Math.max(0, share));
  return Math.hypot(x - x1 - at * dx, y - y1 - at * dy);
}
