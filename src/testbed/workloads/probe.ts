// Torture on request on the probe guest: commands by weight over TCP, and a counter over UDP.

import { z } from "zod";
import type { Duration } from "../../base/time.ts";
import { INTERNET } from "../../net/tcp-profile.ts";
import { createDatagramClient } from "../../workload/datagram-client.ts";
import { PROBE_COMMANDS, ProbeWorkload } from "../../workload/probe.ts";
import { durationText } from "../schema-units.ts";
import { clients, depth, lasts, rate, weight } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

const ANSWER_TIMEOUT = 1_000_000_000 as Duration;
const NAMES = PROBE_COMMANDS as readonly [string, ...string[]];

const schema = z
  .strictObject({
    kind: z.literal("probe"),
    clients,
    rate: rate.default(50),
    for: lasts,
    depth: depth.default(2),
    /** Without a mix, every command is as likely as any other. */
    mix: z.partialRecord(z.enum(NAMES), weight).default({}),
    slots: z.number().int().min(1).max(64).default(8),
    /** So many of the clients, the last ones, speak to the counter on UDP. */
    udp: z.number().int().min(0).max(64).default(0),
    /** When the first of them sends the datagram that brings the guest down. */
    crafted: durationText.optional(),
  })
  .refine(({ udp, clients: all }) => udp <= all, "udp: expected at most as many as clients")
  .refine(
    ({ udp, crafted }) => crafted === undefined || udp > 0,
    "crafted: needs a client on UDP (udp)",
  )
  .refine(
    ({ mix }) => weightsOf(mix).some(([, drawn]) => drawn > 0),
    "mix: expected a weight above 0",
  );

export const PROBE: WorkloadKind<typeof schema> = {
  name: "probe",
  schema,
  guests: ["probe"],
  createClient: (options, place) => {
    const loop = {
      clients: options.clients,
      rate: options.rate,
      duration: lifetime(options, place),
    };
    const firstOnUdp = options.clients - options.udp;
    if (place.index < firstOnUdp)
      return tcpClient(
        place,
        options,
        new ProbeWorkload(place.prng.fork("workload"), {
          ...loop,
          weights: weightsOf(options.mix),
          slots: options.slots,
        }),
      );
    const { index, mac, address, datagrams } = place;
    return createDatagramClient(place.prng, {
      ...loop,
      index,
      mac,
      address,
      server: datagrams,
      profile: INTERNET,
      answerTimeout: ANSWER_TIMEOUT,
      craftedAfter: index === firstOnUdp ? options.crafted : undefined,
    });
  },
};

/** In the order of the table of commands, whatever the order in the scenario. */
function weightsOf(
  mix: Readonly<Partial<Record<string, number>>>,
): readonly (readonly [string, number])[] {
  const isGiven = PROBE_COMMANDS.some((name) => mix[name] !== undefined);
  return PROBE_COMMANDS.map((name) => [name, isGiven ? (mix[name] ?? 0) : 1]);
}
