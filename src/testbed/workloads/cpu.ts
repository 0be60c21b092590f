// A processor at work or idle, on the cpu guest: its timer, its disk traffic, its counter.

import { z } from "zod";
import { CpuWorkload } from "../../workload/cpu.ts";
import { durationText, parsed, sizeText } from "../schema-units.ts";
import { parseDuration, parseSize } from "../units.ts";
import { lasts, sectors, timerHz } from "./common-fields.ts";
import { lifetime, tcpClient, type WorkloadKind } from "./workload-kind.ts";

const perSecond = z.number().int().min(0).max(100_000).default(0);
/** guests/cpu/disk-load.h. */
const MOST = 65_536;

const schema = z
  .strictObject({
    kind: z.literal("cpu"),
    clients: z.number().int().min(1).max(64).default(1),
    for: lasts,
    /** Ticks a second. */
    timer: timerHz.default(1_000),
    /** Works as fast as the machine goes; false: idle but for its ticks. */
    busy: z.boolean().default(true),
    /** Disk requests a second, and the size of one. */
    reads: perSecond,
    "read-size": sizeText.default(parsed(parseSize("8KiB"))),
    writes: perSecond,
    "write-size": sizeText.default(parsed(parseSize("8KiB"))),
    /** Between two looks at the counter. */
    every: durationText.default(parsed(parseDuration("50ms"))),
  })
  .refine(({ every }) => every >= 1_000_000, "every: expected at least 1ms")
  .refine((options) => sectors(options["read-size"], MOST) > 0, "read-size: 512B to 64KiB")
  .refine((options) => sectors(options["write-size"], MOST) > 0, "write-size: 512B to 64KiB");

export const CPU: WorkloadKind<typeof schema> = {
  name: "cpu",
  schema,
  guests: ["cpu"],
  createClient: (options, place) =>
    tcpClient(
      place,
      { ...options, depth: 1 },
      new CpuWorkload({
        timerHz: options.timer,
        isBusy: options.busy,
        reads: { perSecond: options.reads, sectors: sectors(options["read-size"], MOST) },
        writes: { perSecond: options.writes, sectors: sectors(options["write-size"], MOST) },
        every: options.every,
        duration: lifetime(options, place),
      }),
    ),
};
