// The page as a test meets it: built, served from this machine by a plain file server that knows
// nothing but the page's folder, and opened in a browser.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { ROOT } from "./worlds.ts";

const SITE = join(ROOT, "dist", "site");
const TYPES: ReadonlyMap<string, string> = new Map([
  [".html", "text/html"],
  [".js", "text/javascript"],
  [".css", "text/css"],
  [".json", "application/json"],
  [".wasm", "application/wasm"],
]);

export interface Site {
  readonly url: string;
  /** Paths that were asked for and are not there. */
  readonly missing: readonly string[];
  close(): Promise<void>;
}

export async function serveSite(): Promise<Site> {
  const missing: string[] = [];
  const server: Server = createServer((request, answer) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const name = path === "/" ? "/index.html" : path;
    try {
      if (!/^(\/[a-z0-9-]+)*\/[a-z0-9-]+\.[a-z]+$/.test(name)) throw new Error("no such name");
      const bytes = readFileSync(join(SITE, name));
      answer.writeHead(200, {
        "content-type": TYPES.get(extname(name)) ?? "application/octet-stream",
      });
      answer.end(bytes);
    } catch {
      missing.push(path);
      answer.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    missing,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
