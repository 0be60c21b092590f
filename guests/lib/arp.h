// Who has which Ethernet address.
#ifndef ARP_H
#define ARP_H

#include <stdint.h>

// Remembers the sender of something we received.
void arp_learn(uint32_t ip, const uint8_t *mac);

// The Ethernet address of an IP address, or NULL if unknown.
const uint8_t *arp_find(uint32_t ip);

#endif
