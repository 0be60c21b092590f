// The Internet checksum.  Ones' complement sums do not depend on byte order as
// long as the result is stored in the order it was summed in, so the words are
// added as the (little-endian) machine loads them, four bytes at a time.
#include "checksum.h"

#include "bytes.h"

typedef uint32_t __attribute__((may_alias)) word32;
typedef uint16_t __attribute__((may_alias)) word16;

uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t length) {
    if (((uintptr_t)data & 2) != 0 && length >= 2) {
        sum += *(const word16 *)data;
        data += 2;
        length -= 2;
    }
    const word32 *words = (const word32 *)data;
    for (; length >= 16; length -= 16, words += 4) {
        sum += (uint64_t)words[0] + words[1] + words[2] + words[3];
    }
    for (; length >= 4; length -= 4) sum += *words++;
    data = (const uint8_t *)words;
    if (length >= 2) {
        sum += *(const word16 *)data;
        data += 2;
        length -= 2;
    }
    if (length > 0) sum += *data;
    return sum;
}

uint64_t checksum_pseudo(uint32_t from, uint32_t to, uint8_t protocol, size_t length) {
    _Alignas(4) uint8_t header[12];
    store_be32(header, from);
    store_be32(header + 4, to);
    store_be16(header + 8, protocol);
    store_be16(header + 10, (uint16_t)length);
    return checksum_add(0, header, sizeof header);
}

static uint16_t fold(uint64_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

void checksum_store(uint8_t *field, uint64_t sum) {
    uint16_t value = (uint16_t)~fold(sum);
    field[0] = (uint8_t)value;
    field[1] = (uint8_t)(value >> 8);
}

int checksum_is_valid(uint64_t sum) { return fold(sum) == 0xffff; }
