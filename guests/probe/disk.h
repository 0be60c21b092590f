// The disk as the commands use it: several requests in flight, then a wait, and
// sectors whose content says who wrote them (src/workload/probe-disk.ts reads
// them back).
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio-blk.h"

// First sectors of the areas; a slot of the one has 4 sectors, of the other 8.
#define OVERLAP_AREA 64u
#define OVERLAP_SECTORS 4u
#define SPIN_AREA 1024u
#define SPIN_SECTORS 8u
#define SLOTS 64u

// A batch of requests in flight.  `order` grows by one hexadecimal digit for
// each completion: the number of the request in the batch, from 1.
struct batch {
    uint32_t issued, completed;
    uint64_t order;
    bool failed;
};

void batch_begin(struct batch *batch);

// Queues a request; the device sees it at batch_wait or blk_kick.
void batch_add(struct batch *batch, enum blk_kind kind, uint64_t sector, void *buffer,
               uint32_t sectors);

// Sleeps until all are completed.
void batch_wait(struct batch *batch);

static inline bool batch_is_done(const volatile struct batch *batch) {
    return batch->completed == batch->issued;
}

// Who wrote a sector: of a slot, in which operation (its salt), in which of its
// writes.  All zero is a sector that nobody has written.
struct mark {
    uint32_t slot, salt, write;
};

void sector_fill(uint8_t *sector, struct mark mark);

// False when the sector is neither zero nor, to the last byte, what its head says.
bool sector_read(const uint8_t *sector, struct mark *mark);

#endif
