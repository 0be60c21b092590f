// A lock is an entry with an owner and the time its lease ends.  An expired one
// counts as free but stays in the table until somebody takes it or a switch of
// halves drops it, so the expiry itself needs no record.  Only here does the
// service need the exact time, and only here does a request read the clock.
#include "lock.h"

#include "kvclock.h"
#include "mutate.h"
#include "store.h"
#include "string.h"

static struct bytes owner_of(const struct entry *e) {
    return (struct bytes){e->value, e->value_length};
}

static bool equal(struct bytes a, struct bytes b) {
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

// An owner is repeated in the line "-HELD owner", so it must fit into a line.
static bool is_printable(struct bytes text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < 0x20 || text.at[i] == 0x7f) return false;
    }
    return true;
}

void lock_acquire(struct bytes name, struct bytes owner, uint64_t milliseconds,
                  struct reply *reply) {
    if (!is_printable(owner)) {
        reply_line(reply, "-ERR the owner is not printable");
        return;
    }
    uint64_t now = kvclock_now();
    const struct entry *e = store_find(ENTRY_LOCK, name);
    if (e != NULL && e->expiry > now && !equal(owner_of(e), owner)) {
        reply->needs = e->sequence;
        reply_held(reply, owner_of(e));
        return;
    }
    struct wal_request change = {
        .op = OP_LOCK, .key = name, .value = owner, .expiry = now + milliseconds, .time = now};
    if (mutate(&change, reply)) reply_line(reply, "+OK");
}

void lock_release(struct bytes name, struct bytes owner, struct reply *reply) {
    uint64_t now = kvclock_now();
    const struct entry *e = store_find(ENTRY_LOCK, name);
    if (e == NULL || e->expiry <= now || !equal(owner_of(e), owner)) {
        reply->needs = e == NULL ? store_last_removal() : e->sequence;
        reply_number(reply, 0);
        return;
    }
    struct wal_request change = {.op = OP_UNLOCK, .key = name, .time = now};
    if (mutate(&change, reply)) reply_number(reply, 1);
}
