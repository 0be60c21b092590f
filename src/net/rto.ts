// The retransmission timeout (RFC 6298), in integer nanoseconds. Karn's rule is the caller's: it
// never hands in a measurement of something that was sent twice.

import { type Duration, duration } from "../base/time.ts";
import type { TcpProfile } from "./tcp-profile.ts";

export interface RtoState {
  /** SRTT; 0 before the first measurement. */
  smoothed: number;
  /** RTTVAR */
  variation: number;
  timeout: Duration;
}

export function createRto(profile: TcpProfile): RtoState {
  return { smoothed: 0, variation: 0, timeout: profile.rtoInitial };
}

/** RFC 6298 (2.2), (2.3): alpha 1/8, beta 1/4, K 4. */
export function sampleRoundTrip(rto: RtoState, profile: TcpProfile, measured: Duration): void {
  if (rto.smoothed === 0) {
    rto.smoothed = Math.max(1, measured);
    rto.variation = Math.floor(measured / 2);
  } else {
    const error = Math.abs(rto.smoothed - measured);
    rto.variation = Math.floor((3 * rto.variation + error) / 4);
    rto.smoothed = Math.max(1, Math.floor((7 * rto.smoothed + measured) / 8));
  }
  const timeout = rto.smoothed + Math.max(profile.clockGranularity, 4 * rto.variation);
  rto.timeout = duration(Math.min(Math.max(timeout, profile.rtoMin), profile.rtoMax));
}

/** RFC 6298 (5.5); the doubled timeout stays until the next measurement. */
export function backOff(rto: RtoState, profile: TcpProfile): void {
  rto.timeout = duration(Math.min(rto.timeout * 2, profile.rtoMax));
}
