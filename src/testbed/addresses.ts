// Who has which address in a world. The VM's own addresses belong to the VM: they are the same on
// whichever host it runs.

import { formatMac, parseAddress } from "../net/address.ts";

/** The service network, 10.0.0.0/24. */
export const VM_MAC = 0x525400000001;
export const VM_ADDRESS: number = parseAddress("10.0.0.10");

export function clientMac(index: number): number {
  return 0x525400010000 + index;
}

export function clientAddress(index: number): number {
  return parseAddress("10.0.0.0") + 21 + index;
}

/** The log network, 10.1.0.0/24, and the heartbeat network, 10.2.0.0/24. */
export function hostAddress(wire: "log" | "hb", index: number): number {
  return parseAddress(wire === "log" ? "10.1.0.0" : "10.2.0.0") + 1 + index;
}

export function hostMac(wire: "log" | "hb", index: number): number {
  return (wire === "log" ? 0x525400020000 : 0x525400030000) + index;
}

/** Frames on a host's storage link have no switch to pass: any address does. */
export const STORAGE_MAC = 0x525400040000;

export function macName(mac: number): string {
  return formatMac(mac);
}
