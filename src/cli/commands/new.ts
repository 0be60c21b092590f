// `ftsim new protocol [NAME]`: a protocol that works, in one file with comments that teach.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LABS_DIR } from "../paths.ts";
import { UsageError } from "../usage-error.ts";

const TEMPLATE = "new-protocol.js";

export function createNew(what: string, name: string = "my-protocol"): number {
  if (what !== "protocol") throw new UsageError(`new ${what}; expected: new protocol [NAME]`);
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
    throw new UsageError(`${name}: expected a name: lower-case letters, digits and -`);
  const file = `${name}.js`;
  if (existsSync(file)) throw new UsageError(`${file}: is there already`);
  const template = readFileSync(join(LABS_DIR, TEMPLATE), "utf8");
  writeFileSync(file, template.replaceAll("NAME", name).replaceAll("FILE", file));
  process.stdout.write(
    `wrote ${file}\n\n  npx ftsim run failover --seed 1 --protocol ./${file}\n  npx ftsim verify split-brain --seed 1 --protocol ./${file}\n  npx ftsim lab\n`,
  );
  return 0;
}
