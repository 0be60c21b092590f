// `npm run guests:debian`: Debian's packages in, guests in the cache out. The kernel's image, its
// modules and every program are what the packages hold, byte for byte, and it is checked that they
// are; only the archive around them is ours.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { GUESTS_DIR } from "../paths.ts";
import { UsageError } from "../usage-error.ts";
import { Apt, tool, type UnpackedPackage } from "./apt.ts";
import { debianCache, type DebianManifest, MANIFEST_VERSION, sha256Of } from "./cache.ts";
import { type CpioEntry, digestInCpio, writeCpio } from "./cpio.ts";
import { elfNeeds } from "./elf-needs.ts";
import { APPLETS, COMMON, KERNEL_METAPACKAGE, SERVICES } from "./recipe.ts";

const LIBRARIES = "usr/lib/riscv64-linux-gnu";
const OWN_FILES: string = join(GUESTS_DIR, "debian");

/** Builds everything anew from the packages; `say` gets one line at a time. */
export function buildDebianGuests(say: (line: string) => void): void {
  for (const needed of ["apt-get", "dpkg-deb", "xz"]) tool(needed, ["--version"]);
  const cache = debianCache();
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, "unpacked-"));
  try {
    const source = new PackageRoot(new Apt(join(cache, "apt")), root, say);
    const manifest = buildAll(source, cache, say);
    writeFileSync(join(cache, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    say(`the guests are in ${cache}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function buildAll(source: PackageRoot, cache: string, say: (line: string) => void): DebianManifest {
  const kernelName = source.kernelPackage();
  for (const { packages } of [COMMON, ...SERVICES.values()])
    for (const name of packages) source.add(name);
  const image = `boot/vmlinux-${kernelName.replace("linux-image-", "")}`;
  const kernel = { file: "vmlinux", sha256: source.sha256(image) };
  save(join(cache, kernel.file), source.read(image));
  say(`kernel        ${kernel.sha256}  ${image}: as in its package`);
  const initramfs: Record<string, { file: string; sha256: string }> = {};
  for (const name of SERVICES.keys()) {
    const archive = writeCpio(initramfsOf(source, kernelName, name));
    const file = `${name}.cpio`;
    save(join(cache, file), archive);
    initramfs[file] = { file, sha256: sha256Of(archive) };
    say(`initramfs     ${sha256Of(archive)}  ${file}, ${archive.length} bytes`);
    sayPrograms(source, name, archive, say);
  }
  return { version: MANIFEST_VERSION, packages: source.versions(), kernel, initramfs };
}

/** Each program as it lies in the finished archive, against the package that it came from. */
function sayPrograms(
  source: PackageRoot,
  name: string,
  archive: Uint8Array,
  say: (line: string) => void,
): void {
  const programs = [...COMMON.programs, ...(SERVICES.get(name)?.programs ?? [])];
  for (const [path, from] of programs) {
    const found = digestInCpio(archive, path);
    if (found === undefined || found !== source.sha256(from))
      throw new UsageError(`${name}.cpio: ${path} is not the file of its package`);
    say(`  ${path.padEnd(22)} ${found}: as in its package`);
  }
}

function initramfsOf(
  source: PackageRoot,
  kernelName: string,
  name: string,
): ReadonlyMap<string, CpioEntry> {
  const service = SERVICES.get(name) ?? COMMON;
  const entries = new Map<string, CpioEntry>();
  for (const [module, folder] of [...COMMON.modules, ...service.modules])
    entries.set(`lib/modules/${module}.ko`, readModule(source, kernelName, `${folder}/${module}`));
  for (const folder of ["dev", "proc", "sys", "tmp"]) entries.set(folder, { kind: "directory" });
  entries.set("dev/console", { kind: "device", major: 5, minor: 1 });
  entries.set("init", ownFile("init", true));
  for (const [path, own] of service.files) entries.set(path, ownFile(own, false));
  for (const [path, from] of [...COMMON.programs, ...service.programs])
    addProgram(entries, source, path, from);
  for (const applet of APPLETS) entries.set(`bin/${applet}`, { kind: "link", target: "busybox" });
  return entries;
}

function ownFile(name: string, isExecutable: boolean): CpioEntry {
  return { kind: "file", bytes: readFileSync(join(OWN_FILES, name)), isExecutable };
}

/** A program and, transitively, the libraries that it asks for. */
function addProgram(
  entries: Map<string, CpioEntry>,
  source: PackageRoot,
  path: string,
  from: string,
): void {
  if (entries.has(path)) return;
  const bytes = source.read(from);
  entries.set(path, { kind: "file", bytes, isExecutable: true });
  const { interpreter, libraries } = elfNeeds(bytes, from);
  if (interpreter !== undefined) {
    const at = interpreter.slice(1);
    addProgram(entries, source, at, source.has(at) ? at : `usr/${at}`);
  }
  for (const library of libraries)
    if (!library.startsWith("ld-linux"))
      addProgram(entries, source, `${LIBRARIES}/${library}`, `${LIBRARIES}/${library}`);
}

/** Unpacked, since the kernel's own loader takes no compressed ones; signature and all. */
function readModule(source: PackageRoot, kernelName: string, path: string): CpioEntry {
  const tree = `usr/lib/modules/${kernelName.replace("linux-image-", "")}/kernel`;
  const bytes = tool("xz", ["-dc", source.checked(`${tree}/${path}.ko.xz`)]);
  return { kind: "file", bytes, isExecutable: false };
}

/** Packages unpacked over each other, as in a root file system. */
class PackageRoot {
  readonly #apt: Apt;
  readonly #root: string;
  readonly #say: (line: string) => void;
  readonly #packages: Map<string, UnpackedPackage>;

  constructor(apt: Apt, root: string, say: (line: string) => void) {
    this.#apt = apt;
    this.#root = root;
    this.#say = say;
    this.#packages = new Map();
    apt.update();
  }

  kernelPackage(): string {
    const name = this.#apt.standsFor(KERNEL_METAPACKAGE);
    this.add(name);
    return name;
  }

  add(name: string): void {
    if (this.#packages.has(name)) return;
    const unpacked = this.#apt.unpack(name, this.#root);
    this.#packages.set(name, unpacked);
    this.#say(`package       ${name} ${unpacked.version}`);
  }

  versions(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#packages].map(([name, { version }]) => [name, version]));
  }

  has(path: string): boolean {
    return existsSync(join(this.#root, path));
  }

  read(path: string): Buffer {
    return readFileSync(this.checked(path));
  }

  sha256(path: string): string {
    return sha256Of(this.read(path));
  }

  /** Where a file really lies, after its bytes were held against its package's own list. */
  checked(path: string): string {
    if (!this.has(path))
      throw new UsageError(
        `${path} is in none of the packages ${[...this.#packages.keys()].join(" ")}`,
      );
    const real = realpathSync(join(this.#root, path));
    const inPackage = relative(realpathSync(this.#root), real);
    const holder = [...this.#packages.values()].find(({ checksums }) => checksums.has(inPackage));
    const found = createHash("md5").update(readFileSync(real)).digest("hex");
    if (holder === undefined) throw new UsageError(`${inPackage}: in no package's list of files`);
    if (holder.checksums.get(inPackage) !== found)
      throw new UsageError(`${inPackage}: not what package ${holder.name} says`);
    return real;
  }
}

function save(file: string, bytes: Uint8Array): void {
  writeFileSync(file, bytes);
}
