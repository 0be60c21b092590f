// virtio-blk: up to BLK_SLOTS requests in flight, completed in any order.  Slot
// i owns descriptors 3i..3i+2 (header, data, status), so there is no descriptor
// allocator.  A request's buffer must not be touched by anybody between
// blk_submit and its completion: the device may read or write it at any moment.
#include "virtio-blk.h"

#include "console.h"
#include "events.h"
#include "riscv.h"
#include "virtio.h"

#define BLK_QUEUE 64u
#define BLK_SLOTS (BLK_QUEUE / 3u)
#define FEATURE_FLUSH (1ull << 9)
#define STATUS_OK 0u

struct slot {
    struct {
        uint32_t type;
        uint32_t reserved;
        uint64_t sector;
    } header;
    volatile uint8_t status;
    struct blk_request request;
};

static struct virtio_device device;
static struct virtq queue;
static bool has_flush;
static struct slot slots[BLK_SLOTS];
static uint16_t idle[BLK_SLOTS];
static uint32_t idle_count;

void blk_open(void) {
    virtio_find(&device, VIRTIO_ID_BLOCK);
    has_flush = (virtio_negotiate(&device, FEATURE_FLUSH) & FEATURE_FLUSH) != 0;
    virtq_open(&queue, &device, 0, BLK_QUEUE, true);
    for (uint16_t i = 0; i < BLK_SLOTS; i++) {
        struct virtq_descriptor *desc = &queue.desc[3 * i];
        desc[0].address = (uintptr_t)&slots[i].header;
        desc[0].length = sizeof slots[i].header;
        desc[0].flags = VIRTQ_DESC_NEXT;
        desc[2].address = (uintptr_t)&slots[i].status;
        desc[2].length = 1;
        desc[2].flags = VIRTQ_DESC_WRITE;
        idle[idle_count++] = i;
    }
    virtio_start(&device);
}

uint32_t blk_event(void) { return 1u << device.irq; }

bool blk_needs_flush(void) { return has_flush; }

uint64_t blk_capacity_sectors(void) {
    uintptr_t config = device.base + VIRTIO_CONFIG;
    return (uint64_t)mmio_read32(config + 4) << 32 | mmio_read32(config);
}

bool blk_submit(const struct blk_request *request) {
    if (idle_count == 0) return false;
    uint16_t index = idle[--idle_count];
    struct slot *slot = &slots[index];
    uint16_t first = (uint16_t)(3 * index);
    slot->request = *request;
    slot->status = 0xff;
    slot->header.type = request->kind;
    slot->header.sector = request->sector;
    struct virtq_descriptor *desc = &queue.desc[first];
    desc[0].next = (uint16_t)(first + (request->length > 0 ? 1 : 2));
    desc[1].address = (uintptr_t)request->buffer;
    desc[1].length = request->length;
    desc[1].flags = VIRTQ_DESC_NEXT | (request->kind == BLK_READ ? VIRTQ_DESC_WRITE : 0);
    desc[1].next = (uint16_t)(first + 2);
    virtq_add(&queue, first);
    return true;
}

void blk_kick(void) { virtq_publish(&queue); }

void blk_poll(void) {
    struct virtq_used_element done;
    while (virtq_take_used(&queue, &done)) {
        uint16_t index = (uint16_t)(done.id / 3);
        // Copied out because the callback may submit again into this slot.
        struct blk_request request = slots[index].request;
        bool ok = slots[index].status == STATUS_OK;
        idle[idle_count++] = index;
        request.done(request.context, ok);
    }
}

enum wait_state { WAITING, SUCCEEDED, FAILED };

static void end_wait(void *context, bool ok) {
    *(enum wait_state *)context = ok ? SUCCEEDED : FAILED;
}

bool blk_wait(enum blk_kind kind, uint64_t sector, void *buffer, uint32_t length) {
    enum wait_state state = WAITING;
    struct blk_request request = {kind, sector, buffer, length, end_wait, &state};
    if (!blk_submit(&request)) panic("no block slot at boot");
    blk_kick();
    while (state == WAITING) {
        events_wait(blk_event());
        blk_poll();
    }
    return state == SUCCEEDED;
}
