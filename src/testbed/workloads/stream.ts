// Bulk bytes down from the probe guest and up to it, compared end to end.

import { z } from "zod";
import { StreamWorkload } from "../../workload/stream.ts";
import { ratioText, sizeText } from "../schema-units.ts";
import { clients, depth, lasts, rate } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

/** guests/probe/stream.h. */
const MOST = 4_194_304;

const schema = z
  .strictObject({
    kind: z.literal("stream"),
    clients,
    rate: rate.default(20),
    for: lasts,
    depth: depth.default(1),
    least: sizeText.default(1_024),
    most: sizeText.default(65_536),
    uploads: ratioText.default({ numerator: 1, denominator: 3 }),
  })
  .refine(({ least, most }) => least <= most, "least: expected at most `most`")
  .refine(({ most }) => most <= MOST, "most: expected at most 4MiB");

export const STREAM: WorkloadKind<typeof schema> = {
  name: "stream",
  schema,
  guests: ["probe"],
  createClient: (options, place) =>
    tcpClient(
      place,
      options,
      new StreamWorkload(place.prng.fork("workload"), {
        clients: options.clients,
        rate: options.rate,
        duration: lifetime(options, place),
        least: options.least,
        most: options.most,
        uploads: options.uploads,
      }),
    ),
};
