// The table of values and locks: what the log says, in memory.
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

enum entry_kind { ENTRY_UNUSED = 0, ENTRY_VALUE = 1, ENTRY_LOCK = 2 };

struct entry {
    uint64_t sequence;  // of the record that made it what it is
    uint64_t expiry;    // locks only
    uint32_t sector;    // where that record is
    uint32_t next;      // index of the next entry in the bucket or free list
    uint16_t value_length;
    uint8_t kind;
    uint8_t key_length;
    uint8_t key[KEY_MAX];
    uint8_t value[SHORT_VALUE_MAX];  // not filled in when the value is longer
};

struct entry *store_find(enum entry_kind kind, struct bytes key);

// False if a new entry is needed and there is no room for it.
bool store_has_room(enum entry_kind kind, struct bytes key);

// Makes the table what it must be after the record at `sector`; the caller has
// checked that there is room.
void store_apply(const struct record *record, uint32_t sector);

// Forgets an entry without a record (an expired lock).
void store_forget(struct entry *entry);

// The sequence number of the last record that removed something; "not there" is
// true once that record is durable.
uint64_t store_last_removal(void);

// How many sectors the records of all present entries take.
uint64_t store_live_sectors(void);

bool entry_is_in_memory(const struct entry *entry);
uint32_t entry_sectors(const struct entry *entry);

// Walks over all entries: the entry with the first index at or after *index, or
// NULL at the end; *index is moved past it.
struct entry *store_walk(uint32_t *index);

#endif
