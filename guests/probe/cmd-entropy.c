// entropy <draws>: that many draws, all asked for at once.  A connection that
// waits for its own draw gets the first that comes; which one it is, is part of
// what happened and the same on every replica.
#include "commands.h"
#include "entropy.h"
#include "events.h"
#include "mix.h"
#include "tcp-internal.h"
#include "virtio-rng.h"

#define DRAWS_MAX 64u

static uint32_t missing;
static uint64_t seen;

void entropy_arrived(uint64_t draw) {
    if (tcp_awaiting_entropy() != NULL) {
        tcp_entropy(draw);
    } else if (missing > 0) {
        missing--;
        seen = observe(seen, draw);
    }
}

static void cmd_entropy(const struct request *request, struct reply *reply) {
    uint32_t draws = request->numbers[0];
    if (draws > DRAWS_MAX) {
        reply_error(reply, "too many draws");
        return;
    }
    seen = 0;
    missing = draws;
    for (uint32_t i = 0; i < draws; i++) rng_request();
    while (missing > 0) {
        events_wait(rng_event());
        rng_poll(entropy_arrived);
    }
    reply_begin(reply, "entropy");
    reply_number(reply, draws);
    reply_hex(reply, seen);
}

COMMAND(entropy, 1)  // draws
