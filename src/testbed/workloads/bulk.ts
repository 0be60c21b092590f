// netperf on the stream guest: bytes as fast as they go.

import { z } from "zod";
import { BulkWorkload } from "../../workload/bulk.ts";
import { parsed, sizeText } from "../schema-units.ts";
import { parseSize } from "../units.ts";
import { depth, lasts } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

const schema = z
  .strictObject({
    kind: z.literal("bulk"),
    clients: z.number().int().min(1).max(16).default(1),
    for: lasts,
    /** As the guest sees it. */
    direction: z.enum(["receive", "transmit"]),
    /** Bytes of one operation; as many operations as `depth` are asked for at once. */
    piece: sizeText.default(parsed(parseSize("64KiB"))),
    depth: depth.default(4),
  })
  .refine(({ piece }) => piece >= 1 && piece <= 4_194_304, "piece: expected 1B to 4MiB");

export const BULK: WorkloadKind<typeof schema> = {
  name: "bulk",
  schema,
  guests: ["stream"],
  createClient: (options, place) =>
    tcpClient(
      place,
      options,
      new BulkWorkload({
        direction: options.direction,
        pieceBytes: options.piece,
        duration: lifetime(options, place),
      }),
    ),
};
