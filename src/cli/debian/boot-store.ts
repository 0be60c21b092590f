// Booted guests in files of the cache, compressed. An image is of use to exactly the machine that
// booted it, so the core and the code around it are part of its name.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import type { BootStore } from "../../testbed/boot-image.ts";
import { CORE_FILE, PACKAGE_ROOT } from "../paths.ts";
import { debianCache, sha256Of } from "./cache.ts";

const ENDING = ".ftsim";
/** Tens of megabytes each: what was not used for longest makes room. */
const IMAGES_MAX = 8;
const FASTEST = 1;

export function openBootStore(): BootStore {
  return {
    find: (key) => {
      const file = fileOf(key);
      if (!existsSync(file)) return undefined;
      try {
        return inflateSync(readFileSync(file));
      } catch {
        // A damaged file is as good as none: the guest boots again and the file is replaced.
        return undefined;
      }
    },
    keep: (key, image) => {
      const file = fileOf(key);
      mkdirSync(dirname(file), { recursive: true });
      makeRoom(dirname(file));
      const temporary = `${file}.${process.pid}`;
      writeFileSync(temporary, deflateSync(image, { level: FASTEST }));
      renameSync(temporary, file);
    },
  };
}

function fileOf(key: string): string {
  const name = sha256Of(Buffer.from(`${key}\n${machineDigest()}`)).slice(0, 24);
  return join(debianCache(), "machines", `${key.split(" ")[0] ?? ""}-${name}${ENDING}`);
}

function makeRoom(folder: string): void {
  const images = readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => ({ name, used: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { name } of images.slice(IMAGES_MAX - 1)) rmSync(join(folder, name), { force: true });
}

/** Of the code that a boot is a function of, as it was built. */
function machineDigest(): string {
  const dist = join(PACKAGE_ROOT, "dist");
  const folders = ["vm", "vm/devices", "vm/jit", "testbed", "base"].map((name) => join(dist, name));
  const files = folders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith(".js"))
          .map((name) => join(folder, name))
      : [],
  );
  return sha256Of(Buffer.concat([CORE_FILE, ...files.sort()].map((file) => readFileSync(file))));
}
