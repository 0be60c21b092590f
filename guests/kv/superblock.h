// Sector 0: where the log is.
#ifndef SUPERBLOCK_H
#define SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct superblock {
    uint32_t magic;
    uint32_t crc;  // of the bytes from offset 8 to the end of this structure
    uint32_t version;
    uint32_t active_half;     // 0 or 1
    uint64_t first_sequence;  // of the first record in the active half
    uint64_t log_start;       // first sector of half 0
    uint64_t half_sectors;
    uint32_t life;       // counts boots
    uint32_t half_life;  // the life in which the active half was begun
};

// Reads sector 0; on a fresh disk (all zero) lays out a new one.  Then begins a
// new life and makes that durable.  Panics on a damaged superblock.  For boot.
void superblock_open(void);

const struct superblock *superblock(void);
uint64_t superblock_half_start(uint32_t half);

// Declares the other half active; `done` is called when that is durable.
void superblock_switch(uint64_t first_sequence, void (*done)(void));

// Goes on with a switch that had to wait for a free block request.
void superblock_poll(void);

#endif
