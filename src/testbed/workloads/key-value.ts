// Reads, writes, counters and locks on the key-value guest.

import { z } from "zod";
import { KEY_VALUE_DEFAULTS, KeyValueWorkload } from "../../workload/key-value.ts";
import { durationText, parsed, ratioText } from "../schema-units.ts";
import { parseDuration } from "../units.ts";
import { clients, depth, lasts, rate, weight } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

const schema = z.strictObject({
  kind: z.literal("key-value"),
  clients,
  rate: rate.default(200),
  for: lasts,
  depth: depth.default(4),
  /** Operations on one connection, after which its client closes it and opens another. */
  "hang-up-after": z.number().int().min(1).max(1_000_000).optional(),
  keys: z.number().int().min(1).max(10_000).default(16),
  locks: z.number().int().min(1).max(100).default(2),
  lease: durationText.default(parsed(parseDuration("2s"))),
  mix: z
    .strictObject({
      get: weight.default(40),
      set: weight.default(30),
      incr: weight.default(20),
      del: weight.default(4),
      lock: weight.default(3),
      unlock: weight.default(3),
      ping: weight.default(0),
    })
    .prefault({}),
  "large-values": ratioText.default({ numerator: 1, denominator: 10 }),
});

export const KEY_VALUE: WorkloadKind<typeof schema> = {
  name: "key-value",
  schema,
  guests: undefined,
  createClient: (options, place) =>
    tcpClient(
      place,
      options,
      new KeyValueWorkload(place.prng.fork("workload"), {
        ...KEY_VALUE_DEFAULTS,
        clients: options.clients,
        rate: options.rate,
        duration: lifetime(options, place),
        keys: options.keys,
        locks: options.locks,
        leaseMilliseconds: Math.floor(options.lease / 1_000_000),
        weights: options.mix,
        largeValues: options["large-values"],
      }),
    ),
};
