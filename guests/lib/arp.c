// A small table of neighbours.  The guest only ever answers, so the sender of
// the last packet is all it needs to know; entries do not age because every
// packet from a neighbour refreshes its own.  A full table forgets the entry
// that was learned longest ago.
#include "arp.h"

#include <stddef.h>

#include "string.h"

// A guest may ask for more: neighbours in its guest.json.
#ifndef NEIGHBOURS
#define NEIGHBOURS 32u
#endif

static struct {
    uint32_t ip;
    uint8_t mac[6];
} table[NEIGHBOURS];

static uint32_t next_victim;

static uint32_t find_index(uint32_t ip) {
    uint32_t i = 0;
    while (i < NEIGHBOURS && table[i].ip != ip) i++;
    return i;
}

void arp_learn(uint32_t ip, const uint8_t *mac) {
    if (ip == 0) return;  // 0 marks a free entry
    uint32_t i = find_index(ip);
    if (i == NEIGHBOURS) {
        i = next_victim;
        next_victim = (next_victim + 1) % NEIGHBOURS;
        table[i].ip = ip;
    }
    memcpy(table[i].mac, mac, 6);
}

const uint8_t *arp_find(uint32_t ip) {
    uint32_t i = ip == 0 ? NEIGHBOURS : find_index(ip);
    return i == NEIGHBOURS ? NULL : table[i].mac;
}
