// The clock and the periodic tick.  Reading the time is a logged event on the
// machine these guests are made for, so it is read at most once per wake-up of
// the main loop and never in the trap handler.  The handler only masks the
// timer; the main loop arms the next tick.
#include "clint.h"

#include <stdbool.h>

#include "platform.h"
#include "riscv.h"

#define TICK_PERIOD (TIMEBASE_HZ / TICK_HZ)

static uint64_t cached_time;
static bool cache_is_fresh;
static uint64_t first_tick_base;
static uint64_t deadline;

uint64_t clock_now(void) {
    if (!cache_is_fresh) {
        cached_time = read_time_csr();
        cache_is_fresh = true;
    }
    return cached_time;
}

uint64_t clock_last(void) { return cached_time; }

void clock_forget(void) { cache_is_fresh = false; }

static void arm(uint64_t when) {
    *(volatile uint64_t *)CLINT_TIMER_COMPARE = when;
    csr_set(mie, MIE_TIMER);
}

void tick_start(void) {
    first_tick_base = clock_now();
    deadline = first_tick_base + TICK_PERIOD;
    arm(deadline);
}

uint64_t tick_rearm(void) {
    uint64_t now = clock_now();
    deadline += TICK_PERIOD;
    // After a long gap (a busy loop, a paused machine) the missed ticks are
    // dropped: a burst of them would only delay the real work further.
    if (deadline <= now) deadline = now + TICK_PERIOD;
    arm(deadline);
    return (now - first_tick_base) / TICK_PERIOD;
}
