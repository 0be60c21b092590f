// The Internet checksum (RFC 1071).
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// Adds the 16-bit words of a block to a running sum.  Every block of a sum but
// the last must have an even length; blocks must start at an even address.
uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t length);

// The sum of the pseudo header that TCP covers.
uint64_t checksum_pseudo(uint32_t from, uint32_t to, uint8_t protocol, size_t length);

// Folds a sum to the value that is stored, as bytes, in a checksum field.
void checksum_store(uint8_t *field, uint64_t sum);

// True if data that includes a checksum field sums up to a valid whole.
int checksum_is_valid(uint64_t sum);

#endif
