// The one way in which a command changes something.
#ifndef MUTATE_H
#define MUTATE_H

#include "reply.h"
#include "wal.h"

// Appends and applies the change and makes the reply wait for its record; if
// there is no room for it, fills in an error instead and returns false.
bool mutate(const struct wal_request *change, struct reply *reply);

#endif
