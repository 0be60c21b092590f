// The page: a hostile guest's text stays text, the page needs nothing from outside, and it says what
// the brief asks for.

import { describe, expect, test } from "vitest";
import { reportHtml } from "./html.ts";
import { alignRows } from "./html-consoles.ts";
import { escapeHtml, html, scriptJson } from "./markup.ts";
import { client, invalidRun, sampleRun } from "../../test/support/report-run.ts";

const SCRIPT = { text: "start();", hash: "sha256-abc=" };
const HOSTILE = `</script><script>steal()</script><img src=x onerror=steal()>"'\x1b[31m`;

describe("escaping", () => {
  test("every hole is text, unless it was made by a template", () => {
    expect(html`<p title="${HOSTILE}">${html`<b>${"<"}</b>`}${["&", 1]}</p>`.markup).toBe(
      `<p title="&lt;/script&gt;&lt;script&gt;steal()&lt;/script&gt;&lt;img src=x onerror=steal()&gt;&quot;&#39;\\x1b[31m"><b>&lt;</b>&amp;1</p>`,
    );
    expect(escapeHtml("a\u202eb\u0000")).toBe("a\\u202eb\\x00");
  });

  test("data in a script element cannot end it", () => {
    const { markup } = scriptJson({ text: HOSTILE, more: "<!-- \u2028" });
    expect(markup).not.toContain("<");
    expect(JSON.parse(markup)).toEqual({ text: HOSTILE, more: "<!-- \u2028" });
  });

  test("a hostile console, client, finding and scenario do not break out of the page", () => {
    const base = invalidRun();
    const [finding] = base.conclusion.findings;
    if (finding === undefined) throw new Error("the run has a finding");
    const cause = { ...finding.cause, message: HOSTILE, checker: HOSTILE };
    const page = reportHtml(
      {
        ...base,
        seed: HOSTILE,
        scenario: { ...base.scenario, name: HOSTILE, about: HOSTILE },
        consoles: [{ node: HOSTILE, lines: [{ time: 1, text: HOSTILE }] }],
        conclusion: { ...base.conclusion, findings: [{ ...finding, cause }] },
        commands: { ...base.commands, again: HOSTILE },
        facts: [...base.facts, client(5e9, HOSTILE, { kind: "get", key: HOSTILE })],
        parameters: [{ name: HOSTILE, value: HOSTILE }],
        faults: [{ asked: HOSTILE, struck: 1 }],
        marks: new Map([[HOSTILE, 1]]),
      },
      SCRIPT,
    );
    // The three that the page itself has: its data, its facts and its script.
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<\/script/g)).toHaveLength(3);
    expect(page).not.toContain("<img");
    expect(page).not.toContain("\x1b");
  });
});

describe("the page", () => {
  test("loads nothing and allows its own script only", () => {
    const page = reportHtml(sampleRun(), SCRIPT);
    expect(page).toContain("default-src &#39;none&#39;; script-src &#39;sha256-abc=&#39;");
    expect(page).not.toMatch(/\b(src|href)="(?!#)/);
    expect(page).not.toMatch(/@import|url\(/);
  });

  test("is the same for the same run", () => {
    expect(reportHtml(sampleRun(), SCRIPT)).toBe(reportHtml(sampleRun(), SCRIPT));
  });

  test("says in words what happened, and how to run it again", () => {
    const page = reportHtml(sampleRun(), undefined);
    expect(page).toContain(
      "At 2.000 s h1 crashes; h2 went live 1.97 s later. No acknowledged write was lost (1 on disk).",
    );
    expect(page).toContain('data-copy="npx ftsim run failover --seed 42"');
    expect(page).toContain('id="picture"');
    expect(page).toContain("script-src &#39;none&#39;");
  });

  test("links a finding to its moment", () => {
    const page = reportHtml(invalidRun(), SCRIPT);
    expect(page).toContain('<a class="jump" href="#fact=16">');
    expect(page).toContain('href="#t=2.000000000s"');
    // On the first screen: before the picture.
    expect(page.indexOf('class="excerpt"')).toBeLessThan(page.indexOf('id="picture"'));
    expect(page).toContain("Without output-rule");
  });
});

test("a report that leaves facts out says how many, and the command that keeps them", () => {
  const page = reportHtml(sampleRun(), SCRIPT, { factsMax: 12 });
  expect(page).toMatch(/id="left-out">\d+ of 31 facts are left out/);
  expect(page).toContain("npx ftsim run failover --seed 42 --all-facts</code>");
  expect(reportHtml(sampleRun(), SCRIPT)).not.toContain('id="left-out"');
});

test("facts are deflated by whoever can", () => {
  const page = reportHtml(sampleRun(), SCRIPT, { deflate: (text) => `${text.length}` });
  expect(page).toMatch(
    /<script type="application\/x-deflate-base64" id="facts-data">\d+<\/script>/,
  );
});

test("console lines of the same moment stand side by side, boot first", () => {
  const rows = alignRows([
    {
      node: "h1",
      lines: [
        { time: null, text: "a" },
        { time: 5, text: "b" },
        { time: 5, text: "c" },
      ],
    },
    {
      node: "h2",
      lines: [
        { time: null, text: "A" },
        { time: 4, text: "B" },
        { time: 5, text: "C" },
      ],
    },
  ]);
  expect(rows).toEqual([
    { time: null, cells: ["a", "A"] },
    { time: 4, cells: ["", "B"] },
    { time: 5, cells: ["b", "C"] },
    { time: 5, cells: ["c", ""] },
  ]);
});
