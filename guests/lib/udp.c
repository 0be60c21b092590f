// UDP (RFC 768).  Nothing is kept: a datagram that is malformed, for another
// port, or for which there is no frame, is gone, and nobody is told.
#include "udp.h"

#include "bytes.h"
#include "checksum.h"
#include "net.h"
#include "string.h"

#define HEADER 8u

static uint16_t own_port;
static void (*handler)(struct udp_peer from, const uint8_t *data, size_t length);

void udp_open(uint16_t port,
              void (*arrived)(struct udp_peer from, const uint8_t *data, size_t length)) {
    own_port = port;
    handler = arrived;
}

void udp_input(uint32_t from, const uint8_t *datagram, size_t available) {
    if (handler == NULL || available < HEADER || load_be16(datagram + 2) != own_port) return;
    size_t length = load_be16(datagram + 4);
    if (length < HEADER || length > available) return;
    uint64_t sum = checksum_pseudo(from, ip_address(), IP_PROTOCOL_UDP, length);
    // A checksum of 0 means that the sender computed none.
    if (load_be16(datagram + 6) != 0 && !checksum_is_valid(checksum_add(sum, datagram, length))) {
        return;
    }
    struct udp_peer peer = {from, load_be16(datagram)};
    handler(peer, datagram + HEADER, length - HEADER);
}

bool udp_send(struct udp_peer to, const void *data, size_t length) {
    uint8_t *datagram = ip_begin();
    if (datagram == NULL || length > UDP_PAYLOAD_MAX) return false;
    store_be16(datagram, own_port);
    store_be16(datagram + 2, to.port);
    store_be16(datagram + 4, (uint16_t)(HEADER + length));
    store_be16(datagram + 6, 0);
    memcpy(datagram + HEADER, data, length);
    uint64_t sum = checksum_pseudo(ip_address(), to.ip, IP_PROTOCOL_UDP, HEADER + length);
    checksum_store(datagram + 6, checksum_add(sum, datagram, HEADER + length));
    // A computed 0 is sent as its other representation.
    if (load_be16(datagram + 6) == 0) store_be16(datagram + 6, 0xffff);
    ip_end(to.ip, IP_PROTOCOL_UDP, HEADER + length);
    return true;
}
