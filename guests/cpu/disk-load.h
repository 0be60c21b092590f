// Disk traffic at a rate, begun at ticks and never waited for.
#ifndef DISK_LOAD_H
#define DISK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_LOAD_SECTORS_MAX 128u

struct disk_rate {
    uint32_t per_second;
    uint32_t sectors;
};

// False when a rate is out of range; then nothing has changed.
bool disk_load_set(struct disk_rate reads, struct disk_rate writes);

// Begins what this tick is to begin. What finds no free buffer is not begun.
void disk_load_tick(uint32_t hz);

#endif
