// Compaction.  When the active half has no room for another record, execution
// stops; once everything written is durable, the live entries are appended to
// the other half as ordinary records, and when those are durable the superblock
// is switched.  A crash before the switch finds the old half complete and
// untouched; a crash after it finds the new half complete.  Long values are
// fetched from the old half, MOVERS at a time.
#include "compact.h"

#include "console.h"
#include "kvclock.h"
#include "session.h"
#include "store.h"
#include "superblock.h"
#include "wal.h"

#define MOVERS 8u

enum phase { SERVING, DRAINING, COPYING, SETTLING, SWITCHING };

struct mover {
    enum { MOVER_IDLE, MOVER_READING, MOVER_LOADED } state;
    struct entry *entry;
    _Alignas(8) uint8_t bytes[RECORD_BYTES_MAX];
};

static enum phase phase;
static uint64_t first_sequence;
static uint32_t cursor;
static struct mover movers[MOVERS];

bool compact_is_running(void) { return phase != SERVING; }

uint64_t compact_live_limit(void) { return superblock()->half_sectors / 4 * 3; }

static void append_copy(const struct entry *e, struct bytes value) {
    struct wal_request request = {
        .op = e->kind == ENTRY_LOCK ? OP_LOCK : OP_SET,
        .key = {e->key, e->key_length},
        .value = value,
        .expiry = e->expiry,
        .time = kvclock_recent(),
    };
    wal_append(&request);
}

static void mover_loaded(void *context, bool ok) {
    if (!ok) panic("kv: a value cannot be read");
    ((struct mover *)context)->state = MOVER_LOADED;
}

static bool fetch(struct entry *e) {
    for (struct mover *m = movers; m < movers + MOVERS; m++) {
        if (m->state != MOVER_IDLE) continue;
        struct blk_request request = {
            BLK_READ, e->sector, m->bytes, entry_sectors(e) * SECTOR_SIZE, mover_loaded, m,
        };
        if (!blk_submit(&request)) return false;
        m->state = MOVER_READING;
        m->entry = e;
        return true;
    }
    return false;
}

// Appends the values that have arrived; true if none is under way any more.
static bool unload_movers(void) {
    bool all_idle = true;
    for (struct mover *m = movers; m < movers + MOVERS; m++) {
        if (m->state == MOVER_LOADED && wal_can_append()) {
            struct record record;
            if (!record_decode(m->bytes, RECORD_BYTES_MAX, &record) ||
                record.sequence != m->entry->sequence) {
                panic("kv: a value is damaged");
            }
            append_copy(m->entry, record.value);
            m->state = MOVER_IDLE;
        }
        if (m->state != MOVER_IDLE) all_idle = false;
    }
    return all_idle;
}

// False if the entry has to wait.
static bool copy(struct entry *e) {
    if (e->kind == ENTRY_LOCK && e->expiry <= kvclock_recent()) {
        store_forget(e);
        return true;
    }
    if (!entry_is_in_memory(e)) return fetch(e);
    append_copy(e, (struct bytes){e->value, e->value_length});
    return true;
}

// True when every entry has been appended.
static bool copy_some(void) {
    bool movers_idle = unload_movers();
    while (wal_can_append()) {
        uint32_t here = cursor;
        struct entry *e = store_walk(&cursor);
        if (e == NULL) return movers_idle;
        if (!copy(e)) {
            cursor = here;
            return false;
        }
        movers_idle = movers_idle && entry_is_in_memory(e);
    }
    return false;
}

static void begin_copying(void) {
    uint32_t target = superblock()->active_half ^ 1;
    uint64_t start = superblock_half_start(target);
    sessions_drop_readers(start, start + superblock()->half_sectors);
    first_sequence = wal_next_sequence();
    wal_enter_half(target);
    cursor = 0;
    phase = COPYING;
}

static void switched(void) { phase = SERVING; }

void compact_poll(void) {
    if (phase == SERVING && wal_half_is_full()) phase = DRAINING;
    if (phase == DRAINING && wal_is_idle()) begin_copying();
    if (phase == COPYING && copy_some()) phase = SETTLING;
    if (phase == SETTLING && wal_is_idle()) {
        phase = SWITCHING;
        superblock_switch(first_sequence, switched);
    }
    if (phase == SWITCHING) superblock_poll();
}
