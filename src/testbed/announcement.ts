// The frame that tells the network where the VM is now: a gratuitous ARP with the VM's own addresses
// . Switches learn the port from its source, neighbours the mapping from its content.

import { encodeArp, ARP_REQUEST } from "../net/arp.ts";
import { MAC_BROADCAST, type Frame } from "../net/address.ts";
import { encodeEthernet, ETHERTYPE_ARP } from "../net/ethernet.ts";
import { VM_ADDRESS, VM_MAC } from "./addresses.ts";

export function announcementFrame(): Frame {
  const payload = encodeArp({
    operation: ARP_REQUEST,
    senderMac: VM_MAC,
    senderAddress: VM_ADDRESS,
    targetMac: 0,
    targetAddress: VM_ADDRESS,
  });
  const bytes = encodeEthernet({
    destination: MAC_BROADCAST,
    source: VM_MAC,
    etherType: ETHERTYPE_ARP,
    payload,
  });
  return { bytes, source: VM_MAC, destination: MAC_BROADCAST };
}
