// A service for tests: what the guest program does on 10.0.0.10:6379, on an IpHost. It can be told
// to misbehave: to die with its memory, to stay silent, to answer nonsense.

import { utf8Decode, utf8Encode } from "../../src/base/bytes.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { VirtualTime } from "../../src/base/time.ts";
import { type Endpoint, type Frame, parseAddress, parseMac } from "../../src/net/address.ts";
import type { ConnectionId } from "../../src/net/host-state.ts";
import { IpHost } from "../../src/net/ip-host.ts";
import { INTERNET } from "../../src/net/tcp-profile.ts";

export const SERVICE: Endpoint = { address: parseAddress("10.0.0.10"), port: 6379 };

const READ_SIZE = 65536;

interface Lock {
  readonly owner: string;
  readonly until: VirtualTime;
}

export class TestService {
  readonly #prng: Prng;
  #host: IpHost;
  #lives: number;
  readonly #inputs: Map<ConnectionId, Uint8Array>;
  readonly values: Map<string, string>;
  readonly #locks: Map<string, Lock>;
  /** Executed commands, in order. */
  readonly executed: string[];
  /** Everything that was sent, by the client's end. */
  readonly sent: Map<string, Uint8Array[]>;
  isSilent: boolean;
  garbage: string | undefined;

  constructor(prng: Prng) {
    this.#prng = prng;
    this.#lives = 0;
    this.#host = this.#boot();
    this.#inputs = new Map();
    this.values = new Map();
    this.#locks = new Map();
    this.executed = [];
    this.sent = new Map();
    this.isSilent = false;
    this.garbage = undefined;
  }

  /** Comes back without its connections. The data stays, as on a disk. */
  reboot(): void {
    this.#host = this.#boot();
    this.#inputs.clear();
  }

  handleFrame(bytes: Uint8Array, now: VirtualTime): void {
    this.#host.handleFrame(bytes, now);
    this.#serve(now);
  }

  handleDeadline(now: VirtualTime): void {
    this.#host.handleDeadline(now);
    this.#serve(now);
  }

  nextDeadline(): VirtualTime {
    return this.#host.nextDeadline();
  }

  takeFrames(): readonly Frame[] {
    return this.#host.takeFrames();
  }

  #boot(): IpHost {
    this.#lives += 1;
    const host = new IpHost(this.#prng.fork(`life-${this.#lives}`), {
      mac: parseMac("02:00:00:00:00:10"),
      address: SERVICE.address,
      profile: INTERNET,
    });
    host.listen(SERVICE.port);
    return host;
  }

  #serve(now: VirtualTime): void {
    for (const { id, kind } of this.#host.takeEvents()) {
      if (kind !== "readable") continue;
      const old = this.#inputs.get(id) ?? new Uint8Array(0);
      const input = Uint8Array.of(...old, ...this.#host.read(id, READ_SIZE, now));
      this.#inputs.set(id, this.#run(id, input, now));
    }
  }

  /** Executes all whole commands; gives back what is left. */
  #run(id: ConnectionId, input: Uint8Array, now: VirtualTime): Uint8Array {
    let rest = input;
    for (;;) {
      const parsed = parseCommand(rest);
      if (parsed === undefined) return rest;
      rest = rest.subarray(parsed.size);
      if (this.isSilent) continue;
      const reply = utf8Encode(this.garbage ?? this.#execute(parsed.parts, now));
      const endpoints = this.#host.endpoints(id);
      if (endpoints === undefined) continue;
      const port = `${endpoints.remote.address}:${endpoints.remote.port}`;
      this.sent.set(port, [...(this.sent.get(port) ?? []), reply]);
      this.#host.send(id, reply, now);
    }
  }

  #execute(parts: readonly string[], now: VirtualTime): string {
    this.executed.push(parts.join(" "));
    const [name, key = "", value = ""] = parts;
    const current = this.values.get(key);
    switch (name) {
      case "PING":
        return "+PONG\r\n";
      case "SET":
        this.values.set(key, value);
        return "+OK\r\n";
      case "GET":
        return current === undefined ? "$-1\r\n" : `$${current.length}\r\n${current}\r\n`;
      case "INCR": {
        const next = Number(current ?? "0") + 1;
        this.values.set(key, `${next}`);
        return `:${next}\r\n`;
      }
      case "DEL":
        return `:${this.values.delete(key) ? 1 : 0}\r\n`;
      case "LOCK": {
        const held = this.#locks.get(key);
        if (held !== undefined && held.until > now && held.owner !== value)
          return `-HELD ${held.owner}\r\n`;
        const until = (now + Number(parts[3]) * 1_000_000) as VirtualTime;
        this.#locks.set(key, { owner: value, until });
        return "+OK\r\n";
      }
      case "UNLOCK":
        if (this.#locks.get(key)?.owner !== value) return ":0\r\n";
        this.#locks.delete(key);
        return ":1\r\n";
      default:
        return `-ERR unknown command '${name}'\r\n`;
    }
  }
}

function parseCommand(bytes: Uint8Array): { parts: string[]; size: number } | undefined {
  const text = utf8Decode(bytes);
  const header = /^\*(\d+)\r\n/.exec(text);
  if (header === null) return undefined;
  let at = header[0].length;
  const parts: string[] = [];
  for (let i = 0; i < Number(header[1]); i++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 16));
    if (size === null) return undefined;
    const start = at + size[0].length;
    const end = start + Number(size[1]);
    if (text.length < end + 2) return undefined;
    parts.push(text.slice(start, end));
    at = end + 2;
  }
  return { parts, size: at };
}
