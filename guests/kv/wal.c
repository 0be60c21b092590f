// The log writer.  A record waits in its slot (sequence number modulo SLOTS)
// from the append until it and all records before it are durable; its buffer is
// not touched in between.  Sequence numbers divide the log into four parts:
//
//     durable <= written <= started <= appended
//
// Up to WRITES_IN_FLIGHT writes run at a time and may complete in any order,
// but `written` only moves over a gapless run.  If the device has a volatile
// cache, `durable` follows `written` by one flush; otherwise they are the same.
// A record is never reported durable before every earlier one is, because
// recovery stops at the first hole.
#include "wal.h"

#include "console.h"
#include "store.h"
#include "superblock.h"

#define SLOTS 64u
#define WRITES_IN_FLIGHT 16u

struct slot {
    _Alignas(8) uint8_t bytes[RECORD_BYTES_MAX];
    uint64_t sector;
    uint32_t sectors;
    bool is_written;
};

static struct slot slots[SLOTS] __attribute__((section(".noinit")));
static uint64_t appended, started, written, durable;
static uint32_t writes_in_flight;
static bool flush_in_flight;
static uint64_t flush_covers;
static uint64_t next_sector, half_end;

static void enter(uint32_t half, uint64_t sector) {
    next_sector = sector;
    half_end = superblock_half_start(half) + superblock()->half_sectors;
}

void wal_open(uint32_t half, uint64_t next_sequence, uint64_t sector) {
    appended = started = written = durable = next_sequence - 1;
    enter(half, sector);
}

void wal_enter_half(uint32_t half) { enter(half, superblock_half_start(half)); }

bool wal_half_is_full(void) { return half_end - next_sector < RECORD_SECTORS_MAX; }

bool wal_can_append(void) { return appended - durable < SLOTS && !wal_half_is_full(); }

bool wal_is_idle(void) { return durable == appended; }

uint64_t wal_next_sequence(void) { return appended + 1; }

uint64_t wal_durable(void) { return durable; }

uint64_t wal_append(const struct wal_request *request) {
    uint64_t sequence = ++appended;
    struct slot *slot = &slots[sequence % SLOTS];
    struct record record = {
        .sequence = sequence,
        .time = request->time,
        .expiry = request->expiry,
        .op = (uint8_t)request->op,
        .life = (uint8_t)superblock()->life,
        .key = request->key,
        .value = request->value,
    };
    slot->sectors = record_encode(slot->bytes, &record);
    slot->sector = next_sector;
    slot->is_written = false;
    next_sector += slot->sectors;
    store_apply(&record, (uint32_t)slot->sector);
    return sequence;
}

static void flush_done(void *context, bool ok) {
    (void)context;
    if (!ok) panic("kv: the log cannot be flushed");
    flush_in_flight = false;
    durable = flush_covers;
}

static void write_done(void *context, bool ok) {
    if (!ok) panic("kv: the log cannot be written");
    ((struct slot *)context)->is_written = true;
    writes_in_flight--;
    while (written < started && slots[(written + 1) % SLOTS].is_written) written++;
    if (!blk_needs_flush()) durable = written;
}

static bool start_next_write(void) {
    if (started == appended || writes_in_flight == WRITES_IN_FLIGHT) return false;
    struct slot *slot = &slots[(started + 1) % SLOTS];
    struct blk_request request = {
        BLK_WRITE, slot->sector, slot->bytes, slot->sectors * SECTOR_SIZE, write_done, slot,
    };
    if (!blk_submit(&request)) return false;
    started++;
    writes_in_flight++;
    return true;
}

void wal_poll(void) {
    while (start_next_write()) {
    }
    if (durable < written && !flush_in_flight) {
        struct blk_request request = {BLK_FLUSH, 0, NULL, 0, flush_done, NULL};
        flush_in_flight = blk_submit(&request);
        flush_covers = written;
    }
}
