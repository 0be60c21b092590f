// Locks with a lease.
#ifndef LOCK_H
#define LOCK_H

#include "reply.h"

// The longest lease in milliseconds, about 11 days.
#define LEASE_MAX 1000000000

void lock_acquire(struct bytes name, struct bytes owner, uint64_t milliseconds,
                  struct reply *reply);
void lock_release(struct bytes name, struct bytes owner, struct reply *reply);

#endif
