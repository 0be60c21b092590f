// UDP: one port, datagrams in and out.  Only in guests whose guest.json names a
// udpPort: build.sh then defines GUEST_USES_UDP and the IP layer calls udp_input.
#ifndef UDP_H
#define UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_PAYLOAD_MAX 1472u

struct udp_peer {
    uint32_t ip;
    uint16_t port;
};

// `arrived` is called for every datagram to this port; it may send at once.
void udp_open(uint16_t port,
              void (*arrived)(struct udp_peer from, const uint8_t *data, size_t length));

// False if all transmit frames are in use; the datagram is then lost.
bool udp_send(struct udp_peer to, const void *data, size_t length);

void udp_input(uint32_t from, const uint8_t *datagram, size_t length);

#endif
