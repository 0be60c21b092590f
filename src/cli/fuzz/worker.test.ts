// Goal: a worker tells a person's mistake as what it is; an error's name would be lost on its way.

import { expect, it } from "vitest";
import { EXIT_USAGE } from "../exit-codes.ts";
import { runTask } from "./worker.ts";

it("answers a reproduction that is not there with an outcome of exit 64", async () => {
  const { seed, exit, message } = await runTask({ kind: "reproduction", file: "no/such.json" });
  expect([seed, exit]).toEqual(["no/such.json", EXIT_USAGE]);
  expect(message).toMatch(/^no\/such\.json: no such file/);
});
