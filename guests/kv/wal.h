// The write-ahead log: records are appended one after the other, written many
// at a time, and become durable strictly in order.
#ifndef WAL_H
#define WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

// Continues the log: the next record has this sequence number and goes to this
// sector of this half.
void wal_open(uint32_t half, uint64_t next_sequence, uint64_t next_sector);

// From now on records go to the start of the other half.  Only when idle.
void wal_enter_half(uint32_t half);

// False while too much is under way or the half has no room for a large record.
bool wal_can_append(void);
bool wal_half_is_full(void);

// True when everything appended is durable.
bool wal_is_idle(void);

struct wal_request {
    enum record_op op;
    struct bytes key;
    struct bytes value;
    uint64_t expiry;
    uint64_t time;
};

// Appends a record, applies it to the store and returns its sequence number.
uint64_t wal_append(const struct wal_request *request);

uint64_t wal_next_sequence(void);

// Every record up to this sequence number survives a crash.
uint64_t wal_durable(void);

// Starts what can be started.
void wal_poll(void);

#endif
