// Where a run's files go: reports/failover-42/, and reports/latest beside it. Files are written
// whole: under another name first, then renamed.

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "./usage-error.ts";

export const REPORTS_DIR = "reports";

export class OutputFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new UsageError(`${path}: cannot make this folder (${(error as Error).message})`);
    }
  }

  write(name: string, content: string | Uint8Array): void {
    const file = join(this.path, name);
    writeFileSync(`${file}.part`, content);
    renameSync(`${file}.part`, file);
  }

  /** Points reports/latest here, where the file system has symbolic links. */
  markLatest(): void {
    const link = join(dirname(this.path), "latest");
    try {
      rmSync(link, { force: true, recursive: false });
      symlinkSync(basename(this.path), link);
    } catch {
      // A convenience only: without symbolic links there is no `latest`.
    }
  }
}
