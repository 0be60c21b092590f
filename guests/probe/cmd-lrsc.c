// lrsc <rounds> <ticks>: load-reserved, a while of work, store-conditional, with
// a timer interrupt that is due in so many ticks: before, between or after.  A
// store-conditional fails exactly when a trap came between; which rounds failed
// is the answer.
#include "commands.h"
#include "events.h"
#include "mix.h"
#include "platform.h"
#include "riscv.h"

#define ROUNDS_MAX 500u
#define TICKS_MAX 1000u
#define WORK 40u

// 0 when the store was done.
static uint32_t increment(volatile uint32_t *word) {
    uint32_t failed, value, rest = WORK;
    __asm__ volatile(
        "lr.w %1, (%3)\n"
        "1: addi %2, %2, -1\n"
        "bnez %2, 1b\n"
        "addiw %1, %1, 1\n"
        "sc.w %0, %1, (%3)\n"
        : "=&r"(failed), "=&r"(value), "+&r"(rest)
        : "r"(word)
        : "memory");
    return failed;
}

static void cmd_lrsc(const struct request *request, struct reply *reply) {
    static volatile uint32_t word;
    uint32_t rounds = request->numbers[0], ticks = request->numbers[1];
    if (rounds > ROUNDS_MAX || ticks > TICKS_MAX) {
        reply_error(reply, "too many");
        return;
    }
    uint32_t failures = 0, before = word;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        *(volatile uint64_t *)CLINT_TIMER_COMPARE = read_time_csr() + i % (ticks + 1);
        csr_set(mie, MIE_TIMER);
        uint32_t failed = increment(&word);
        failures += failed;
        seen = observe(seen, failed);
    }
    events_post(EVENT_TICK);  // the main loop arms its own tick again
    if (word - before != rounds - failures) {
        reply_broken(reply, "a store-conditional that failed stored, or the other way round");
        return;
    }
    reply_begin(reply, "lrsc");
    reply_number(reply, rounds - failures);
    reply_number(reply, failures);
    reply_hex(reply, seen);
}

COMMAND(lrsc, 2)  // rounds, ticks until the interrupt
