import { defineConfig } from "vitest/config";

// Tests run the TypeScript sources directly; the WebAssembly core and the guests are built before.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 120_000,
    pool: "threads",
    maxWorkers: 2,
  },
});
