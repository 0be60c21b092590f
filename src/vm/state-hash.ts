// The state hash of the active machine: RAM by cached page hashes, CPU and device blocks by the core,
// and the canonical bytes of everything that has no fixed size.

import { ByteWriter } from "../base/bytes.ts";
import { Digest } from "../base/digest.ts";
import type { MachineConfig } from "./config.ts";
import type { CoreHost } from "./core-host.ts";
import type { IoState } from "./devices/io-state.ts";
import { CPU, CPU_BYTES, DEVICE_WORDS, DEVICES, RESULT_LOW } from "./layout.ts";
import { leafCount } from "./snapshot.ts";
import { encodeConfig, encodeIo } from "./state-codec.ts";

/** 16 hexadecimal digits. */
export function hashState(host: CoreHost, config: MachineConfig, io: IoState): string {
  const digest = new Digest();
  host.exports.hashRam(leafCount(config));
  mixResult(host, digest);
  host.exports.hashBytes(CPU, CPU_BYTES);
  mixResult(host, digest);
  host.exports.hashBytes(DEVICES, DEVICE_WORDS * 4);
  mixResult(host, digest);
  const writer = new ByteWriter(256);
  encodeConfig(writer, config);
  encodeIo(writer, io);
  digest.bytes(writer.finish());
  return digest.toString();
}

function mixResult(host: CoreHost, digest: Digest): void {
  digest.word(host.words[RESULT_LOW >> 2]);
  digest.word(host.words[(RESULT_LOW >> 2) + 1]);
}
