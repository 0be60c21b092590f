// A kind of workload, as a scenario names it (`workload: { kind: ... }`): the schema of its options,
// and the clients that it makes. To add one: a file here, and a line in registry.ts.

import type { z } from "zod";
import type { Prng } from "../../base/prng.ts";
import type { Duration } from "../../base/time.ts";
import type { Endpoint } from "../../net/address.ts";
import { INTERNET } from "../../net/tcp-profile.ts";
import { Client } from "../../workload/client.ts";
import type { ServiceClient } from "../../workload/service-client.ts";
import type { Workload } from "../../workload/workload.ts";

/** Where a client stands. */
export interface ClientPlace {
  /** The client's own stream. */
  readonly prng: Prng;
  readonly index: number;
  readonly mac: number;
  readonly address: number;
  /** The service on TCP. */
  readonly server: Endpoint;
  /** The service on UDP; a guest without one never answers there. */
  readonly datagrams: Endpoint;
  /** What is added to the workload's time after everything was healed. */
  readonly recovery: Duration;
}

/** What every kind has: how many clients, and for how long. */
export interface CommonOptions {
  readonly clients: number;
  readonly for: Duration;
}

export interface WorkloadKind<S extends z.ZodType<CommonOptions>> {
  readonly name: string;
  readonly schema: S;
  /** Guests that speak its protocol; undefined: the scenario knows what it does. */
  readonly guests: readonly string[] | undefined;
  /** Its clients speak datagrams only. */
  readonly isWithoutStreams?: boolean;
  createClient(options: z.output<S>, place: ClientPlace): ServiceClient;
}

/** An operation without an answer is given up after this long; its connection with it. */
export const REPLY_TIMEOUT = 10_000_000_000 as Duration;

export function tcpClient(
  place: ClientPlace,
  options: CommonOptions & {
    readonly depth: number;
    readonly "hang-up-after"?: number | undefined;
  },
  workload: Workload,
): ServiceClient {
  const { index, mac, address, server } = place;
  return new Client(place.prng, workload, {
    index,
    clients: options.clients,
    mac,
    address,
    server,
    profile: INTERNET,
    depth: options.depth,
    replyTimeout: REPLY_TIMEOUT,
    hangUpAfter: options["hang-up-after"],
  });
}

/** Operations become due until the end of the recovery. */
export function lifetime(options: CommonOptions, place: ClientPlace): Duration {
  return (options.for + place.recovery) as Duration;
}
