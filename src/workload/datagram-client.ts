// A client of the counter on UDP: a datagram for each operation, no request ids, no retries. So it
// cannot know which of its open datagrams an answer belongs to: it takes the oldest. An operation
// without an answer is given up after a while; what comes later is a datagram that nobody waits for.

import { utf8Decode, utf8Encode, concatBytes } from "../base/bytes.ts";
import type { Prng } from "../base/prng.ts";
import { after, type Duration, earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import {
  startUdpState,
  UdpClient,
  type UdpClientOptions,
  type UdpDialogue,
  type UdpPort,
  type UdpState,
} from "./udp-client.ts";
import type { Outcome } from "./workload.ts";

export interface DatagramClientOptions extends UdpClientOptions {
  readonly answerTimeout: Duration;
  /** When to send the datagram that brings the guest down (SCN-44); undefined: never. */
  readonly craftedAfter: Duration | undefined;
}

interface Open {
  readonly opId: string;
  readonly op: Op;
  readonly process: number;
  readonly giveUpAt: VirtualTime;
}

interface DatagramState extends UdpState {
  craftedAt: VirtualTime;
  operations: number;
  open: Open[];
}

const INC = "inc";
/** "peek" and an address at which there is nothing (guests/probe/datagram.c). */
const CRAFTED = "peek 0x00000000";
const WILD_ADDRESS: Uint8Array = new Uint8Array(4);

export function createDatagramClient(
  prng: Prng,
  options: DatagramClientOptions,
): UdpClient<DatagramState> {
  const state: DatagramState = {
    ...startUdpState(),
    craftedAt: TIME_NEVER,
    operations: 0,
    open: [],
  };
  const dialogue = new DatagramDialogue(options);
  return new UdpClient(options, dialogue, state, prng.fork("schedule"), prng.fork("host"));
}

class DatagramDialogue implements UdpDialogue<DatagramState> {
  readonly #options: DatagramClientOptions;

  constructor(options: DatagramClientOptions) {
    this.#options = options;
  }

  start(state: DatagramState, now: VirtualTime): void {
    const { craftedAfter } = this.#options;
    if (craftedAfter !== undefined) state.craftedAt = after(now, craftedAfter);
  }

  stop(state: DatagramState): void {
    state.craftedAt = TIME_NEVER;
  }

  receive(state: DatagramState, bytes: Uint8Array, now: VirtualTime): void {
    const text = utf8Decode(bytes);
    state.datagrams.push({ direction: "received", text });
    if (!/^\d{1,15}$/.test(text))
      this.#complete(state, { kind: "info", error: `answer ${text}` }, now);
    else {
      const value = Number.parseInt(text, 10);
      this.#complete(state, { kind: "ok", result: { kind: "number", value } }, now);
    }
  }

  turn(state: DatagramState, port: UdpPort, now: VirtualTime): void {
    while ((state.open[0]?.giveUpAt ?? TIME_NEVER) <= now)
      this.#complete(state, { kind: "info", error: "no answer" }, now);
    while (state.dueAt <= now) {
      this.#send(state, port, INC, utf8Encode(INC), now);
      port.fetch(now);
    }
    if (state.craftedAt > now) return;
    state.craftedAt = TIME_NEVER;
    const wild = concatBytes([utf8Encode("peek"), WILD_ADDRESS]);
    this.#send(state, port, CRAFTED, wild, now);
  }

  nextDeadline({ craftedAt, open }: DatagramState): VirtualTime {
    return earliest(craftedAt, open[0]?.giveUpAt ?? TIME_NEVER);
  }

  isIdle({ craftedAt, open }: DatagramState): boolean {
    return craftedAt === TIME_NEVER && open.length === 0;
  }

  #send(
    state: DatagramState,
    port: UdpPort,
    text: string,
    payload: Uint8Array,
    now: VirtualTime,
  ): void {
    const { index, clients, answerTimeout } = this.#options;
    // Any number of datagrams may be open, so each is a process of its own.
    const process = index + state.operations * clients;
    const opId = `c${index + 1}-${state.operations}`;
    state.operations += 1;
    const op: Op = { kind: "datagram", text };
    state.events.push({ kind: "invoke", at: now, client: index, process, opId, op });
    state.datagrams.push({ direction: "sent", text });
    state.open.push({ opId, op, process, giveUpAt: after(now, answerTimeout) });
    port.send(payload, now);
  }

  #complete(state: DatagramState, outcome: Outcome, now: VirtualTime): void {
    const open = state.open.shift();
    if (open === undefined) return;
    const { opId, op, process } = open;
    const event = { at: now, client: this.#options.index, process, opId, op };
    state.events.push({ ...event, ...outcome });
  }
}
