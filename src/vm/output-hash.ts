// What an output does to the world, as sixteen hexadecimal digits: equal on every machine that
// executes the same history. For a disk command also where it does it.

import { Digest, hashBytes } from "../base/digest.ts";
import type { Output } from "./exit.ts";

export function hashOutput(output: Output): string {
  if (output.class !== "disk") return hashBytes(output.bytes);
  const { ioId, op, sector, sectorCount, data } = output.request;
  const digest = new Digest();
  digest.word(ioId);
  digest.text(op);
  digest.integer(sector);
  digest.word(sectorCount);
  digest.text(hashBytes(data));
  return digest.toString();
}
