// A reporter that ends a run of the tests badly when a test that the requirement table names did not
// pass in it: left out, renamed, or failed. Files that were not part of the run are not asked for.

import { relative } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import type { TestName } from "../../src/testbed/variants/requirement.ts";
import { ROOT } from "./house.ts";

/** By file: each test and suite by its name, and whether it passed. */
type Ran = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

/** Whether a test file writes a test, a suite or a row of them by this name. */
export function hasTest(text: string, name: string): boolean {
  const quoted = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(
    `\\b(?:it|test|describe)\\b[^"'\`;]*\\(\\s*(?:"${quoted}"|'${quoted}'|\`${quoted}\`)`,
  ).test(text);
}

export function failedNames(named: readonly TestName[], ran: Ran): readonly string[] {
  const failed = named.filter(({ file, name }) => {
    const tests = ran.get(file);
    if (tests === undefined) return false;
    // "%s" stands for what a row puts there.
    const pattern = new RegExp(
      `^${name
        .split(/%\w/)
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*")}$`,
    );
    const those = [...tests].filter(([one]) => pattern.test(one));
    return those.length === 0 || those.some(([, passed]) => !passed);
  });
  return failed.map(({ file, name }) => `${file}: ${name}`);
}

export class NamedTests implements Reporter {
  readonly #named: readonly TestName[];
  #isNarrow: boolean;

  constructor(named: readonly TestName[]) {
    this.#named = named;
    this.#isNarrow = false;
  }

  onInit(vitest: Vitest): void {
    this.#isNarrow = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#isNarrow) return;
    const ran = new Map(
      modules.map((module) => [relative(ROOT, module.moduleId), namesOf(module)]),
    );
    const failed = failedNames(this.#named, ran);
    const asked = this.#named.filter(({ file }) => ran.has(file)).length;
    for (const one of failed) console.error(`named in the requirement table, did not pass: ${one}`);
    if (asked > 0)
      console.log(` Requirements  ${asked - failed.length} of ${asked} named tests passed`);
    if (failed.length > 0) process.exitCode = 1;
  }
}

function namesOf(module: TestModule): ReadonlyMap<string, boolean> {
  const names = new Map<string, boolean>();
  for (const one of [...module.children.allTests(), ...module.children.allSuites()]) {
    const passed = one.type === "test" ? one.result().state === "passed" : one.state() === "passed";
    names.set(one.name, passed && (names.get(one.name) ?? true));
  }
  return names;
}
