// node scripts/complete-lock.mjs: adds to package-lock.json the optional packages of other platforms
// that npm left out because the registry it asked does not have them. `npm ci` refuses a lock in
// which an optional dependency has no entry, on every platform; with the entry it takes the package
// where the platform fits and passes over it elsewhere.

import { readFileSync, writeFileSync } from "node:fs";

const LOCK = new URL("../package-lock.json", import.meta.url);
const SYSTEMS = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const PROCESSORS = [
  "arm64",
  "arm",
  "x64",
  "ia32",
  "ppc64",
  "riscv64",
  "s390x",
  "loong64",
  "mips64el",
  "wasm32",
];

const lock = JSON.parse(readFileSync(LOCK, "utf8"));
let added = 0;
for (const [path, { optionalDependencies = {}, dev }] of Object.entries({ ...lock.packages }))
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(path, name)) continue;
    lock.packages[`node_modules/${name}`] = entryFor(name, version, dev);
    added += 1;
  }
for (const entry of Object.values(lock.packages)) delete entry.resolved;
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional packages added, ${Object.keys(lock.packages).length} in all`);

/** Beside the package that asks for it, or further up. */
function isLocked(path, name) {
  return [`${path}/node_modules/${name}`, `node_modules/${name}`].some(
    (key) => key in lock.packages,
  );
}

function entryFor(name, version, dev) {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (os.length + cpu.length === 0) throw new Error(`${name}: which platform is that for?`);
  const exact = version.replace(/^[\^~]/, "");
  return {
    version: exact,
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(words.includes("musl") ? { libc: ["musl"] } : {}),
    ...(dev ? { dev } : {}),
    optional: true,
  };
}
