// Asynchronous block device.
#ifndef VIRTIO_BLK_H
#define VIRTIO_BLK_H

#include <stdbool.h>
#include <stdint.h>

#define SECTOR_SIZE 512u

enum blk_kind { BLK_READ = 0, BLK_WRITE = 1, BLK_FLUSH = 4 };

struct blk_request {
    enum blk_kind kind;
    uint64_t sector;
    void *buffer;     // belongs to the device until done is called
    uint32_t length;  // bytes, a multiple of SECTOR_SIZE
    void (*done)(void *context, bool ok);
    void *context;
};

void blk_open(void);
uint32_t blk_event(void);
uint64_t blk_capacity_sectors(void);

// True when a completed write may still be in a volatile cache of the device,
// so that only a completed BLK_FLUSH makes it durable.
bool blk_needs_flush(void);

// Queues a request; false when all slots are taken (try again after blk_poll).
bool blk_submit(const struct blk_request *request);

// Shows the requests queued since the last call to the device.
void blk_kick(void);

// Calls `done` of every completed request.
void blk_poll(void);

// One request, waiting for it; for boot only.
bool blk_wait(enum blk_kind kind, uint64_t sector, void *buffer, uint32_t length);

#endif
