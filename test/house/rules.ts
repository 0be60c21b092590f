// The house's rules as functions: a file in, the problems found in it out. tidy.test.ts runs them over
// the repository and each of them over a bad sample.

import type { Source } from "./house.ts";

export interface Rule {
  readonly name: string;
  /** Which files it looks at, by path. */
  applies(path: string): boolean;
  /** In words, without the path; empty when the file is clean. */
  problems(source: Source): readonly string[];
}

export const FILE_LINES_MAX = 600;
export const FUNCTION_LINES_MAX = 70;
export const BLOB_BYTES_MAX = 256 * 1024;

const isCode = (path: string): boolean => /\.(ts|mjs|js)$/.test(path);
const isOurs = (path: string): boolean => isCode(path) && !path.startsWith("test/lint-fixtures/");
const isText = (path: string): boolean => /\.(ts|mjs|js|json|md|ya?ml|c|h|S|sh|py|ld)$/.test(path);
const isTest = (path: string): boolean => path.endsWith(".test.ts");

/** In pieces, so that the rules do not find themselves. */
const LEFT_OVER = new RegExp(
  `\\b(${["FIX" + "ME", "TO" + "DO", "X" + "XX", "HA" + "CK"].join("|")})\\b`,
);
const REGISTRY_HOST = new RegExp(
  [
    ":\\/\\/registry\\.",
    "npm" + "js\\.",
    "yarn" + "pkg\\.",
    "un" + "pkg\\.com",
    "py" + "pi\\.org",
  ].join("|"),
);
const HALF_RUN = new RegExp(
  `\\b(it|test|describe)(\\.[a-z]+)*\\.(${"on" + "ly"}|${"sk" + "ip"}|to${"do"})\\(`,
);

export const RULES: readonly Rule[] = [
  {
    name: "nothing is left for later",
    applies: (path) => isText(path) && path !== "package-lock.json",
    problems: ({ text }) => linesWith(text, LEFT_OVER),
  },
  {
    name: "every test runs, or says why not",
    applies: isTest,
    problems: ({ text }) => linesWith(text, HALF_RUN),
  },
  {
    name: "no package registry is named",
    applies: isText,
    problems: ({ text }) => linesWith(text, REGISTRY_HOST),
  },
  {
    name: "file names are kebab-case",
    applies: () => true,
    problems: ({ path }) =>
      path.split("/").every((part) => NAME.test(part) || KNOWN_NAMES.has(part))
        ? []
        : ["not kebab-case"],
  },
  {
    name: "files are short",
    // The C programs that test guests are not part of the product.
    applies: (path) =>
      isText(path) && path !== "package-lock.json" && !path.startsWith("guests/test/"),
    problems: ({ text }) => {
      const lines = text.split("\n").length - 1;
      return lines > FILE_LINES_MAX ? [`${lines} lines, at most ${FILE_LINES_MAX}`] : [];
    },
  },
  {
    name: "functions are short",
    applies: (path) => isCode(path) && path.startsWith("src/") && !isTest(path),
    problems: ({ text }) => longFunctions(text),
  },
  {
    name: "a file says first what it is",
    applies: (path) => isOurs(path) && path.startsWith("src/") && !isTest(path),
    problems: ({ text }) => (/^(#!.*\n)?\/[/*]/.test(text) ? [] : ["does not open with a comment"]),
  },
  {
    name: "a document has one title, and it comes first",
    applies: (path) => path.endsWith(".md"),
    problems: ({ text }) => titleProblems(text),
  },
  {
    name: "no barrels: the file that owns a thing is imported",
    applies: (path) => isOurs(path) && path.startsWith("src/"),
    problems: ({ text }) => barrelProblems(text),
  },
  {
    name: "no default exports",
    // A .d.ts describes somebody else's package.
    applies: (path) => isOurs(path) && path.startsWith("src/") && !path.endsWith(".d.ts"),
    problems: ({ text }) => linesWith(text, /^export default\b|\bas default\b/),
  },
  {
    name: "no large files",
    // A report is one file, with its script and its facts in it; it has a limit of its own.
    applies: (path) =>
      !path.startsWith("guests/") &&
      !path.startsWith("reports/gallery/") &&
      path !== "package-lock.json",
    problems: ({ bytes }) =>
      bytes > BLOB_BYTES_MAX ? [`${bytes} bytes, at most ${BLOB_BYTES_MAX}`] : [],
  },
];

const NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const KNOWN_NAMES = new Set(["README.md", "ARCHITECTURE.md", "STYLE.md", "LICENSE", "start.S"]);

function linesWith(text: string, pattern: RegExp): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const found = pattern.exec(line);
    return found === null ? [] : [`line ${index + 1}: ${found[0]}`];
  });
}

/** The instruction loop: one switch, whose state must stay in locals. */
const LONG_ON_PURPOSE = new Set(["steps"]);

/** Functions and methods of formatted code: from their head to the brace in the same column. */
function longFunctions(text: string): readonly string[] {
  const problems: string[] = [];
  let open: { readonly indent: string; readonly name: string; lines: number } | undefined;
  for (const line of text.split("\n")) {
    if (open === undefined) {
      const head = HEAD.exec(line);
      if (head !== null && line.endsWith("{"))
        open = { indent: head[1] ?? "", name: head[2] ?? head[3] ?? "?", lines: 0 };
      continue;
    }
    // A method of an object literal ends with a comma.
    if (line === `${open.indent}}` || line === `${open.indent}},`) {
      if (open.lines > FUNCTION_LINES_MAX && !LONG_ON_PURPOSE.has(open.name))
        problems.push(`${open.name}: ${open.lines} lines, at most ${FUNCTION_LINES_MAX}`);
      open = undefined;
    } else if (line.trim() !== "" && !/^\s*(\/\/|\/?\*)/.test(line)) open.lines += 1;
  }
  return problems;
}

const HEAD =
  /^(\s*)(?:export )?(?:async )?(?:function (\w+)|(?!if|for|while|switch|else|try|class|return|do|const)(?:static |get |set |async )*(#?\w+)\()/;

/** `export *`, or a file that only passes on what others own. */
function barrelProblems(text: string): readonly string[] {
  const all = linesWith(text, /^export \* /);
  const passedOn = linesWith(text, /^export (type )?\{[^}]*\} from /);
  const owned = linesWith(
    text,
    /^(export )?(abstract |async )?(const|function|class|interface|type) \w/,
  );
  return owned.length === 0 ? [...all, ...passedOn] : all;
}

function titleProblems(text: string): readonly string[] {
  const body = text.replaceAll(/^```[\s\S]*?^```/gm, "");
  const titles = body.split("\n").filter((line) => /^# \S/.test(line));
  if (titles.length !== 1) return [`${titles.length} titles`];
  return body.startsWith("# ") ? [] : ["does not begin with its title"];
}
