// `npm run guests:debian`: builds the Debian guests out of Debian's packages into the cache. What is
// missing on this machine is one line, exit 64.

import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, stdio: "inherit" });
const { buildDebianGuests } = await import("../dist/cli/debian/build.js");
try {
  buildDebianGuests((line) => console.log(line));
} catch (error) {
  if (error.name !== "UsageError") throw error;
  console.error(`guests:debian: ${error.message}`);
  process.exitCode = 64;
}
