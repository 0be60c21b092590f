// The two ways in which the one TCP of this folder is tuned, as plain records. `INTERNET` is what a
// client's kernel does; `INTERCONNECT` is for the logging channel between two hypervisors on one
// rack, where a second of silence would read as a dead host.

import { type Duration, milliseconds, NO_TIME, seconds } from "../base/time.ts";

export interface TcpProfile {
  readonly name: string;
  /** Bytes that `send` may hold, unacknowledged ones included. */
  readonly sendBuffer: number;
  /** Bytes received and not yet read; the advertised window never promises more. */
  readonly receiveBuffer: number;
  /** Largest payload that we accept (our MSS option) and the most that we send. */
  readonly mss: number;
  /** RFC 7323 shift offered in a SYN; undefined offers none. */
  readonly windowScale: number | undefined;
  /** RFC 6298. */
  readonly rtoInitial: Duration;
  readonly rtoMin: Duration;
  readonly rtoMax: Duration;
  /** RFC 6298 G. */
  readonly clockGranularity: Duration;
  /** RFC 6298 (5.7): the RTO with which data starts after a SYN had to be sent again. */
  readonly rtoAfterSynLoss: Duration;
  /** RFC 9293 3.8.6.3; NO_TIME acknowledges every segment at once. */
  readonly delayedAck: Duration;
  /** RFC 9293 3.8.6.1: ceiling of the zero-window probe interval. */
  readonly probeMax: Duration;
  /** RFC 9293 3.8.3, R2 as a time without progress. */
  readonly userTimeout: Duration;
  /** The same for a connection that is not yet established. */
  readonly connectTimeout: Duration;
  /** RFC 9293 3.4.2: twice the maximum segment lifetime. */
  readonly timeWait: Duration;
  /** RFC 5961 7: the least time between two challenge acks. */
  readonly challengeInterval: Duration;
  /** RFC 6928, in segments. */
  readonly initialWindow: number;
  /** RFC 5681 4.1. */
  readonly isSlowStartAfterIdle: boolean;
  /** RFC 9293 3.8.4; undefined: off, as it must be by default. */
  readonly keepAlive: KeepAlive | undefined;
}

interface KeepAlive {
  readonly idle: Duration;
  readonly interval: Duration;
  readonly probes: number;
}

export const INTERNET: TcpProfile = Object.freeze({
  name: "internet",
  sendBuffer: 65536,
  receiveBuffer: 65535,
  mss: 1460,
  windowScale: undefined,
  rtoInitial: seconds(1),
  rtoMin: milliseconds(200),
  rtoMax: seconds(60),
  clockGranularity: milliseconds(1),
  rtoAfterSynLoss: seconds(3),
  delayedAck: milliseconds(40),
  probeMax: seconds(60),
  userTimeout: seconds(600),
  connectTimeout: seconds(180),
  timeWait: seconds(60),
  challengeInterval: milliseconds(500),
  initialWindow: 10,
  isSlowStartAfterIdle: true,
  keepAlive: undefined,
});

export const INTERCONNECT: TcpProfile = Object.freeze({
  name: "interconnect",
  sendBuffer: 1048576,
  receiveBuffer: 1048576,
  mss: 1460,
  windowScale: 5,
  rtoInitial: milliseconds(200),
  rtoMin: milliseconds(5),
  rtoMax: milliseconds(200),
  clockGranularity: milliseconds(1),
  rtoAfterSynLoss: milliseconds(200),
  delayedAck: NO_TIME,
  probeMax: milliseconds(100),
  userTimeout: seconds(600),
  connectTimeout: seconds(180),
  timeWait: seconds(1),
  challengeInterval: milliseconds(5),
  initialWindow: 10,
  isSlowStartAfterIdle: false,
  keepAlive: undefined,
});
