// What makes a gap between two events worth a crash. The table is the definition: a new kind is one
// line, keyed by the kind of fact that an event emits, or by the wire on which it sends a packet.
// The certificate's own count (cli/sweep/census.ts) must not use this file.

import type { Fact } from "../history/fact.ts";
import { WIRE_LOG } from "./wires.ts";

interface BoundaryKind {
  readonly name: string;
  /** Which facts are such a thing. */
  readonly isFact?: (fact: Fact) => boolean;
  /** Packets put on this wire by a host are such things. */
  readonly wire?: string;
}

export const BOUNDARY_KINDS: readonly BoundaryKind[] = [
  { name: "append", isFact: ({ kind }) => kind === "log-append" },
  { name: "send", wire: WIRE_LOG },
  { name: "store", isFact: ({ kind }) => kind === "log-buffered" },
  { name: "ack-send", isFact: ({ kind }) => kind === "log-ack-send" },
  { name: "ack-receive", isFact: ({ kind }) => kind === "log-ack-receive" },
  { name: "hold", isFact: ({ kind }) => kind === "output-hold" },
  {
    name: "release",
    isFact: (fact) => fact.kind === "release" && fact.outputClass !== "disk",
  },
  {
    name: "disk-command",
    isFact: (fact) =>
      fact.kind === "disk-issue" || (fact.kind === "release" && fact.outputClass === "disk"),
  },
  { name: "disk-apply", isFact: ({ kind }) => kind === "disk-apply" },
  {
    name: "disk-completion",
    isFact: (fact) => fact.kind === "crossing" && fact.crossing === "disk-done",
  },
  { name: "suspect", isFact: ({ kind }) => kind === "suspect" },
  { name: "tas-request", isFact: ({ kind }) => kind === "test-and-set-request" },
  { name: "tas-apply", isFact: ({ kind }) => kind === "test-and-set" },
  { name: "tas-reply", isFact: ({ kind }) => kind === "test-and-set-result" },
  { name: "copy", isFact: ({ kind }) => kind === "copy" || kind === "state-put" },
  { name: "open", isFact: ({ kind }) => kind === "open-generation" },
  { name: "operator", isFact: ({ kind }) => kind === "operator" },
  { name: "role", isFact: ({ kind }) => kind === "role" },
];

/** Every event whatsoever: only with `--every-event`. */
export const EVERY_EVENT = "event";
