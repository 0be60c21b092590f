import { expect, it } from "vitest";
import { Progress } from "./progress.ts";

/** What is written when there is news every 50 ms for half a minute. */
function written(isTerminal: boolean, isQuiet: boolean = false): readonly string[] {
  const texts: string[] = [];
  let now = 1_000;
  const write = (text: string): void => {
    texts.push(text);
  };
  const progress = new Progress(isQuiet, { isTerminal, write, now: () => now });
  for (let step = 0; step < 600; step++) {
    now += 50;
    progress.show(() => `${step} of 600`);
  }
  progress.done();
  return texts;
}

it("rewrites one line on a terminal, ten times a second, and takes it away", () => {
  const texts = written(true);
  expect(texts).toHaveLength(301);
  expect(texts[0]).toBe("\r\x1b[K0 of 600");
  expect(texts.at(-1)).toBe("\r\x1b[K");
});

it("writes whole lines elsewhere, one in ten seconds, and none at once", () => {
  expect(written(false)).toEqual(["199 of 600\n", "399 of 600\n", "599 of 600\n"]);
});

it("is silent where that was asked for", () => {
  expect([...written(true, true), ...written(false, true)]).toEqual([]);
});
