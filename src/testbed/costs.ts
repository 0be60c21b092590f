// What things cost on a host, declared by the scenario and printed (D6). They are charged by moving
// the machine's anchor, so that execution lag and back-pressure emerge instead of being scripted.

export interface HostCosts {
  /** Guest steps per second of virtual time. */
  readonly stepsPerSecond: number;
  /** ns for every stop of the machine that a hypervisor handles. */
  readonly exit: number;
  /** ns for appending an entry to the log, and per 1,024 bytes of it. */
  readonly record: number;
  readonly recordPerKib: number;
  /** ns for replaying an entry, and per 1,024 bytes of it. */
  readonly replay: number;
  readonly replayPerKib: number;
  /** ns for copying a page of guest memory, out of it or into it. */
  readonly copyPerPage: number;
}
