// Four lint rules for the simulated zone (docs/determinism.md). Each closes a door that the type
// checker leaves open: implementation-approximated maths, key-order iteration, module state and
// dynamic import. test/lint-fixtures holds one line for each hazard and the controls beside them.

const SAFE_MATH = new Set([
  "imul",
  "clz32",
  "min",
  "max",
  "abs",
  "floor",
  "ceil",
  "trunc",
  "sign",
  "round",
  "fround",
]);

const safeMath = {
  create: (context) => ({
    Identifier(node) {
      if (node.name !== "Math") return;
      const parent = node.parent;
      const isSafeMember =
        parent?.type === "MemberExpression" &&
        parent.object === node &&
        !parent.computed &&
        SAFE_MATH.has(parent.property.name);
      if (!isSafeMember)
        context.report({ node, message: "Only integer-exact Math members are allowed here." });
    },
    BinaryExpression(node) {
      if (node.operator === "**")
        context.report({ node, message: "** is implementation-approximated; use shifts." });
    },
  }),
};

const orderedIteration = {
  create: (context) => ({
    ForInStatement(node) {
      context.report({
        node,
        message: "for-in order depends on key shape; iterate a Map or array.",
      });
    },
    MemberExpression(node) {
      const isKeyListing =
        node.object.type === "Identifier" &&
        node.object.name === "Object" &&
        !node.computed &&
        ["keys", "values", "entries"].includes(node.property.name);
      if (isKeyListing)
        context.report({ node, message: "Integer-like keys reorder; iterate a Map or array." });
    },
  }),
};

const MODULE_STATE = "No mutable module state: two simulations must fit in one process.";
const noModuleState = {
  create: (context) => ({
    ExportNamedDeclaration(node) {
      const declaration = node.declaration;
      if (declaration?.type === "VariableDeclaration" && declaration.kind !== "const")
        context.report({ node, message: MODULE_STATE });
    },
    Program(node) {
      for (const statement of node.body)
        if (statement.type === "VariableDeclaration" && statement.kind !== "const")
          context.report({ node: statement, message: MODULE_STATE });
    },
  }),
};

const noDynamicImport = {
  create: (context) => ({
    ImportExpression(node) {
      context.report({ node, message: "No dynamic import in simulated code." });
    },
  }),
};

export default {
  meta: { name: "ftsim" },
  rules: {
    "safe-math": safeMath,
    "ordered-iteration": orderedIteration,
    "no-module-state": noModuleState,
    "no-dynamic-import": noDynamicImport,
  },
};
