// A walk through memory in an order that only its own results tell.
#include "work.h"

#define WORDS 131072u
#define STEPS 100u

static uint64_t memory[WORDS];
static uint64_t units;

void work_unit(void) {
    uint64_t x = units * 0x9e3779b97f4a7c15ull + 1;
    for (uint32_t i = 0; i < STEPS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        uint64_t *word = &memory[x % WORDS];
        x += *word;
        *word = x;
    }
    units++;
}

uint64_t work_done(void) { return units; }
