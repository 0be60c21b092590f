// A mark: a rare situation that a run can come into, by the name under which the code marks it
// (`mark("...")`, or a table of names). A report says how often each came up; a campaign that never
// met one has not tested it.

/**
 * Whose situation it is. `world`: of clients, disks, hosts and faults, whatever protocol runs. `pair`:
 * of two hosts that watch each other and ask an arbiter. `log`: of a backup that replays. The others
 * are one protocol's own.
 */
export type Layer = "world" | "pair" | "log" | "vm-ft" | "epochs" | "checkpoints" | "colo";

export interface Mark {
  readonly name: string;
  /** As it ends the sentence "It came up when ...". */
  readonly what: string;
  /** "R-3.1": what of the specification is at stake. */
  readonly requirements: readonly string[];
  readonly layer: Layer;
  /** No campaign can be relied on to meet it: the file of the test that does. */
  readonly rare?: string;
}

export type Row = readonly [name: string, what: string, rare?: string];

/** The marks of some requirements ("R-3.1 R-3.4") in one layer. */
export function marksOf(requirements: string, layer: Layer, rows: readonly Row[]): readonly Mark[] {
  return rows.map(([name, what, rare]) => ({
    name,
    what,
    requirements: requirements.split(" "),
    layer,
    ...(rare === undefined ? {} : { rare }),
  }));
}
