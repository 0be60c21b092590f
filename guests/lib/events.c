// The only place where the guest sleeps.  The trap handler posts bits, the main
// loop takes them.  wfi runs with interrupts masked: an interrupt that arrives
// between the check and the wfi is still pending and makes wfi return at once,
// so no wake-up is ever lost.  It then traps when interrupts are unmasked.
#include "events.h"

#include "clint.h"
#include "riscv.h"

static uint32_t posted;

void events_post(uint32_t bits) { __atomic_fetch_or(&posted, bits, __ATOMIC_RELAXED); }

uint32_t events_wait(uint32_t wanted) {
    for (;;) {
        interrupts_off();
        if ((__atomic_load_n(&posted, __ATOMIC_RELAXED) & wanted) == 0) wait_for_interrupt();
        interrupts_on();
        uint32_t taken = __atomic_fetch_and(&posted, ~wanted, __ATOMIC_RELAXED) & wanted;
        if (taken != 0) {
            clock_forget();
            return taken;
        }
    }
}

uint32_t events_take(uint32_t wanted) {
    if ((__atomic_load_n(&posted, __ATOMIC_RELAXED) & wanted) == 0) return 0;
    clock_forget();
    return __atomic_fetch_and(&posted, ~wanted, __ATOMIC_RELAXED) & wanted;
}
