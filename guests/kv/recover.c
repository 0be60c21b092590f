// Recovery: reads the active half from its start and applies every record until
// the first that is damaged, out of sequence, or left over from an earlier life
// (superblock.c).  What lies behind that point was never acknowledged.  The
// scan writes nothing, so a crash during recovery changes nothing.
#include "recover.h"

#include "console.h"
#include "kvclock.h"
#include "store.h"
#include "superblock.h"
#include "virtio-blk.h"
#include "wal.h"

#define WINDOW_SECTORS 64u

static _Alignas(8) uint8_t window[WINDOW_SECTORS * SECTOR_SIZE]
    __attribute__((section(".noinit")));

struct scan {
    uint64_t sector, end;                // where the next record starts; the half's end
    uint64_t window_start, window_end;  // what of the disk is in `window`
    uint64_t next_sequence;
    uint8_t life;
    uint64_t last_time;
    uint64_t count;
};

static uint64_t sectors_between(uint64_t from, uint64_t to) { return to > from ? to - from : 0; }

// Makes sure that the largest record that can start at scan->sector is in the
// window, and returns where it starts there.
static const uint8_t *look_at(struct scan *scan) {
    uint64_t left = sectors_between(scan->sector, scan->end);
    uint64_t needed = left < RECORD_SECTORS_MAX ? left : RECORD_SECTORS_MAX;
    if (scan->sector + needed > scan->window_end) {
        uint64_t count = left < WINDOW_SECTORS ? left : WINDOW_SECTORS;
        if (!blk_wait(BLK_READ, scan->sector, window, (uint32_t)(count * SECTOR_SIZE))) {
            panic("kv: the log cannot be read");
        }
        scan->window_start = scan->sector;
        scan->window_end = scan->sector + count;
    }
    return window + (scan->sector - scan->window_start) * SECTOR_SIZE;
}

static bool is_continuation(const struct scan *scan, const struct record *record) {
    return record->sequence == scan->next_sequence && (int8_t)(record->life - scan->life) >= 0;
}

static bool take_next(struct scan *scan) {
    if (scan->sector >= scan->end) return false;
    const uint8_t *from = look_at(scan);
    struct record record;
    uint32_t available = (uint32_t)((scan->window_end - scan->sector) * SECTOR_SIZE);
    if (!record_decode(from, available, &record) || !is_continuation(scan, &record)) return false;
    store_apply(&record, (uint32_t)scan->sector);
    scan->sector += record_sectors((uint32_t)record.key.length, (uint32_t)record.value.length);
    scan->next_sequence++;
    scan->life = record.life;
    scan->last_time = record.time;
    scan->count++;
    return true;
}

uint64_t recover(void) {
    superblock_open();
    const struct superblock *block = superblock();
    uint64_t start = superblock_half_start(block->active_half);
    struct scan scan = {
        .sector = start,
        .end = start + block->half_sectors,
        .next_sequence = block->first_sequence,
        .life = (uint8_t)block->half_life,
    };
    while (take_next(&scan)) {
    }
    kvclock_start(scan.last_time);
    wal_open(block->active_half, scan.next_sequence, scan.sector);
    return scan.count;
}
