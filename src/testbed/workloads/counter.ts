// The counter of the lecture on the probe guest: `inc`, 10 -> 11.

import { z } from "zod";
import { CounterWorkload } from "../../workload/counter.ts";
import { clients, depth, lasts, rate } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

const schema = z.strictObject({
  kind: z.literal("counter"),
  clients,
  rate: rate.default(100),
  for: lasts,
  depth: depth.default(1),
});

export const COUNTER: WorkloadKind<typeof schema> = {
  name: "counter",
  schema,
  guests: ["probe"],
  createClient: (options, place) =>
    tcpClient(
      place,
      options,
      new CounterWorkload(place.prng.fork("workload"), {
        clients: options.clients,
        rate: options.rate,
        duration: lifetime(options, place),
      }),
    ),
};
