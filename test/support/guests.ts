// The guests for tests, read as the command line reads them.

import { loadGuests } from "../../src/cli/engine.ts";
import type { GuestImage } from "../../src/testbed/boot.ts";

export function loadTestGuests(): ReadonlyMap<string, GuestImage> {
  return loadGuests();
}
