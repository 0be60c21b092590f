// Time in milliseconds that never goes back, not even across a reboot.
#ifndef KVCLOCK_H
#define KVCLOCK_H

#include <stdint.h>

// No later time may be earlier than this one (of the last record found).
void kvclock_start(uint64_t at_least);

// The time of this wake-up; may read the clock.
uint64_t kvclock_now(void);

// The time that is known already; never reads the clock.
uint64_t kvclock_recent(void);

#endif
