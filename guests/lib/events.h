// What woke the machine up: one bit per interrupt number, bit 0 for the tick.
#ifndef EVENTS_H
#define EVENTS_H

#include <stdint.h>

#define EVENT_TICK 1u

// Called by the trap handler only.
void events_post(uint32_t bits);

// Sleeps until at least one of the wanted events was posted, takes those and
// returns them.  Events not wanted stay posted for a later call.
uint32_t events_wait(uint32_t wanted);

// The same without sleeping: for who has work of its own. 0 when none was posted.
uint32_t events_take(uint32_t wanted);

#endif
