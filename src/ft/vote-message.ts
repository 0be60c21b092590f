// What the nodes of a cluster say to each other about who has the VM, as datagrams: they may
// be lost or come twice, and are asked for again.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";

/** What is decided: the flag of a generation, or who belongs to the next one (D11). */
export type Question =
  | { readonly what: "flag"; readonly generation: number; readonly candidate: string }
  | {
      readonly what: "open";
      readonly generation: number;
      readonly candidate: string;
      readonly primary: string;
      readonly backup: string;
    };

/** What a voter remembers, as an inquiry is answered; "" where it has decided nothing. */
export interface VoterRecord {
  readonly generation: number;
  readonly primary: string;
  readonly backup: string;
  readonly winner: string;
}

export type VoteMessage =
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "vote"; readonly question: Question; readonly isGranted: boolean }
  | { readonly kind: "inquire" }
  | { readonly kind: "record"; readonly record: VoterRecord }
  /** Its sender has lost the flag of this generation. */
  | { readonly kind: "given-up"; readonly generation: number };

const KINDS = ["ask", "vote", "inquire", "record", "given-up"] as const;

export function encodeVote(message: VoteMessage): Uint8Array {
  const out = new ByteWriter(64);
  out.u8(KINDS.indexOf(message.kind));
  if (message.kind === "ask") writeQuestion(out, message.question);
  else if (message.kind === "vote")
    writeQuestion(out.u8(message.isGranted ? 1 : 0), message.question);
  else if (message.kind === "record") {
    const { generation, primary, backup, winner } = message.record;
    out.u32(generation).text(primary).text(backup).text(winner);
  } else if (message.kind === "given-up") out.u32(message.generation);
  return out.u32(crc32(out.written(0))).finish();
}

/** Undefined when the bytes are damaged. */
export function decodeVote(bytes: Uint8Array): VoteMessage | undefined {
  if (bytes.length < 5) return undefined;
  const body = bytes.subarray(0, bytes.length - 4);
  if (crc32(body) !== new ByteReader(bytes.subarray(bytes.length - 4)).u32()) return undefined;
  const input = new ByteReader(body);
  const kind = KINDS[input.u8()];
  switch (kind) {
    case "ask":
      return { kind, question: readQuestion(input) };
    case "vote": {
      const isGranted = input.u8() === 1;
      return { kind, isGranted, question: readQuestion(input) };
    }
    case "inquire":
      return { kind };
    case "given-up":
      return { kind, generation: input.u32() };
    case "record": {
      const [generation, primary] = [input.u32(), input.text()];
      const record = { generation, primary, backup: input.text(), winner: input.text() };
      return { kind, record };
    }
    default:
      return undefined;
  }
}

function writeQuestion(out: ByteWriter, question: Question): void {
  out.u8(question.what === "flag" ? 0 : 1);
  out.u32(question.generation).text(question.candidate);
  if (question.what === "open") out.text(question.primary).text(question.backup);
}

function readQuestion(input: ByteReader): Question {
  const isFlag = input.u8() === 0;
  const [generation, candidate] = [input.u32(), input.text()];
  if (isFlag) return { what: "flag", generation, candidate };
  return { what: "open", generation, candidate, primary: input.text(), backup: input.text() };
}
