// What a link carries: opaque bytes, and beside them the two addresses by which a switch learns and
// forwards (numbers, so that the simulator needs to know no wire format).

export interface Packet {
  readonly bytes: Uint8Array;
  /** The sender's link-layer address. */
  readonly source: number;
  /** BROADCAST, or the receiver's link-layer address. */
  readonly destination: number;
}

/** ff:ff:ff:ff:ff:ff as a number. */
export const BROADCAST = 0xffffffffffff;
