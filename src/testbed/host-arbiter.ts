// A host's way to the arbiter of its scenario: the shared storage itself, a third-party
// server, or the votes of the cluster's nodes. Where the arbiter is not the storage but the disk is
// shared, whoever the arbiter has chosen takes the storage's record too: that is what fences the other
// one off the disk (H-1), and the protocol hears "won" only then. Where each host has its own disk the
// arbiter's word is all there is.

import type { Effect, Input } from "../ft/protocol.ts";
import { decodeVote, encodeVote, type Question, type VoteMessage } from "../ft/vote-message.ts";
import { answerOf, type Voter, type VoterAnswer, type VoterSnapshot } from "../ft/voter.ts";
import type { Kernel, SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload, Network } from "../sim/network.ts";
import { decodeReply, type StorageBody, type StorageReply } from "../sim/storage-wire.ts";
import { STORAGE_MAC } from "./addresses.ts";
import type { Emit } from "./host-facts.ts";
import { storageInput } from "./host-inputs.ts";
import type { HostParts } from "./host-parts.ts";
import type { InitiatorSnapshot, StorageInitiator } from "./storage-initiator.ts";
import { ARBITER, senderOf, WIRE_ARBITER, WIRE_VOTE } from "./wires.ts";

export type ArbiterKind = "storage" | "third-party" | "majority";
export type ArbiterEffect = Extract<Effect, { kind: "test-and-set" | "open" | "inquire" }>;

interface HostArbiterOptions {
  readonly kind: ArbiterKind;
  readonly name: string;
  readonly kernel: Kernel;
  readonly network: Network;
  readonly emit: Emit;
  /** Of the third party's commands. */
  readonly initiator: StorageInitiator;
  readonly voter: Voter;
  /** All nodes of the cluster but this one. */
  readonly others: readonly string[];
  /** No shared storage has a record of the VM: the arbiter's is it. */
  readonly isRecord: boolean;
}

export interface HostArbiterSnapshot {
  readonly initiator: InitiatorSnapshot;
  readonly voter: VoterSnapshot;
  readonly told: readonly string[];
}

/** What is to be done next: an answer for the protocol, or a request to the storage. */
export type ArbiterStep =
  | { readonly kind: "input"; readonly input: Input }
  | { readonly kind: "storage"; readonly body: StorageBody };

export class HostArbiter {
  readonly #options: HostArbiterOptions;
  /** What of its own votes' outcomes was told as the record's: a repetition is no second one. */
  #told: Set<string>;

  constructor(options: HostArbiterOptions) {
    this.#options = options;
    this.#told = new Set();
  }

  ask(effect: ArbiterEffect): readonly ArbiterStep[] {
    const { kind, name, initiator, kernel, voter } = this.#options;
    const body = bodyOf(effect, name);
    if (kind === "storage") return [{ kind: "storage", body }];
    if (kind === "third-party") {
      const bytes = initiator.issue(body, { generation: 0, owner: name }, kernel.now);
      this.#send(WIRE_ARBITER, ARBITER, bytes);
      return [];
    }
    if (effect.kind === "inquire") {
      this.#broadcast({ kind: "inquire" });
      return this.#follow(voter.inquire());
    }
    const question = questionOf(effect, name);
    this.#broadcast({ kind: "ask", question });
    const answers = voter.ask(question);
    this.#voted(question, voter.vote(question));
    return this.#follow(answers);
  }

  /** Whether a packet on this link is for it. */
  takes(link: string): boolean {
    return link.startsWith(`${WIRE_VOTE}:`) || link.startsWith(`${WIRE_ARBITER}:`);
  }

  arrive(link: string, from: string, bytes: Uint8Array): readonly ArbiterStep[] {
    if (link.startsWith(`${WIRE_ARBITER}:`)) {
      const reply = decodeReply(bytes);
      return reply === undefined ? [] : this.#handleReply(reply);
    }
    const message = decodeVote(bytes);
    if (message === undefined) return [];
    const { voter } = this.#options;
    const answer = answerOf(voter, message);
    if (answer !== undefined) this.#send(WIRE_VOTE, from, encodeVote(answer));
    if (answer?.kind === "vote") this.#voted(answer.question, answer.isGranted);
    if (message.kind === "ask") return this.#follow(voter.tellGivenUp(message.question));
    if (message.kind === "given-up") voter.giveUp(message.generation, from);
    if (message.kind === "vote")
      return this.#follow(voter.count(message.question, from, message.isGranted));
    return message.kind === "record" ? this.#follow(voter.hear(from, message.record)) : [];
  }

  /** The host has another life: what it asked is forgotten. */
  restart(session: number): void {
    this.#options.initiator.restart(session);
    this.#options.voter.restart();
  }

