// Guest milliseconds.  A machine's clock may start at zero with every boot, but
// the leases on its disk are written in the time of an earlier boot.  The clock
// therefore continues from the last time the log has seen: a lease may then end
// later than promised (by the time the machine was off), never earlier.
#include "kvclock.h"

#include "clint.h"
#include "platform.h"

#define UNITS_PER_MILLISECOND (TIMEBASE_HZ / 1000)

static uint64_t offset;

static uint64_t milliseconds(uint64_t time) { return time / UNITS_PER_MILLISECOND + offset; }

void kvclock_start(uint64_t at_least) {
    uint64_t now = milliseconds(clock_now());
    if (now < at_least) offset += at_least - now;
}

uint64_t kvclock_now(void) { return milliseconds(clock_now()); }

uint64_t kvclock_recent(void) { return milliseconds(clock_last()); }
