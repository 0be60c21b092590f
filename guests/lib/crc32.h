// CRC-32 as used by Ethernet, gzip and many more.
#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

// Must be called once before crc32.
void crc32_prepare(void);

// `data` must be 8-byte aligned.
uint32_t crc32(const uint8_t *data, size_t length);

#endif