  snapshot(): HostArbiterSnapshot {
    const { initiator, voter } = this.#options;
    const told = [...this.#told];
    return { initiator: initiator.snapshot(), voter: voter.snapshot(), told };
  }

  restore(snapshot: HostArbiterSnapshot): void {
    this.#options.initiator.restore(snapshot.initiator);
    this.#options.voter.restore(snapshot.voter);
    this.#told = new Set(snapshot.told);
  }

  #handleReply(reply: StorageReply): readonly ArbiterStep[] {
    const command = this.#options.initiator.settle(reply);
    if (command === undefined) return [];
    const isHalf = reply.status === "won" && !this.#options.isRecord;
    if (isHalf) return [{ kind: "storage", body: command.body }];
    const input = storageInput(command, reply);
    return input === undefined ? [] : [{ kind: "input", input }];
  }

  #follow(answers: readonly VoterAnswer[]): readonly ArbiterStep[] {
    return answers.flatMap((answer): readonly ArbiterStep[] => {
      if (answer.kind === "record")
        return [{ kind: "input", input: { kind: "record", ...answer.record } }];
      if (answer.kind === "given-up") {
        this.#broadcast(answer);
        return [];
      }
      const { question, isWon, votes } = answer;
      this.#answered(question, isWon, votes);
      if (this.#options.isRecord) this.#recorded(question, isWon);
      if (!isWon || this.#options.isRecord)
        return [{ kind: "input", input: answerInput(question, isWon ? "won" : "lost") }];
      return [{ kind: "storage", body: bodyOfQuestion(question) }];
    });
  }

  #broadcast(message: VoteMessage): void {
    const bytes = encodeVote(message);
    for (const other of this.#options.others) this.#send(WIRE_VOTE, other, bytes);
  }

  #send(wire: string, to: string, bytes: Uint8Array): void {
    const { network, name } = this.#options;
    network.send(wire, name, to, { bytes, source: STORAGE_MAC, destination: STORAGE_MAC });
  }

  #voted({ what, generation, candidate }: Question, isGranted: boolean): void {
    const { kernel, emit, name } = this.#options;
    emit({
      kind: "vote",
      witness: "world",
      time: kernel.now,
      node: name,
      what,
      generation,
      candidate,
      isGranted,
    });
  }

  /** What a storage's record would say, where the votes are the record. */
  #recorded(question: Question, isWon: boolean): void {
    const { kernel, emit } = this.#options;
    const { generation, candidate } = question;
    const key = `${question.what} ${generation} ${candidate}`;
    const isFirst = isWon && !this.#told.has(key);
    if (isWon) this.#told.add(key);
    const about = {
      witness: "world",
      time: kernel.now,
      generation,
      result: isWon ? "won" : "lost",
    } as const;
    if (question.what === "flag")
      emit({ ...about, kind: "test-and-set", owner: candidate, isFirst });
    else {
      const { primary, backup } = question;
      emit({ ...about, kind: "open-generation", opener: candidate, primary, backup });
    }
  }

  #answered({ what, generation, candidate }: Question, isWon: boolean, votes: number): void {
    const { kernel, emit } = this.#options;
    emit({
      kind: "arbiter-answer",
      witness: "world",
      time: kernel.now,
      arbiter: "majority",
      what,
      generation,
      owner: candidate,
      votes,
      result: isWon ? "won" : "lost",
    });
  }
}

export function arrivalAt(
  { arbiter }: HostParts,
  { link }: ArrivePayload,
  bytes: Uint8Array,
): readonly ArbiterStep[] {
  return arbiter.arrive(link, senderOf(link), bytes);
}

/**
 * A host without a VM is a node of the cluster still: it votes. What the arbiter's messages came to;
 * undefined where it was none of them.
 */
export function stepsOfIdle(parts: HostParts, event: SimEvent): readonly ArbiterStep[] | undefined {
  if (event.kind !== "arrive") return undefined;
  const payload = event.payload as ArrivePayload;
  if (!parts.arbiter.takes(payload.link)) return undefined;
  const packet = parts.network.receive(payload);
  return packet === undefined ? [] : arrivalAt(parts, payload, packet.bytes);
}

function bodyOf(effect: ArbiterEffect, name: string): StorageBody {
  switch (effect.kind) {
    case "test-and-set":
      return { kind: "test-and-set", generation: effect.generation, owner: name };
    case "open": {
      const { generation, primary, backup } = effect;
      return { kind: "open", generation, primary, backup };
    }
    case "inquire":
      return { kind: "inquire" };
  }
}

function questionOf(effect: Exclude<ArbiterEffect, { kind: "inquire" }>, name: string): Question {
  const { generation } = effect;
  if (effect.kind === "test-and-set") return { what: "flag", generation, candidate: name };
  return {
    what: "open",
    generation,
    candidate: name,
    primary: effect.primary,
    backup: effect.backup,
  };
}

function bodyOfQuestion(question: Question): StorageBody {
  const { generation, candidate } = question;
  if (question.what === "flag") return { kind: "test-and-set", generation, owner: candidate };
  return { kind: "open", generation, primary: question.primary, backup: question.backup };
}

function answerInput({ what, generation }: Question, result: "won" | "lost"): Input {
  return what === "flag"
    ? { kind: "test-and-set", generation, result }
    : { kind: "opened", generation, result };
}
