// dist/schema.json: what an editor needs to know of scenario files. Needs the built TypeScript.

import { writeFileSync } from "node:fs";
import { scenarioJsonSchema } from "../dist/api/json-schema.js";

writeFileSync("dist/schema.json", `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
