// "inc" counts.  "peek" and four bytes is answered with the byte at that address:
// the bug that every such service has had once is that the address is believed.
#include "datagram.h"

#include "bytes.h"
#include "reply.h"
#include "string.h"
#include "udp.h"

static uint64_t counted;

static void peek(struct udp_peer from, const uint8_t *address) {
    uint8_t byte = *(const volatile uint8_t *)(uintptr_t)load_be32(address);
    udp_send(from, &byte, 1);
}

static void arrived(struct udp_peer from, const uint8_t *data, size_t length) {
    if (length == 3 && memcmp(data, "inc", 3) == 0) {
        uint8_t text[20];
        udp_send(from, text, format_number(text, ++counted));
    } else if (length == 8 && memcmp(data, "peek", 4) == 0) {
        peek(from, data + 4);
    }
}

void datagrams_open(uint16_t port) { udp_open(port, arrived); }
