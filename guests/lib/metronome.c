// As in clint.c, the clock is read once per wake-up and missed ticks are dropped.
#include "metronome.h"

#include "clint.h"
#include "platform.h"
#include "riscv.h"

#define TCP_PERIOD (TIMEBASE_HZ / 100)

static uint32_t rate;
static uint64_t deadline;

static void arm(uint64_t when) {
    *(volatile uint64_t *)CLINT_TIMER_COMPARE = when;
    csr_set(mie, MIE_TIMER);
}

void metronome_start(uint32_t hz) {
    rate = hz;
    deadline = clock_now() + TIMEBASE_HZ / rate;
    arm(deadline);
}

uint32_t metronome_hz(void) { return rate; }

uint64_t metronome_rearm(void) {
    uint64_t now = clock_now();
    deadline += TIMEBASE_HZ / rate;
    if (deadline <= now) deadline = now + TIMEBASE_HZ / rate;
    arm(deadline);
    return now / TCP_PERIOD;
}
