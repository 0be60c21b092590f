// Transactions of closed-loop clients, on the oltp guest.

import { z } from "zod";
import { LEAST_REQUEST, OltpWorkload } from "../../workload/oltp.ts";
import { durationText, parsed, sizeText } from "../schema-units.ts";
import { parseDuration, parseSize } from "../units.ts";
import { lasts, sectors, timerHz } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

/** In one transaction, on average: 0.75 means three in four. */
const perTransaction = z.number().min(0).max(64);
/** guests/oltp/transaction.c. */
const DISK_MOST = 16_384;
const REPLY_MOST = 8_192;

const schema = z
  .strictObject({
    kind: z.literal("oltp"),
    clients: z.number().int().min(1).max(120).default(16),
    for: lasts,
    timer: timerHz.default(1_000),
    think: durationText.default(parsed(parseDuration("0s"))),
    /** Units of about 1,500 guest instructions. */
    work: z.number().int().min(0).max(100_000).default(10),
    reads: perTransaction.default(1),
    "read-size": sizeText.default(parsed(parseSize("8KiB"))),
    writes: perTransaction.default(1),
    "write-size": sizeText.default(parsed(parseSize("1KiB"))),
    request: sizeText.default(parsed(parseSize("256B"))),
    reply: sizeText.default(parsed(parseSize("512B"))),
  })
  .refine((options) => sectors(options["read-size"], DISK_MOST) > 0, "read-size: 512B to 16KiB")
  .refine((options) => sectors(options["write-size"], DISK_MOST) > 0, "write-size: 512B to 16KiB")
  .refine(
    ({ request }) => request >= LEAST_REQUEST && request <= 8_192,
    `request: expected ${LEAST_REQUEST}B to 8KiB`,
  )
  .refine(({ reply }) => reply <= REPLY_MOST, "reply: expected at most 8KiB");

export const OLTP: WorkloadKind<typeof schema> = {
  name: "oltp",
  schema,
  guests: ["oltp"],
  createClient: (options, place) =>
    tcpClient(
      place,
      { ...options, depth: 1 },
      new OltpWorkload(place.prng.fork("workload"), {
        timerHz: options.timer,
        think: options.think,
        work: options.work,
        milliReads: Math.round(options.reads * 1_000),
        readSectors: sectors(options["read-size"], DISK_MOST),
        milliWrites: Math.round(options.writes * 1_000),
        writeSectors: sectors(options["write-size"], DISK_MOST),
        requestBytes: options.request,
        replyBytes: options.reply,
        duration: lifetime(options, place),
      }),
    ),
};
