// Makes the reports in reports/gallery, from fixed seeds. With --check it makes them anew somewhere
// else and compares: the digest of each run must be the committed one, and so must the whole file but
// for the real time that it took.

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const GALLERY = join(ROOT, "reports", "gallery");
/** The exit code says whether it is what the gallery shows it for: 0 as expected, 1 a violation. */
const REPORTS = [
  { name: "failover", args: ["failover", "--seed", "42"], exit: 0 },
  {
    name: "failover-without-output-rule",
    args: ["failover", "--seed", "42", "--without", "output-rule"],
    exit: 1,
  },
  { name: "split-brain", args: ["split-brain", "--seed", "42"], exit: 0 },
  {
    name: "late-disk-write-without-fencing",
    args: ["late-disk-write", "--seed", "42", "--without", "fencing"],
    exit: 1,
  },
];

const isCheck = process.argv.includes("--check");
const work = mkdtempSync(join(tmpdir(), "ftsim-gallery-"));
try {
  execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, stdio: "inherit" });
  const problems = REPORTS.map(isCheck ? check : write).filter((problem) => problem !== "");
  for (const problem of problems) console.error(`gallery: ${problem}`);
  const done = REPORTS.length - problems.length;
  console.log(
    `gallery: ${done} of ${REPORTS.length} reports ${isCheck ? "are what this version makes" : "written"}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Returns what is wrong, or "". */
function write({ name, args, exit }) {
  const made = make(name, args);
  if (made.exit !== exit) return `${name}: exit ${made.exit}, expected ${exit}`;
  mkdirSync(GALLERY, { recursive: true });
  copyFileSync(made.file, join(GALLERY, `${name}.html`));
  console.log(`gallery: ${name}.html, digest ${digestIn(readFileSync(made.file, "utf8"))}`);
  return "";
}

function check({ name, args, exit }) {
  const committed = join(GALLERY, `${name}.html`);
  if (!existsSync(committed)) return `${name}.html is missing: npm run gallery`;
  const made = make(name, args);
  if (made.exit !== exit) return `${name}: exit ${made.exit}, expected ${exit}`;
  const [before, now] = [committed, made.file].map((file) => readFileSync(file, "utf8"));
  if (digestIn(before) !== digestIn(now))
    return `${name}: digest ${digestIn(before)} is committed, ${digestIn(now)} is made now: npm run gallery`;
  if (timeless(before) !== timeless(now)) return `${name}: the page differs: npm run gallery`;
  return "";
}

function make(name, args) {
  const flags = [join(ROOT, "bin", "ftsim.js"), "run", ...args, "--out", name, "--quiet"];
  const { status, stderr } = spawnSync(process.execPath, flags, { cwd: work, encoding: "utf8" });
  const file = join(work, name, "report.html");
  if (!existsSync(file)) throw new Error(`gallery: ${name} left no report: ${stderr}`);
  return { exit: status, file };
}

/** The digest that the page itself names. */
function digestIn(page) {
  return /<dt>digest<\/dt><dd class="mono">([0-9a-f]+)<\/dd>/.exec(page)?.[1] ?? "none";
}

/** Without what another computer or commit changes: real time and revision. */
function timeless(page) {
  return page
    .replace(/<dt>took<\/dt><dd>[^<]*<\/dd>/, "")
    .replace(/<dt>ftsim<\/dt><dd>[^<]*<\/dd>/, "");
}
