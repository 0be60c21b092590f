// Leases that are renewed at the moment at which they end, on the key-value guest.

import { z } from "zod";
import { LeaseWorkload } from "../../workload/lease.ts";
import { durationText, parsed } from "../schema-units.ts";
import { parseDuration } from "../units.ts";
import { clients, depth, lasts } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

const MILLISECOND = 1_000_000;

const schema = z.strictObject({
  kind: z.literal("lease"),
  clients,
  for: lasts,
  depth: depth.default(4),
  locks: z.number().int().min(1).max(100).default(4),
  lease: durationText
    .default(parsed(parseDuration("200ms")))
    .refine((lease) => lease >= MILLISECOND, "expected at least 1ms"),
  jitter: durationText.default(parsed(parseDuration("5ms"))),
});

export const LEASE: WorkloadKind<typeof schema> = {
  name: "lease",
  schema,
  guests: undefined,
  createClient: (options, place) =>
    tcpClient(
      place,
      options,
      new LeaseWorkload(place.prng.fork("workload"), {
        duration: lifetime(options, place),
        locks: options.locks,
        leaseMilliseconds: Math.floor(options.lease / MILLISECOND),
        jitter: options.jitter,
      }),
    ),
};
