// One record of the log, as it lies on the disk.
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "limits.h"
#include "virtio-blk.h"

enum record_op { OP_SET = 1, OP_DEL = 2, OP_LOCK = 3, OP_UNLOCK = 4 };

struct record {
    uint64_t sequence;
    uint64_t time;    // guest milliseconds
    uint64_t expiry;  // OP_LOCK: end of the lease in guest milliseconds
    uint8_t op;
    uint8_t life;  // low byte of the boot that wrote it, see superblock.h
    struct bytes key;
    struct bytes value;
};

#define RECORD_HEADER 40u
#define RECORD_SECTORS_MAX ((RECORD_HEADER + KEY_MAX + VALUE_MAX + SECTOR_SIZE - 1) / SECTOR_SIZE)
#define RECORD_BYTES_MAX (RECORD_SECTORS_MAX * SECTOR_SIZE)

uint32_t record_sectors(uint32_t key_length, uint32_t value_length);

// Writes a record and zeroes the rest of its last sector; `to` must be 8-byte
// aligned and have room for the sectors of the record, whose number it returns.
uint32_t record_encode(uint8_t *to, const struct record *record);

// Reads the record that starts at `from` (8-byte aligned) if there is a sound
// one within `available` bytes.  Its key and value point into `from`.
bool record_decode(const uint8_t *from, uint32_t available, struct record *record);

#endif
