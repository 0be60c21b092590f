// The process: argv to the command line, and its answer to the process's exit code.

import { EXIT_OK } from "./exit-codes.ts";
import { main } from "./main.ts";

// `ftsim log RUN | head`: whoever reads has read enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT_OK);
});

process.exitCode = await main(process.argv.slice(2));
