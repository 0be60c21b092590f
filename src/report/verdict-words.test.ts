// The head of the page says how the service came to move.

import { expect, test } from "vitest";
import { collectFigures } from "./figures.ts";
import { tellStory } from "./story.ts";
import { claim, failoverFacts, sampleRun } from "../../test/support/report-run.ts";
import { verdictSentence } from "./verdict-words.ts";

test("a machine that halted of its own is named, and so is a fault", () => {
  const sentence = (facts: ReturnType<typeof failoverFacts>): string => {
    const run = { ...sampleRun(), facts };
    const story = tellStory(facts);
    return verdictSentence(run, story, collectFigures(run, story));
  };
  expect(sentence(failoverFacts())).toContain("At 2.000 s h1 crashes; h2 went live 1.97 s later.");
  const halts = failoverFacts().flatMap((fact) => {
    if (fact.kind === "fault" || fact.kind === "host") return [];
    if (fact.kind !== "machine-stop") return [fact];
    return [claim(fact.time, "h1", { kind: "role", role: "HALTED", reason: "diverged" }), fact];
  });
  expect(sentence(halts)).toContain("At 2.000 s h1 halted; h2 went live 1.97 s later.");
});
