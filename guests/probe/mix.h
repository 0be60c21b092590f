// Two small functions that clients compute too (src/workload/probe-bytes.ts):
// a running checksum (FNV-1a) and a stream of pseudo-random words (xorshift32).
#ifndef MIX_H
#define MIX_H

#include <stddef.h>
#include <stdint.h>

#define SUM_START 2166136261u

static inline uint32_t sum_byte(uint32_t sum, uint8_t byte) {
    return (sum ^ byte) * 16777619u;
}

static inline uint32_t sum_bytes(uint32_t sum, const uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) sum = sum_byte(sum, data[i]);
    return sum;
}

// Mixes a whole word into what was observed so far.
static inline uint64_t observe(uint64_t seen, uint64_t word) {
    seen = (seen ^ word) * 0xd6e8feb86659fd93ull;
    return seen ^ seen >> 32;
}

static inline uint32_t pattern_start(uint32_t salt) {
    uint32_t state = salt * 2654435761u;
    return state == 0 ? 1 : state;
}

static inline uint32_t pattern_next(uint32_t state) {
    state ^= state << 13;
    state ^= state >> 17;
    return state ^ state << 5;
}

#endif
