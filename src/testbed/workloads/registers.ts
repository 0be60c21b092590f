// Registers on the scripted machine: get, set and count over datagrams with request numbers.

import { z } from "zod";
import { INTERNET } from "../../net/tcp-profile.ts";
import { createRegisterClient } from "../../workload/register-client.ts";
import { COUNTERS_FROM, REGISTER_CLIENTS } from "../../workload/register-wire.ts";
import { durationText, parsed } from "../schema-units.ts";
import { parseDuration } from "../units.ts";
import { lasts, rate, weight } from "./common-fields.ts";
import { lifetime, type WorkloadKind } from "./workload-kind.ts";

const schema = z.strictObject({
  kind: z.literal("registers"),
  clients: z.number().int().min(1).max(REGISTER_CLIENTS).default(4),
  rate: rate.default(200),
  for: lasts,
  registers: z.number().int().min(1).max(COUNTERS_FROM).default(8),
  mix: z
    .strictObject({
      get: weight.default(40),
      set: weight.default(30),
      incr: weight.default(30),
    })
    .refine(({ get, set, incr }) => get + set + incr > 0, "expected a weight above 0")
    .prefault({}),
  /** A request without an answer is sent again, at first after so long. */
  "retry-after": durationText.default(parsed(parseDuration("20ms"))),
});

const RETRY_MOST = parsed(parseDuration("500ms"));
const ANSWER_TIMEOUT = parsed(parseDuration("10s"));

export const REGISTERS: WorkloadKind<typeof schema> = {
  name: "registers",
  schema,
  guests: ["scripted"],
  isWithoutStreams: true,
  createClient: (options, place) => {
    const { index, mac, address, datagrams: server } = place;
    return createRegisterClient(place.prng, {
      clients: options.clients,
      rate: options.rate,
      duration: lifetime(options, place),
      index,
      mac,
      address,
      server,
      profile: INTERNET,
      registers: options.registers,
      mix: options.mix,
      retryAfter: options["retry-after"],
      retryMost: RETRY_MOST,
      answerTimeout: ANSWER_TIMEOUT,
    });
  },
};
