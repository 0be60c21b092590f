// A shell that knows ftsim only: one command after the other in one process, as in a session of a
// person. Each is told by its arguments, and answered by its exit code and what it wrote.

import { main } from "../../dist/cli/main.js";

process.on("message", async (args) => {
  const written = [];
  for (const stream of [process.stdout, process.stderr])
    stream.write = (text, encoding, done) => {
      written.push(String(text));
      (typeof encoding === "function" ? encoding : done)?.();
      return true;
    };
  process.send({ status: await main(args), output: written.join("") });
});
