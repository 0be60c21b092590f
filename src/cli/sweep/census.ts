// Counts again, from what the unforked run stored, how often each kind of thing happened in a sweep's
// window: the check on the survey. It shares no code with the survey, nor with the codecs: it reads
// the lines of facts.jsonl and the blocks of frames.pcapng as they stand.

export interface CensusWindow {
  readonly from: number;
  readonly to: number;
}

export function takeCensus(
  factsText: string,
  capture: Uint8Array,
  window: CensusWindow,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (kind: string): void => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  for (const line of factsText.split("\n")) {
    if (line === "") continue;
    const fact = JSON.parse(line) as StoredFact;
    if (fact.kind === undefined || fact.time < window.from || fact.time > window.to) continue;
    const kind = nameOf(fact);
    if (kind !== undefined) add(kind);
  }
  for (const { name, time } of packets(capture))
    if (name.startsWith("log:") && time >= window.from && time <= window.to) add("send");
  return counts;
}

interface StoredFact {
  readonly kind?: string;
  readonly time: number;
  readonly outputClass?: string;
  readonly crossing?: string;
}

function nameOf(fact: StoredFact): string | undefined {
  switch (fact.kind) {
    case "log-append":
      return "append";
    case "log-buffered":
      return "store";
    case "log-ack-send":
      return "ack-send";
    case "log-ack-receive":
      return "ack-receive";
    case "output-hold":
      return "hold";
    case "release":
      return fact.outputClass === "disk" ? "disk-command" : "release";
    case "disk-issue":
      return "disk-command";
    case "disk-apply":
      return "disk-apply";
    case "crossing":
      return fact.crossing === "disk-done" ? "disk-completion" : undefined;
    case "suspect":
      return "suspect";
    case "test-and-set-request":
      return "tas-request";
    case "test-and-set":
      return "tas-apply";
    case "test-and-set-result":
      return "tas-reply";
    case "copy":
    case "state-put":
      return "copy";
    case "open-generation":
      return "open";
    case "operator":
      return "operator";
    case "role":
      return "role";
    default:
      return undefined;
  }
}

const INTERFACE = 1;
const PACKET = 6;
const NAME_OPTION = 2;

/** Little-endian, as this project writes them. */
function packets(capture: Uint8Array): readonly { readonly name: string; readonly time: number }[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  const names: string[] = [];
  const found: { name: string; time: number }[] = [];
  const isLittle = view.byteLength >= 12 && view.getUint32(8, true) === 0x1a2b3c4d;
  const word = (at: number): number => view.getUint32(at, isLittle);
  for (let at = 0; at + 12 <= capture.length; at += word(at + 4)) {
    if (word(at) === INTERFACE) {
      const option = view.getUint16(at + 16, isLittle);
      const length = view.getUint16(at + 18, isLittle);
      const text = capture.subarray(at + 20, at + 20 + length);
      names.push(option === NAME_OPTION ? new TextDecoder().decode(text) : "");
    } else if (word(at) === PACKET) {
      const time = word(at + 12) * 4_294_967_296 + word(at + 16);
      found.push({ name: names[word(at + 8)] ?? "", time });
    }
  }
  return found;
}
