import { defineConfig } from "vitest/config";
import { REQUIREMENTS } from "./src/cli/documents/requirements.ts";
import { NamedTests } from "./test/house/named-tests.ts";

// Tests run the TypeScript sources directly; the WebAssembly core and the guests are built before.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 120_000,
    pool: "threads",
    maxWorkers: 2,
    reporters: [
      "default",
      new NamedTests(
        REQUIREMENTS.flatMap(({ gap, tests }) => (gap === undefined ? tests : [])),
      ),
    ],
  },
});
