// CRC-32 (IEEE 802.3, reflected, polynomial 0xedb88320), eight bytes per step:
// steps[k][b] is the effect of byte b when k more bytes follow it in the group.
#include "crc32.h"

#define POLYNOMIAL 0xedb88320u
#define GROUP 8u

typedef uint64_t __attribute__((may_alias)) word;

static uint32_t steps[GROUP][256];

void crc32_prepare(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (uint32_t bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        steps[0][byte] = crc;
    }
    for (uint32_t k = 1; k < GROUP; k++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t before = steps[k - 1][byte];
            steps[k][byte] = before >> 8 ^ steps[0][before & 0xff];
        }
    }
}

uint32_t crc32(const uint8_t *data, size_t length) {
    uint32_t crc = 0xffffffffu;
    for (; length >= GROUP; length -= GROUP, data += GROUP) {
        uint64_t group = *(const word *)data ^ crc;
        crc = 0;
#pragma GCC unroll 8
        for (uint32_t k = 0; k < GROUP; k++) {
            crc ^= steps[GROUP - 1 - k][group >> 8 * k & 0xff];
        }
    }
    while (length-- > 0) crc = crc >> 8 ^ steps[0][(crc ^ *data++) & 0xff];
    return ~crc;
}
