// Ethernet, ARP, IPv4 and ICMP echo for one static address.
#ifndef NET_H
#define NET_H

#include <stddef.h>
#include <stdint.h>

#define IP_PROTOCOL_ICMP 1u
#define IP_PROTOCOL_TCP 6u
#define IP_PROTOCOL_UDP 17u

void net_open(uint32_t address);

// Takes every received frame.
void net_poll(void);

// Our own address.
uint32_t ip_address(void);

// Room for an IP payload (up to 1480 bytes, 4-byte aligned), or NULL when
// all transmit frames are in use.
uint8_t *ip_begin(void);

// Sends the payload written since ip_begin.
void ip_end(uint32_t to, uint8_t protocol, size_t length);

#endif
