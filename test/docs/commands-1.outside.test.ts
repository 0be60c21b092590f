// The commands of one half of the documents (run-commands.ts).

import { describeCommands } from "./run-commands.ts";

describeCommands(0, 2);
