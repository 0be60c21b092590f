// The state hash of the active machine: RAM by cached page hashes, CPU and device blocks by the core,
// and the canonical bytes of everything that has no fixed size.

import { ByteWriter, toHex } from "../base/bytes.ts";
import { Digest, hashBytes } from "../base/digest.ts";
import type { MachineConfig } from "./config.ts";
import type { CoreHost } from "./core-host.ts";
import type { IoState } from "./devices/io-state.ts";
import { CPU, CPU_BYTES, DEVICE_WORDS, DEVICES, RESULT_LOW } from "./layout.ts";
import { leafCount } from "./snapshot.ts";
import { encodeConfig } from "./state-codec.ts";

/** 16 hexadecimal digits. */
export function hashState(host: CoreHost, config: MachineConfig, io: IoState): string {
  const digest = new Digest();
  host.exports.hashRam(leafCount(config));
  mixResult(host, digest);
  host.exports.hashBytes(CPU, CPU_BYTES);
  mixResult(host, digest);
  host.exports.hashBytes(DEVICES, DEVICE_WORDS * 4);
  mixResult(host, digest);
  digest.text(configKey(config));
  mixIo(digest, io);
  return digest.toString();
}

function configKey(config: MachineConfig): string {
  const known = CONFIG_KEYS.get(config);
  if (known !== undefined) return known;
  const writer = new ByteWriter(64);
  encodeConfig(writer, config);
  const key = toHex(writer.finish());
  CONFIG_KEYS.set(config, key);
  return key;
}

/** A memo of a pure function of immutable records. */
const CONFIG_KEYS = new WeakMap<MachineConfig, string>();

/** Says the same as encodeIo, without making bytes of it: this runs at every compared position. */
function mixIo(digest: Digest, io: IoState): void {
  digest.integer(io.nextIoId);
  digest.word(io.pending.length);
  for (const { request, head, statusAddress, isOrphan, segments } of io.pending) {
    digest.integer(request.ioId);
    digest.text(request.op);
    digest.integer(request.sector);
    digest.word(request.sectorCount);
    digest.text(hashBytes(request.data));
    digest.word(head);
    digest.integer(statusAddress);
    digest.word(isOrphan ? 1 : 0);
    digest.word(segments.length);
    for (const { address, length } of segments) {
      digest.integer(address);
      digest.word(length);
    }
  }
  digest.word(io.received.length);
  for (const frame of io.received) digest.text(hashBytes(frame));
  digest.text(io.entropy === undefined ? "" : hashBytes(io.entropy));
}

function mixResult(host: CoreHost, digest: Digest): void {
  digest.word(host.words[RESULT_LOW >> 2]);
  digest.word(host.words[(RESULT_LOW >> 2) + 1]);
}
