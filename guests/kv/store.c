// A hash table with chains over a fixed pool of entries.  It changes only by
// records: a command first decides, then writes a record, then applies that
// record, and recovery applies the same records again.  So what is in memory is
// always what the log says, by construction.
#include "store.h"

#include "console.h"
#include "string.h"

#define ENTRIES 32768u
#define BUCKETS 16384u
#define NO_ENTRY 0u  // links hold index + 1

static struct entry pool[ENTRIES] __attribute__((section(".noinit")));
static uint32_t buckets[BUCKETS];
static uint32_t pool_used;   // entries ever taken from the pool
static uint32_t free_list;   // entries given back
static uint64_t last_removal;
static uint64_t live_sectors;

// FNV-1a, folded because its low bits alone are weak.
static uint32_t *bucket_of(enum entry_kind kind, struct bytes key) {
    uint64_t hash = 0xcbf29ce484222325ull ^ kind;
    for (size_t i = 0; i < key.length; i++) hash = (hash ^ key.at[i]) * 0x100000001b3ull;
    return &buckets[(hash ^ hash >> 32) % BUCKETS];
}

// The link that holds the entry's index, or the empty link at the chain's end.
static uint32_t *find_link(enum entry_kind kind, struct bytes key) {
    uint32_t *link = bucket_of(kind, key);
    while (*link != NO_ENTRY) {
        struct entry *e = &pool[*link - 1];
        if (e->kind == kind && e->key_length == key.length &&
            memcmp(e->key, key.at, key.length) == 0) {
            break;
        }
        link = &e->next;
    }
    return link;
}

struct entry *store_find(enum entry_kind kind, struct bytes key) {
    uint32_t *link = find_link(kind, key);
    return *link == NO_ENTRY ? NULL : &pool[*link - 1];
}

bool store_has_room(enum entry_kind kind, struct bytes key) {
    return free_list != NO_ENTRY || pool_used < ENTRIES || store_find(kind, key) != NULL;
}

bool entry_is_in_memory(const struct entry *e) { return e->value_length <= SHORT_VALUE_MAX; }

uint32_t entry_sectors(const struct entry *e) {
    return record_sectors(e->key_length, e->value_length);
}

static uint32_t take_from_pool(void) {
    if (free_list != NO_ENTRY) {
        uint32_t taken = free_list;
        free_list = pool[taken - 1].next;
        return taken;
    }
    if (pool_used == ENTRIES) panic("store: no entry left");
    return ++pool_used;
}

static void put(enum entry_kind kind, const struct record *r, uint32_t sector) {
    uint32_t *link = find_link(kind, r->key);
    if (*link == NO_ENTRY) {
        uint32_t taken = take_from_pool();
        *link = taken;
        pool[taken - 1].next = NO_ENTRY;
    } else {
        live_sectors -= entry_sectors(&pool[*link - 1]);
    }
    struct entry *e = &pool[*link - 1];
    e->sequence = r->sequence;
    e->expiry = r->expiry;
    e->sector = sector;
    e->value_length = (uint16_t)r->value.length;
    e->kind = (uint8_t)kind;
    e->key_length = (uint8_t)r->key.length;
    memcpy(e->key, r->key.at, r->key.length);
    if (entry_is_in_memory(e)) memcpy(e->value, r->value.at, r->value.length);
    live_sectors += entry_sectors(e);
}

static void remove(enum entry_kind kind, struct bytes key) {
    uint32_t *link = find_link(kind, key);
    if (*link == NO_ENTRY) return;
    uint32_t removed = *link;
    struct entry *e = &pool[removed - 1];
    live_sectors -= entry_sectors(e);
    *link = e->next;
    e->kind = ENTRY_UNUSED;
    e->next = free_list;
    free_list = removed;
}

void store_forget(struct entry *e) {
    remove(e->kind, (struct bytes){e->key, e->key_length});
}

void store_apply(const struct record *r, uint32_t sector) {
    switch (r->op) {
        case OP_SET:
            put(ENTRY_VALUE, r, sector);
            break;
        case OP_LOCK:
            put(ENTRY_LOCK, r, sector);
            break;
        case OP_DEL:
            remove(ENTRY_VALUE, r->key);
            last_removal = r->sequence;
            break;
        case OP_UNLOCK:
            remove(ENTRY_LOCK, r->key);
            last_removal = r->sequence;
            break;
        default:
            panic("store: unknown operation in the log");
    }
}

uint64_t store_last_removal(void) { return last_removal; }

uint64_t store_live_sectors(void) { return live_sectors; }

struct entry *store_walk(uint32_t *index) {
    while (*index < pool_used) {
        struct entry *e = &pool[(*index)++];
        if (e->kind != ENTRY_UNUSED) return e;
    }
    return NULL;
}
