// THE MAIN LOOP. One queue, one clock, one order (D1).
//
// An event is plain data: (time, lane, sequence, actor, kind, payload). Order is (time, lane,
// sequence). Lanes settle ties so that the order does not depend on how a machine's execution is
// sliced:
//   EXIT   a machine stopped at this instant for a reason of its own; handled first, so that what
//          it did before this instant is logged before what arrives at it
//   HAND   what a person does to the world; before WORLD, so that it does not matter whether it was
//          known from the start or only a moment ago
//   WORLD  everything else, first come first served
//   SLICE  a machine may run on; last, and silent: neither counted nor digested, since slices are
//          an artefact of the simulator
// In the other lanes, ties between actors are settled by name: sequence numbers there depend on
// slicing, and on when a person acted.
//
// The kernel reads no clock, draws nothing, and knows neither machines nor protocols.

import { assert } from "../base/assert.ts";
import { Digest, type DigestSnapshot } from "../base/digest.ts";
import { Heap } from "../base/heap.ts";
import { TIME_NEVER, TIME_ZERO, type VirtualTime } from "../base/time.ts";

export type ActorName = string;

export const LANE_EXIT = 0;
export const LANE_HAND = 1;
export const LANE_WORLD = 2;
export const LANE_SLICE = 3;
export type Lane = typeof LANE_EXIT | typeof LANE_HAND | typeof LANE_WORLD | typeof LANE_SLICE;

export interface SimEvent {
  readonly time: VirtualTime;
  readonly lane: Lane;
  readonly sequence: number;
  readonly actor: ActorName;
  readonly kind: string;
  /** Plain data, immutable from here on. */
  readonly payload: unknown;
}

export type Handler = (event: SimEvent) => void;

export interface KernelSnapshot {
  readonly now: VirtualTime;
  readonly worldSequence: number;
  readonly otherSequence: number;
  readonly dispatched: number;
  readonly digest: DigestSnapshot;
  readonly queues: readonly (readonly [ActorName, readonly SimEvent[]])[];
}

/** Where the events of one actor wait for it. */
interface Desk {
  readonly actor: ActorName;
  readonly handler: Handler;
  readonly queue: Heap<SimEvent>;
}

/** Names an event so that it can be cancelled; valid until the event is dispatched. */
export type EventHandle = SimEvent;

export class Kernel {
  #now: VirtualTime;
  #worldSequence: number;
  #otherSequence: number;
  #dispatched: number;
  readonly #digest: Digest;
  /** One heap an actor, so that "when can anybody else act?" is a scan of the heads. */
  readonly #desks: Desk[];
  readonly #deskOf: Map<ActorName, Desk>;

  constructor() {
    this.#now = TIME_ZERO;
    this.#worldSequence = 0;
    this.#otherSequence = 0;
    this.#dispatched = 0;
    this.#digest = new Digest();
    this.#desks = [];
    this.#deskOf = new Map();
  }

  /** The time of the event being handled: a handler sees its own time. */
  get now(): VirtualTime {
    return this.#now;
  }

  /** Events dispatched so far, slices not counted: the index by which a point of a run is named. */
  get dispatched(): number {
    return this.#dispatched;
  }

  get digest(): string {
    return this.#digest.toString();
  }

  register(actor: ActorName, handler: Handler): void {
    assert(!this.#deskOf.has(actor), () => `actor ${actor} is registered twice`);
    const desk = { actor, handler, queue: new Heap(isBefore) };
    this.#deskOf.set(actor, desk);
    this.#desks.push(desk);
  }

  schedule(
    time: VirtualTime,
    actor: ActorName,
    kind: string,
    payload: unknown,
    lane: Lane = LANE_WORLD,
  ): EventHandle {
    const desk = this.#deskOf.get(actor);
    assert(desk !== undefined, () => `no actor ${actor}`);
    assert(
      time >= this.#now,
      () => `event ${kind} of ${actor} at ${time} is in the past (${this.#now})`,
    );
    // Lanes count separately: a slice or a click more must not shift anybody else's sequence number.
    const sequence = lane === LANE_WORLD ? this.#worldSequence++ : this.#otherSequence++;
    const event: SimEvent = { time, lane, sequence, actor, kind, payload };
    desk.queue.push(event);
    return event;
  }

  /** Idempotent: nothing happens where it was dispatched already. */
  cancel(handle: EventHandle): void {
    this.#deskOf.get(handle.actor)?.queue.remove(handle);
  }

  /** Dispatches exactly one event; false when the queue is empty. */
  step(): boolean {
    const desk = this.#nextDesk();
    const event = desk?.queue.pop();
    if (desk === undefined || event === undefined) return false;
    assert(event.time >= this.#now, "time went backwards");
    this.#now = event.time;
    if (event.lane !== LANE_SLICE) {
      this.#dispatched += 1;
      this.#digest.integer(event.time);
      this.#digest.text(event.actor);
      this.#digest.text(event.kind);
    }
    desk.handler(event);
    return true;
  }

  /** When the earliest event of any actor is due. */
  nextTime(): VirtualTime {
    return this.#nextDesk()?.queue.peek()?.time ?? TIME_NEVER;
  }

  nextTimeOf(actor: ActorName): VirtualTime {
    const desk = this.#deskOf.get(actor);
    return desk === undefined ? TIME_NEVER : (desk.queue.peek()?.time ?? TIME_NEVER);
  }

  /** The earliest instant at which anybody but this actor can act: the base of the lookahead (D6). */
  nextTimeExcept(actor: ActorName): VirtualTime {
    let time = TIME_NEVER;
    for (const desk of this.#desks) {
      if (desk.actor === actor) continue;
      const head = desk.queue.peek();
      if (head !== undefined && head.time < time) time = head.time;
    }
    return time;
  }

  snapshot(): KernelSnapshot {
    const queues: (readonly [ActorName, readonly SimEvent[]])[] = [];
    for (const { actor, queue } of this.#desks) queues.push([actor, queue.items().slice()]);
    return {
      now: this.#now,
      worldSequence: this.#worldSequence,
      otherSequence: this.#otherSequence,
      dispatched: this.#dispatched,
      digest: this.#digest.snapshot(),
      queues,
    };
  }

  /** The same actors must be registered. Handles taken before the snapshot stay valid. */
  restore(snapshot: KernelSnapshot): void {
    this.#now = snapshot.now;
    this.#worldSequence = snapshot.worldSequence;
    this.#otherSequence = snapshot.otherSequence;
    this.#dispatched = snapshot.dispatched;
    this.#digest.restore(snapshot.digest);
    for (const [actor, items] of snapshot.queues) {
      const desk = this.#deskOf.get(actor);
      assert(desk !== undefined, () => `snapshot has an unknown actor ${actor}`);
      desk.queue.restore(items);
    }
  }

  /** Whose first event comes first of all; its heap then begins with that event. */
  #nextDesk(): Desk | undefined {
    let best: SimEvent | undefined;
    let next: Desk | undefined;
    for (const desk of this.#desks) {
      const head = desk.queue.peek();
      if (head === undefined || (best !== undefined && !isBefore(head, best))) continue;
      best = head;
      next = desk;
    }
    return next;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  if (a.time !== b.time) return a.time < b.time;
  if (a.lane !== b.lane) return a.lane < b.lane;
  // Which of two machines was found out first depends on slicing: their names decide, not the order
  // in which their stops were scheduled.
  if (a.lane !== LANE_WORLD && a.actor !== b.actor) return a.actor < b.actor;
  return a.sequence < b.sequence;
}
