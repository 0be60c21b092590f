// A validator of JSON Schema (2020-12) for the keywords that ours uses. A keyword that it does not know
// is an error: what is not looked at must not pass.

type Json = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(["$schema", "title", "description", "default"]);

type Check = (argument: never, value: unknown, schema: Json) => boolean;

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Undefined arguments never come: a keyword is looked up only where it stands. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (types: string | readonly string[], value) =>
    [types].flat().some((type) => isOfType(value, type)),
  properties: (schemas: Readonly<Record<string, Json>>, value) =>
    !isRecord(value) ||
    Object.entries(schemas).every(([key, one]) => !(key in value) || validates(one, value[key])),
  required: (keys: readonly string[], value) =>
    !isRecord(value) || keys.every((key) => key in value),
  additionalProperties: (rest: boolean | Json, value, schema) =>
    !isRecord(value) ||
    Object.entries(value).every(
      ([key, item]) => key in ((schema["properties"] ?? {}) as Json) || validates(rest, item),
    ),
  propertyNames: (names: Json, value) =>
    !isRecord(value) || Object.keys(value).every((key) => validates(names, key)),
  prefixItems: (schemas: readonly Json[], value) =>
    !Array.isArray(value) ||
    schemas.every((one, at) => at >= value.length || validates(one, value[at])),
  items: (rest: boolean | Json, value, schema) =>
    !Array.isArray(value) ||
    value
      .slice(((schema["prefixItems"] ?? []) as readonly Json[]).length)
      .every((item) => validates(rest, item)),
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  maxItems: (most: number, value) => !Array.isArray(value) || value.length <= most,
  minLength: (least: number, value) => typeof value !== "string" || value.length >= least,
  maxLength: (most: number, value) => typeof value !== "string" || value.length <= most,
  pattern: (pattern: string, value) =>
    typeof value !== "string" || new RegExp(pattern, "u").test(value),
  minimum: (least: number, value) => typeof value !== "number" || value >= least,
  maximum: (most: number, value) => typeof value !== "number" || value <= most,
  enum: (values: readonly unknown[], value) => values.includes(value),
  const: (only: unknown, value) => value === only,
  oneOf: (schemas: readonly Json[], value) =>
    schemas.filter((one) => validates(one, value)).length === 1,
  anyOf: (schemas: readonly Json[], value) => schemas.some((one) => validates(one, value)),
  allOf: (schemas: readonly Json[], value) => schemas.every((one) => validates(one, value)),
};

export function validates(schema: boolean | Json, value: unknown): boolean {
  if (typeof schema === "boolean") return schema;
  return Object.entries(schema).every(([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return true;
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`a keyword that is not known here: ${keyword}`);
    return check(argument as never, value, schema);
  });
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isRecord(value);
  return typeof value === type;
}
