// Admission of changes.  A change that would let the live state outgrow what a
// switch of halves can carry is refused here; a removal never is, because it
// only makes room.
#include "mutate.h"

#include "compact.h"
#include "store.h"

static bool is_admissible(const struct wal_request *change) {
    if (change->op == OP_DEL || change->op == OP_UNLOCK) return true;
    enum entry_kind kind = change->op == OP_LOCK ? ENTRY_LOCK : ENTRY_VALUE;
    uint32_t sectors = record_sectors((uint32_t)change->key.length, (uint32_t)change->value.length);
    return store_live_sectors() + sectors <= compact_live_limit() &&
           store_has_room(kind, change->key);
}

bool mutate(const struct wal_request *change, struct reply *reply) {
    if (!is_admissible(change)) {
        reply_line(reply, "-ERR no space left");
        return false;
    }
    reply->needs = wal_append(change);
    return true;
}
