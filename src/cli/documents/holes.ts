// docs/holes.md: each hole with its story, the commands that show it closed and open, and what the
// open one prints. Made by scripts/documents.mjs, held up to date by test/docs/holes.test.ts.

import { HOLES, type Hole } from "../../testbed/variants/holes.ts";
import { holeCommand } from "./hole-runs.ts";

const HEAD = `# Holes in the published argument

The paper argues in prose. Ten things that its argument passes over, what closes each of them here, and a run in which it is opened again. Closed, the command ends with exit 0; open, with the code behind it: 1 for a violated property, 3 where only liveness is lost.

This file is made by \`node scripts/documents.mjs\`; the runs in it are real.
`;

/** `excerptOf`: what the open run printed. */
export function holesDocument(excerptOf: (hole: Hole) => string): string {
  return [HEAD, ...HOLES.map((hole) => section(hole, excerptOf(hole)))].join("\n");
}

function section(hole: Hole, excerpt: string): string {
  const { id, title, story, missed, fix, exit } = hole;
  return `## ${id}: ${title}

${story}

*Why the argument misses it.* ${missed}

*What closes it.* ${fix}

\`\`\`sh
${holeCommand(hole, "closed")}
${holeCommand(hole, "open")} # exit ${exit}
\`\`\`

\`\`\`text
${excerpt}
\`\`\`
`;
}
