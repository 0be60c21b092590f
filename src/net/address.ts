// Addresses as numbers (an IPv4 address is a uint32, a MAC a 48-bit safe integer): map keys, and
// the opaque addresses that a frame carries beside its bytes for the switch.

import { assert } from "../base/assert.ts";

export interface Endpoint {
  readonly address: number;
  readonly port: number;
}

/** A frame as the simulated network carries it. */
export interface Frame {
  readonly destination: number;
  readonly source: number;
  readonly bytes: Uint8Array;
}

export const MAC_BROADCAST: number = 0xffffffffffff;

/** "10.0.0.10" to a number; a malformed text is a programmer error. */
export function parseAddress(text: string): number {
  const parts = text.split(".");
  assert(parts.length === 4, () => `not an IPv4 address: ${text}`);
  let address = 0;
  for (const part of parts) {
    const octet = Number.parseInt(part, 10);
    assert(
      octet >= 0 && octet <= 255 && String(octet) === part,
      () => `not an IPv4 address: ${text}`,
    );
    address = address * 256 + octet;
  }
  return address;
}

export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export function formatEndpoint(endpoint: Endpoint): string {
  return `${formatAddress(endpoint.address)}:${endpoint.port}`;
}

/** "52:54:00:12:34:56" to a number. */
export function parseMac(text: string): number {
  const parts = text.split(":");
  assert(parts.length === 6, () => `not a MAC address: ${text}`);
  let mac = 0;
  for (const part of parts) {
    assert(/^[0-9a-fA-F]{2}$/.test(part), () => `not a MAC address: ${text}`);
    mac = mac * 256 + Number.parseInt(part, 16);
  }
  return mac;
}

export function formatMac(mac: number): string {
  const parts: string[] = [];
  for (const octet of macToBytes(mac)) parts.push(octet.toString(16).padStart(2, "0"));
  return parts.join(":");
}

export function macToBytes(mac: number): Uint8Array {
  const high = Math.floor(mac / 4294967296);
  const bytes = new Uint8Array(6);
  bytes[0] = high >>> 8;
  bytes[1] = high;
  for (let index = 0; index < 4; index++) bytes[2 + index] = mac >>> (24 - 8 * index);
  return bytes;
}

/** The group bit: broadcast and multicast. */
export function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 1099511627776) & 1) === 1;
}
