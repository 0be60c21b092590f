// @ts-nocheck One hazard a line, with the rule that must flag it: test/house/lint-fence.test.ts
export const clockNow = Date.now(); // no-restricted-globals
export const clockNew = new Date(); // no-restricted-globals
export const clockAlias = Date; // no-restricted-globals
export const clockGlobal = globalThis.Date.now(); // no-restricted-globals
export const clockFine = performance.now(); // no-restricted-globals
export const clockProcess = process.hrtime.bigint(); // no-restricted-globals
export const timerOnce = setTimeout(() => {}, 1); // no-restricted-globals
export const timerOften = setInterval(() => {}, 1); // no-restricted-globals
export const timerSoon = setImmediate(() => {}); // no-restricted-globals
export const timerMicro = queueMicrotask(() => {}); // no-restricted-globals
export const randomId = crypto.randomUUID(); // no-restricted-globals
export const randomDraw = Math.random(); // safe-math
export const { random: randomTaken } = Math; // safe-math
export const randomByName = Math["random"](); // safe-math
export const randomReflected = Reflect.get(globalThis, "Math"); // no-restricted-globals
export const mathSine = Math.sin(1); // safe-math
export const mathPower = Math.pow(2, 0.5); // safe-math
export const mathRoot = Math.sqrt(2); // safe-math
export const mathOperator = 2 ** 0.5; // safe-math
export const mathAlias = Math; // safe-math
export const mathPassed = [1, 2].map(String).concat(String(Math)); // safe-math
export const orderSort = [3, 20, 100].sort(); // require-array-sort-compare
export const orderSorted = [3, 1].toSorted(); // require-array-sort-compare
export const orderKeys = Object.keys({ a: 1 }); // ordered-iteration
export const orderValues = Object.values({ a: 1 }); // ordered-iteration
export const orderEntries = Object.entries({ a: 1 }); // ordered-iteration
export const orderIn = (o: object): number => { let n = 0; for (const k in o) n += k.length; return n; }; // ordered-iteration
export const localeCompare = "a".localeCompare("b"); // no-restricted-properties
export const localeText = (1234.5).toLocaleString(); // no-restricted-properties
export const localeFormat = new Intl.DateTimeFormat(); // no-restricted-globals
export const hostStack = new Error("x").stack; // no-restricted-properties
export const hostConsole = console.log("x"); // no-restricted-globals
export const gcRef = new WeakRef({}); // no-restricted-globals
export const gcRegistry = new FinalizationRegistry(() => {}); // no-restricted-globals
export const threadMemory = new SharedArrayBuffer(8); // no-restricted-globals
export const threadAtomics = Atomics.isLockFree(4); // no-restricted-globals
export const latePromise = Promise.resolve(1); // no-restricted-globals
export async function lateFunction(): unknown { return 1; } // no-async-await
export const lateArrow = async (): unknown => 1; // no-async-await
export const codeEval = eval("1"); // no-eval
export const codeFunction = new Function("return 1")(); // no-new-func
export const codeImport = import("./controls.ts"); // no-dynamic-import
export const proxied = new Proxy({}, {}); // no-restricted-globals
export let stateExported = 0; // no-module-state
let stateKept = 0; // no-module-state
var stateOld = 0; // no-module-state
import { readFileSync } from "node:fs"; // no-restricted-imports
import { Bus } from "../vm/devices/bus.ts"; // no-restricted-imports
import { deep } from "../../sim/inner/deep.ts"; // no-restricted-imports
export const looseType = (value: any): number => value; // no-explicit-any
export const anySwitch = (kind: "a" | "b"): number => { switch (kind) { case "a": return 1; } return 0; }; // switch-exhaustiveness-check
export default 1; // no-default-export
