// What a machine says when it stops (Exit), and what may be put into it between two steps (Entry).
// Both are plain data: the log channel carries entries, the output gate holds outputs.

/** One thing that leaves the machine. All outputs of one step travel in one exit. */
export type Output =
  | { readonly class: "network"; readonly bytes: Uint8Array }
  | { readonly class: "console"; readonly bytes: Uint8Array }
  | { readonly class: "disk"; readonly request: DiskRequest };

/**
 * A command for the disk. Sectors have 512 bytes. `data` is the write's bounce buffer, copied when
 * the guest issued it (paper 3.4); it is empty for reads, flushes and with the rule switched off.
 */
export interface DiskRequest {
  /** Counted by the machine from 1: the same on every replica. */
  readonly ioId: number;
  readonly op: "read" | "write" | "flush";
  readonly sector: number;
  readonly sectorCount: number;
  readonly data: Uint8Array;
  /** Numbers of the 4 KiB pages of guest-physical memory that it reads or fills, ascending. */
  readonly pages: readonly number[];
}

export type HaltReason =
  | { readonly kind: "power-off" }
  | { readonly kind: "fault"; readonly detail: string }
  /** A test program wrote its result: 1 passed, n failed in test n >> 1. */
  | { readonly kind: "tohost"; readonly value: bigint };

/**
 * Why run() came back. `limit`, `wait`, `output`, `deadline` and `halt` stand after a completed
 * step; at a `request` the step has not been executed and the count has not moved.
 */
export type Exit =
  | { readonly kind: "limit" }
  | { readonly kind: "wait" }
  | { readonly kind: "request"; readonly what: "time" }
  | { readonly kind: "request"; readonly what: "entropy"; readonly length: number }
  | { readonly kind: "output"; readonly outputs: readonly Output[] }
  | { readonly kind: "deadline" }
  | { readonly kind: "halt"; readonly reason: HaltReason };

/** An asynchronous entry: applied between steps, "before step N". */
export type Entry =
  | { readonly kind: "timer" }
  | { readonly kind: "net-rx"; readonly frames: readonly Uint8Array[] }
  | {
      readonly kind: "disk-done";
      readonly ioId: number;
      readonly status: "ok" | "error";
      /** What a read brought: sectorCount x 512 bytes when it is ok, else nothing or a part of that. */
      readonly data: Uint8Array;
    }
  | { readonly kind: "uart-rx"; readonly byte: number };
