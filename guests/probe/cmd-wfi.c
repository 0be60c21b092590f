// wfi <rounds> <ticks>: sleeps until a timer that is due in so many ticks of 100
// ns, or until a packet comes, whichever is first.  With few ticks the timer is
// due at about the moment at which the hart falls asleep.
#include "clint.h"
#include "commands.h"
#include "events.h"
#include "mix.h"
#include "platform.h"
#include "riscv.h"
#include "virtio-net.h"

#define ROUNDS_MAX 100u
#define TICKS_MAX 1000000u

static void cmd_wfi(const struct request *request, struct reply *reply) {
    uint32_t rounds = request->numbers[0], ticks = request->numbers[1];
    if (rounds > ROUNDS_MAX || ticks > TICKS_MAX) {
        reply_error(reply, "too long");
        return;
    }
    uint32_t taken = 0, by_timer = 0;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        *(volatile uint64_t *)CLINT_TIMER_COMPARE = read_time_csr() + ticks;
        csr_set(mie, MIE_TIMER);
        uint32_t events = events_wait(EVENT_TICK | vnet_event());
        taken |= events;
        if (events & EVENT_TICK) by_timer++;
        seen = observe(observe(seen, events), read_time_csr());
    }
    // The main loop still has to look after what woke us.
    events_post(taken | EVENT_TICK);
    reply_begin(reply, "wfi");
    reply_number(reply, by_timer);
    reply_number(reply, rounds - by_timer);
    reply_hex(reply, seen);
}

COMMAND(wfi, 2)  // rounds, ticks until the timer
