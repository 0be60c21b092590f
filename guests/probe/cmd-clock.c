// clock <reads>: a burst of clock readings, with the cycle and instruction
// counters around it.  Readings may stand still but never go back.
#include "commands.h"
#include "mix.h"
#include "riscv.h"

#define READS_MAX 1000u

#define csr_read(name)                                  \
    ({                                                  \
        uint64_t value_;                                \
        __asm__ volatile("csrr %0, " #name : "=r"(value_)); \
        value_;                                         \
    })

static void cmd_clock(const struct request *request, struct reply *reply) {
    static uint64_t last;
    uint32_t reads = request->numbers[0];
    if (reads > READS_MAX) {
        reply_error(reply, "too many reads");
        return;
    }
    uint64_t cycles = csr_read(mcycle), retired = csr_read(minstret), seen = 0;
    for (uint32_t i = 0; i < reads; i++) {
        uint64_t now = read_time_csr();
        if (now < last) {
            reply_broken(reply, "the clock went back");
            return;
        }
        last = now;
        seen = observe(seen, now);
    }
    reply_begin(reply, "clock");
    reply_number(reply, last);
    reply_number(reply, csr_read(mcycle) - cycles);
    reply_number(reply, csr_read(minstret) - retired);
    reply_hex(reply, seen);
}

COMMAND(clock, 1)  // reads in a row
