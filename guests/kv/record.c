// Encoding and decoding of log records.  The header's fields are naturally
// aligned and the machine is little-endian, as the format is, so a struct
// describes it exactly.  A record is only believed when its magic, its lengths
// and its checksum are right.
#include "record.h"

#include "crc32.h"
#include "string.h"

#define MAGIC 0x4c41574bu
#define CHECKSUM_FROM 8u

struct header {
    uint32_t magic;
    uint32_t crc;
    uint64_t sequence;
    uint64_t time;
    uint8_t op;
    uint8_t life;
    uint16_t key_length;
    uint32_t value_length;
    uint64_t expiry;
};

_Static_assert(sizeof(struct header) == RECORD_HEADER, "the log format has a 40 byte header");

static uint32_t total_length(uint32_t key_length, uint32_t value_length) {
    return RECORD_HEADER + key_length + value_length;
}

uint32_t record_sectors(uint32_t key_length, uint32_t value_length) {
    return (total_length(key_length, value_length) + SECTOR_SIZE - 1) / SECTOR_SIZE;
}

uint32_t record_encode(uint8_t *to, const struct record *r) {
    uint32_t length = total_length((uint32_t)r->key.length, (uint32_t)r->value.length);
    uint32_t sectors = record_sectors((uint32_t)r->key.length, (uint32_t)r->value.length);
    struct header *h = (struct header *)to;
    h->magic = MAGIC;
    h->sequence = r->sequence;
    h->time = r->time;
    h->op = r->op;
    h->life = r->life;
    h->key_length = (uint16_t)r->key.length;
    h->value_length = (uint32_t)r->value.length;
    h->expiry = r->expiry;
    memcpy(to + RECORD_HEADER, r->key.at, r->key.length);
    memcpy(to + RECORD_HEADER + r->key.length, r->value.at, r->value.length);
    memset(to + length, 0, sectors * SECTOR_SIZE - length);
    h->crc = crc32(to + CHECKSUM_FROM, length - CHECKSUM_FROM);
    return sectors;
}

bool record_decode(const uint8_t *from, uint32_t available, struct record *r) {
    const struct header *h = (const struct header *)from;
    if (available < RECORD_HEADER || h->magic != MAGIC) return false;
    if (h->key_length > KEY_MAX || h->value_length > VALUE_MAX) return false;
    uint32_t length = total_length(h->key_length, h->value_length);
    if (length > available) return false;
    if (h->crc != crc32(from + CHECKSUM_FROM, length - CHECKSUM_FROM)) return false;
    r->sequence = h->sequence;
    r->time = h->time;
    r->expiry = h->expiry;
    r->op = h->op;
    r->life = h->life;
    r->key = (struct bytes){from + RECORD_HEADER, h->key_length};
    r->value = (struct bytes){from + RECORD_HEADER + h->key_length, h->value_length};
    return true;
}
