// Debian's packages for riscv64, fetched by the machine's own apt with a second configuration: own
// folders, another architecture and suite, the mirror and the keyring that the machine trusts
// already. Nothing of the machine's package database is read or changed, and no root is needed.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../usage-error.ts";

const SUITE = "trixie";
const ARCHITECTURE = "riscv64";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const OUTPUT_MAX = 256 * 1_048_576;

/** Runs a tool and returns what it printed; a tool that fails or is missing is one line. */
export function tool(command: string, args: readonly string[], cwd: string = "/"): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    maxBuffer: OUTPUT_MAX,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (error !== undefined) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(
      isMissing ? `${command} is not installed` : `${command}: ${error.message}`,
    );
  }
  if (status === 0) return stdout;
  const said = stderr.toString("utf8").trim().split("\n");
  const line = said.find((text) => text.startsWith("E:")) ?? said.at(-1);
  throw new UsageError(`${command} ${args.at(-1) ?? ""}: ${line ?? `exit ${status}`}`);
}

export class Apt {
  readonly #folder: string;
  readonly #options: readonly string[];

  constructor(folder: string) {
    this.#folder = folder;
    const settings = [
      `APT::Architecture=${ARCHITECTURE}`,
      `APT::Architectures=${ARCHITECTURE}`,
      `APT::Sandbox::User=`,
      `Acquire::Languages=none`,
      `Dir::State=${folder}`,
      `Dir::State::lists=lists`,
      `Dir::State::status=${join(folder, "status")}`,
      `Dir::Cache=${join(folder, "cache")}`,
      `Dir::Etc::sourcelist=${join(folder, "sources.list")}`,
      `Dir::Etc::sourceparts=-`,
      `Dir::Etc::preferencesparts=-`,
    ];
    this.#options = settings.flatMap((setting) => ["-o", setting]);
  }

  /** Sets the folders up and fetches the list of packages. */
  update(): void {
    if (!existsSync(KEYRING))
      throw new UsageError(`${KEYRING} is missing: install debian-archive-keyring`);
    for (const name of ["lists/partial", "cache/archives/partial", "packages"])
      mkdirSync(join(this.#folder, name), { recursive: true });
    const source = `deb [arch=${ARCHITECTURE} signed-by=${KEYRING}] ${mirror()} ${SUITE} main\n`;
    writeFileSync(join(this.#folder, "sources.list"), source);
    writeFileSync(join(this.#folder, "status"), "");
    tool("apt-get", [...this.#options, "-qq", "-o", "APT::Update::Error-Mode=any", "update"]);
  }

  /** The version that the suite has of a package. */
  version(name: string): string {
    const [, version] = /^Version: (.+)$/m.exec(this.#show(name)) ?? [];
    if (version === undefined)
      throw new UsageError(`package ${name}: not in ${SUITE}/${ARCHITECTURE}`);
    return version;
  }

  /** The first package that `name` depends on: what a metapackage stands for. */
  standsFor(name: string): string {
    const [, dependency] = /^Depends: ([a-z0-9.+-]+)/m.exec(this.#show(name)) ?? [];
    if (dependency === undefined) throw new UsageError(`package ${name}: depends on nothing`);
    return dependency;
  }

  /** Fetches a package, which apt checks against the signed list, and unpacks it into `root`. */
  unpack(name: string, root: string): UnpackedPackage {
    const version = this.version(name);
    const folder = join(this.#folder, "packages");
    const file = join(folder, `${name}_${version.replace(":", "%3a")}_${ARCHITECTURE}.deb`);
    if (!existsSync(file)) {
      for (const other of readdirSync(folder))
        if (other.startsWith(`${name}_`)) rmSync(join(folder, other));
      tool("apt-get", [...this.#options, "-qq", "download", name], folder);
    }
    tool("dpkg-deb", ["-x", file, root]);
    return { name, version, checksums: checksumsOf(file) };
  }

  #show(name: string): string {
    return tool("apt-cache", [...this.#options, "show", "--no-all-versions", name]).toString(
      "utf8",
    );
  }
}

export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
  /** MD5 by path, as the package's maintainer recorded them. */
  readonly checksums: ReadonlyMap<string, string>;
}

function checksumsOf(file: string): ReadonlyMap<string, string> {
  const text = tool("dpkg-deb", ["-I", file, "md5sums"]).toString("utf8");
  const checksums = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [sum, path] = line.split("  ");
    if (sum !== undefined && path !== undefined) checksums.set(path, sum);
  }
  return checksums;
}

/** The address of Debian's archive as this machine's own apt has it. */
function mirror(): string {
  const format = "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)";
  const args = ["indextargets", "--format", format, "Created-By: Packages"];
  const targets = tool("apt-get", args).toString("utf8").split("\n");
  for (const target of targets) {
    const [origin, codename, component, address] = target.split(" ");
    const isArchive = origin === "Debian" && component === "main" && !/-/.test(codename ?? "-");
    if (isArchive && address !== undefined && !/security/.test(address)) return address;
  }
  throw new UsageError(
    "apt knows no Debian archive on this machine: expected a source of Debian's main in its sources",
  );
}
