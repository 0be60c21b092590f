// The tick at a rate that may change while the guest runs: for guests that are
// measured under one kernel's timer or another's.  Instead of tick_start and
// tick_rearm, never beside them.
#ifndef METRONOME_H
#define METRONOME_H

#include <stdint.h>

#define METRONOME_HZ_MAX 10000u

// From now on so many ticks a second.
void metronome_start(uint32_t hz);

uint32_t metronome_hz(void);

// After a tick interrupt: arms the next one and returns the time for tcp_tick,
// in periods of 10 ms.
uint64_t metronome_rearm(void);

#endif
