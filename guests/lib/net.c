// From frames to IP payloads and back.  Fragments and IP options of others are
// not supported (a fragment is dropped, options are skipped); nothing here is
// routed, a reply goes to the Ethernet address its sender used.  Malformed
// input is dropped without a word.
#include "net.h"

#include <stdbool.h>

#include "arp.h"
#include "bytes.h"
#include "checksum.h"
#include "string.h"
#include "tcp.h"
#include "udp.h"
#include "virtio-net.h"

#define ETHERNET_HEADER 14u
#define ETHERTYPE_IP 0x0800u
#define ETHERTYPE_ARP 0x0806u
#define ARP_LENGTH 28u
#define ARP_REQUEST 1u
#define ARP_REPLY 2u
#define IP_HEADER 20u
#define IP_TTL 64u
#define IP_DONT_FRAGMENT 0x4000u
#define ICMP_ECHO_REQUEST 8u
#define ICMP_HEADER 8u

static uint8_t own_mac[6];
static uint32_t own_ip;
static uint16_t next_ip_id = 1;

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

void net_open(uint32_t address) {
    own_ip = address;
    vnet_open(own_mac);
}

uint32_t ip_address(void) { return own_ip; }

static void write_ethernet(uint8_t *frame, const uint8_t *to, uint16_t type) {
    memcpy(frame, to, 6);
    memcpy(frame + 6, own_mac, 6);
    store_be16(frame + 12, type);
}

static void send_arp(uint16_t operation, const uint8_t *to_mac, uint32_t to_ip) {
    uint8_t *frame = vnet_frame();
    if (frame == NULL) return;
    write_ethernet(frame, to_mac, ETHERTYPE_ARP);
    uint8_t *arp = frame + ETHERNET_HEADER;
    store_be16(arp, 1);
    store_be16(arp + 2, ETHERTYPE_IP);
    arp[4] = 6;
    arp[5] = 4;
    store_be16(arp + 6, operation);
    memcpy(arp + 8, own_mac, 6);
    store_be32(arp + 14, own_ip);
    memcpy(arp + 18, to_mac, 6);
    store_be32(arp + 24, to_ip);
    vnet_send(ETHERNET_HEADER + ARP_LENGTH);
}

static void arp_input(const uint8_t *arp, size_t length) {
    if (length < ARP_LENGTH || load_be16(arp) != 1 || load_be16(arp + 2) != ETHERTYPE_IP ||
        arp[4] != 6 || arp[5] != 4) {
        return;
    }
    uint32_t sender = load_be32(arp + 14);
    if (load_be32(arp + 24) != own_ip || sender == own_ip) return;
    arp_learn(sender, arp + 8);
    if (load_be16(arp + 6) == ARP_REQUEST) send_arp(ARP_REPLY, arp + 8, sender);
}

uint8_t *ip_begin(void) {
    uint8_t *frame = vnet_frame();
    return frame == NULL ? NULL : frame + ETHERNET_HEADER + IP_HEADER;
}

void ip_end(uint32_t to, uint8_t protocol, size_t length) {
    const uint8_t *mac = arp_find(to);
    if (mac == NULL) {
        // The neighbour table forgot our peer.  This packet is lost; the answer
        // to the question lets its retransmission through.
        send_arp(ARP_REQUEST, broadcast, to);
        return;
    }
    uint8_t *frame = vnet_frame();
    write_ethernet(frame, mac, ETHERTYPE_IP);
    uint8_t *ip = frame + ETHERNET_HEADER;
    ip[0] = 0x45;
    ip[1] = 0;
    store_be16(ip + 2, (uint16_t)(IP_HEADER + length));
    store_be16(ip + 4, next_ip_id++);
    store_be16(ip + 6, IP_DONT_FRAGMENT);
    ip[8] = IP_TTL;
    ip[9] = protocol;
    store_be16(ip + 10, 0);
    store_be32(ip + 12, own_ip);
    store_be32(ip + 16, to);
    checksum_store(ip + 10, checksum_add(0, ip, IP_HEADER));
    vnet_send(ETHERNET_HEADER + IP_HEADER + length);
}

static void icmp_input(uint32_t from, const uint8_t *message, size_t length) {
    if (length < ICMP_HEADER || message[0] != ICMP_ECHO_REQUEST || message[1] != 0) return;
    if (!checksum_is_valid(checksum_add(0, message, length))) return;
    uint8_t *reply = ip_begin();
    if (reply == NULL) return;
    memcpy(reply, message, length);
    reply[0] = 0;
    store_be16(reply + 2, 0);
    checksum_store(reply + 2, checksum_add(0, reply, length));
    ip_end(from, IP_PROTOCOL_ICMP, length);
}

static bool ip_is_acceptable(const uint8_t *ip, size_t length) {
    if (length < IP_HEADER || ip[0] >> 4 != 4) return false;
    size_t header = (ip[0] & 15u) * 4u;
    size_t total = load_be16(ip + 2);
    if (header < IP_HEADER || total < header || total > length) return false;
    bool is_fragment = (load_be16(ip + 6) & 0x3fff) != 0;
    return !is_fragment && load_be32(ip + 16) == own_ip &&
           checksum_is_valid(checksum_add(0, ip, header));
}

static void ip_input(const uint8_t *frame, size_t length) {
    const uint8_t *ip = frame + ETHERNET_HEADER;
    if (!ip_is_acceptable(ip, length - ETHERNET_HEADER)) return;
    uint32_t from = load_be32(ip + 12);
    if (from == own_ip) return;
    arp_learn(from, frame + 6);
    size_t header = (ip[0] & 15u) * 4u;
    const uint8_t *payload = ip + header;
    size_t payload_length = load_be16(ip + 2) - header;
    if (ip[9] == IP_PROTOCOL_ICMP) icmp_input(from, payload, payload_length);
    if (ip[9] == IP_PROTOCOL_TCP) tcp_input(from, payload, payload_length);
#ifdef GUEST_USES_UDP
    if (ip[9] == IP_PROTOCOL_UDP) udp_input(from, payload, payload_length);
#endif
}

static void frame_input(const uint8_t *frame, size_t length) {
    if (length < ETHERNET_HEADER) return;
    uint16_t type = load_be16(frame + 12);
    if (type == ETHERTYPE_IP) ip_input(frame, length);
    if (type == ETHERTYPE_ARP) arp_input(frame + ETHERNET_HEADER, length - ETHERNET_HEADER);
}

void net_poll(void) { vnet_poll(frame_input); }
