// Every checker, in the order in which findings of the same moment are told: the rule that was broken
// first, then what the world could see of it. To add one: a file beside these, and a line here.

import { ACK_FREEZE } from "./ack-freeze.ts";
import { ACK_HELD } from "./ack-held.ts";
import { ACKED_NOT_DISCARDED } from "./acked-not-discarded.ts";
import { ALL_LOGGED } from "./all-logged.ts";
import { AT_LEAST_ONCE } from "./at-least-once.ts";
import { BUFFERS } from "./buffers.ts";
import { BYTE_STREAMS } from "./byte-streams.ts";
import { ARBITER } from "./arbiter.ts";
import { ANTI_AFFINITY } from "./anti-affinity.ts";
import { EXACT_COPY } from "./exact-copy.ts";
import { MOVE_CONTINUITY } from "./move-continuity.ts";
import { RE_PROTECTION } from "./re-protection.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { Composite } from "./composite.ts";
import { COUNTERFACTUAL } from "./counterfactual.ts";
import { DETECTION } from "./detection.ts";
import { DISK_AUDIT } from "./disk-audit.ts";
import { DISK_COMMIT } from "./disk-commit.ts";
import { DISK_EQUALITY } from "./disk-equality.ts";
import { DMA } from "./dma.ts";
import { DUPLICATES } from "./duplicates.ts";
import { FLAG } from "./flag.ts";
import { GENERATION_HYGIENE } from "./generation-hygiene.ts";
import { GROUP_ATOMICITY } from "./group-atomicity.ts";
import { GUEST_TIME } from "./guest-time.ts";
import { HELD_OUTPUTS } from "./held-outputs.ts";
import { IO_RACES } from "./io-races.ts";
import { LAG_CONTROL } from "./lag-control.ts";
import { LAG_CONVERGES } from "./lag-converges.ts";
import { LINEARIZABLE } from "./linearizable.ts";
import { LOG_INTEGRITY } from "./log-integrity.ts";
import { LOG_RATE } from "./log-rate.ts";
import { LOSER_HALTS } from "./loser-halts.ts";
import { LOSER_ROLE } from "./loser-role.ts";
import { LOST_WRITE } from "./lost-write.ts";
import { MAC_OWNERSHIP } from "./mac-ownership.ts";
import { NO_DOUBLE_SUICIDE } from "./no-double-suicide.ts";
import { NO_SOLO_WITHOUT_FLAG } from "./no-solo-without-flag.ts";
import { ONE_COMPLETION } from "./one-completion.ts";
import { OUTPUT_COMMIT } from "./output-commit.ts";
import { OUTPUT_LATENCY } from "./output-latency.ts";
import { OUTPUT_REQUIREMENT } from "./output-requirement.ts";
import { STAYS_OFF } from "./power-off.ts";
import { QUIET_SUSPECT } from "./quiet-suspect.ts";
import { READ_BEFORE_WRITE } from "./read-before-write.ts";
import { REFERENCE } from "./reference.ts";
import { REISSUE } from "./reissue.ts";
import { RIGHT_ANSWERS } from "./right-answers.ts";
import { RUN_AHEAD } from "./run-ahead.ts";
import { RUNS_WHILE_HELD } from "./runs-while-held.ts";
import { SAME_EXECUTION } from "./same-execution.ts";
import { SERVICE_RESUMES } from "./service-resumes.ts";
import { SILENT_BACKUP } from "./silent-backup.ts";
import { SINGLE_LIVE } from "./single-live.ts";
import { SOLO_AFTER_FLAG } from "./solo-after-flag.ts";
import { STALE_WRITER } from "./stale-writer.ts";
import { UDP_ANSWERS } from "./udp-answers.ts";
import { WAITS_ON_SILENCE } from "./waits-on-silence.ts";

export const CHECKERS: readonly CheckerKind[] = [
  LOG_INTEGRITY,
  BUFFERS,
  ACK_HELD,
  GROUP_ATOMICITY,
  ALL_LOGGED,
  RUN_AHEAD,
  OUTPUT_COMMIT,
  QUIET_SUSPECT,
  WAITS_ON_SILENCE,
  ACK_FREEZE,
  DETECTION,
  FLAG,
  ARBITER,
  SOLO_AFTER_FLAG,
  LOSER_ROLE,
  ACKED_NOT_DISCARDED,
  SILENT_BACKUP,
  EXACT_COPY,
  MOVE_CONTINUITY,
  ANTI_AFFINITY,
  RE_PROTECTION,
  SAME_EXECUTION,
  NO_SOLO_WITHOUT_FLAG,
  SINGLE_LIVE,
  LOSER_HALTS,
  STAYS_OFF,
  MAC_OWNERSHIP,
  OUTPUT_REQUIREMENT,
  REISSUE,
  STALE_WRITER,
  GENERATION_HYGIENE,
  IO_RACES,
  READ_BEFORE_WRITE,
  DMA,
  DISK_COMMIT,
  DISK_EQUALITY,
  ONE_COMPLETION,
  LOST_WRITE,
  DUPLICATES,
  UDP_ANSWERS,
  AT_LEAST_ONCE,
  GUEST_TIME,
  REFERENCE,
  COUNTERFACTUAL,
  LINEARIZABLE,
  BYTE_STREAMS,
  RIGHT_ANSWERS,
  DISK_AUDIT,
  SERVICE_RESUMES,
  HELD_OUTPUTS,
  NO_DOUBLE_SUICIDE,
  RUNS_WHILE_HELD,
  OUTPUT_LATENCY,
  LAG_CONTROL,
  LAG_CONVERGES,
  LOG_RATE,
];

/** "replay": a protocol that logs and replays, and claims so in VM-FT's words. "other": any other. */
export interface JudgedProtocol {
  readonly family: "replay" | "other";
  /** White-box checkers of what it does not promise; black-box checkers judge everybody. */
  readonly waives?: readonly string[];
}

/** Somebody's own come last, and judge every protocol: whoever names one wants to hear from it. */
export function startCheckers(
  context: CheckerContext,
  protocol: JudgedProtocol,
  own: readonly CheckerKind[] = [],
): Composite {
  const { family, waives = [] } = protocol;
  const kinds = CHECKERS.filter(
    ({ name, appliesTo }) => appliesTo === "any" || (family === "replay" && !waives.includes(name)),
  );
  return new Composite([...kinds, ...own], context);
}
