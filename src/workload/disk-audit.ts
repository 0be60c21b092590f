// What an audit of a disk gets and gives. Who audits which guest's disk: disk-auditors.ts.

export type ReadSectors = (sector: number, sectorCount: number) => Uint8Array;

export interface DiskAudit {
  readonly records: number;
  readonly acknowledged: number;
  readonly found: number;
  /** The first acknowledged write that a recovery would not find, in words; "" when all are there. */
  readonly missing: string;
}
