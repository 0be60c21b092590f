// What a released frame carries, for facts: the checkers see sequence numbers and payload hashes,
// never bytes.

import { hashBytes } from "../base/digest.ts";
import type { SegmentSummary } from "../history/fact.ts";
import { formatEndpoint } from "../net/address.ts";
import { decodeEthernet, ETHERTYPE_IPV4 } from "../net/ethernet.ts";
import { decodeIpv4, PROTOCOL_TCP } from "../net/ipv4.ts";
import { ACK, decodeTcp, FIN, PSH, RST, SYN } from "../net/tcp-segment.ts";

const FLAGS: readonly (readonly [number, string])[] = [
  [SYN, "S"],
  [FIN, "F"],
  [RST, "R"],
  [PSH, "P"],
  [ACK, "."],
];

/** Null when the frame is not a TCP segment. */
export function summarizeFrame(bytes: Uint8Array): SegmentSummary | null {
  const frame = decodeEthernet(bytes);
  if (frame === undefined || frame.etherType !== ETHERTYPE_IPV4) return null;
  const packet = decodeIpv4(frame.payload);
  if (packet === undefined || packet.protocol !== PROTOCOL_TCP) return null;
  const segment = decodeTcp(packet.payload, packet);
  if (segment === undefined) return null;
  let flags = "";
  for (const [bit, letter] of FLAGS) if ((segment.flags & bit) !== 0) flags += letter;
  return {
    connection: formatEndpoint({ address: packet.destination, port: segment.destinationPort }),
    sequence: segment.sequence,
    length: segment.payload.length,
    payloadHash: hashBytes(segment.payload),
    flags,
  };
}
