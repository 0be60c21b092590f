// Goal: every bug of docs/museum stays mended. Method: its file names the commit that mended it and the
// test that holds it; the test has to be there, and every exhibit in the table.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FOLDER = "docs/museum";
const exhibits = readdirSync(FOLDER).filter((name) => name !== "README.md");
const table = readFileSync(`${FOLDER}/README.md`, "utf8");

describe("the museum", () => {
  it("has exhibits", () => {
    expect(exhibits.length).toBeGreaterThan(3);
  });

  it.each(exhibits)("%s says how it was found, what mended it, and what holds it", (name) => {
    const text = readFileSync(`${FOLDER}/${name}`, "utf8");
    expect(text).toMatch(/^# .+\n\n- found: .+\n- mended: [0-9a-f]{7}\n- held by: `[^`]+`: .+\n/);
    const [, file = "", test = ""] = /^- held by: `([^`]+)`: (.+)$/m.exec(text) ?? [];
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, "utf8")).toContain(`"${test}"`);
    expect(table).toContain(`](${name})`);
  });
});
