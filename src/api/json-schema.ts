// The JSON Schema of scenario files, out of the schema that reads them, for editors. What a schema of
// this kind cannot say (a target that there is, a fault's figures) stays with `ftsim run`.

import { z } from "zod";
import { FAULT_KINDS } from "../faults/registry.ts";
import { TRIGGER_EVENTS } from "../faults/trigger.ts";
import { scenarioSchema } from "../testbed/scenario.ts";

type Json = Record<string, unknown>;

/** As a file would have it: before defaults are filled in and units are read. */
export function scenarioJsonSchema(): Json {
  const schema = z.toJSONSchema(scenarioSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => complete(jsonSchema as Json),
  }) as Json;
  const properties = schema["properties"] as Record<string, Json>;
  const { $schema, required: _, ...rest } = schema;
  return {
    $schema,
    title: "A scenario of ftsim",
    ...rest,
    properties: {
      ...properties,
      draw: { const: "swarm", description: "The seed draws everything that is not said here." },
      workload: withDefaultKind(properties["workload"] as Json),
    },
    required: ["title", "about"],
    // What is drawn need not be said.
    anyOf: [{ required: ["workload"] }, { required: ["draw"] }],
  };
}

/** What the schema refines by a function, or takes as more than one type. */
function complete(json: Json): void {
  const properties = json["properties"] as Record<string, Json> | undefined;
  if (properties === undefined) return;
  if ("crash" in properties) {
    json["allOf"] = [oneOf(["at", "when"]), oneOf(FAULT_KINDS.map(({ name }) => name))];
  } else if ("in-flight" in properties) {
    json["allOf"] = [oneOf(TRIGGER_EVENTS)];
    for (const event of TRIGGER_EVENTS) properties[event] = { type: ["string", "number"] };
  }
}

function oneOf(keys: readonly string[]): Json {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}

/** A workload is a key-value workload unless it says otherwise. */
function withDefaultKind({ oneOf: kinds, ...rest }: Json): Json {
  const listed = (kinds as readonly Json[]).map((kind, index) =>
    index === 0
      ? {
          ...kind,
          required: (kind["required"] as readonly string[]).filter((key) => key !== "kind"),
        }
      : kind,
  );
  return { ...rest, oneOf: listed };
}
