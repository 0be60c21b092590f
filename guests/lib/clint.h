// Time and the 100 Hz tick.
#ifndef CLINT_H
#define CLINT_H

#include <stdint.h>

#define TICK_HZ 100u

// The time of this wake-up in timebase units: the first call after
// clock_forget reads the clock, later calls repeat the answer.
uint64_t clock_now(void);

// The last time that was read, however old; costs no clock read.
uint64_t clock_last(void);

// Called once per wake-up by the event wait.
void clock_forget(void);

void tick_start(void);

// Called by the main loop after a tick interrupt: arms the next one and
// returns the number of tick periods since tick_start.
uint64_t tick_rearm(void);

#endif
