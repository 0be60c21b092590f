// rxpoll <looks>: looks at the receive ring that often without waiting for an
// interrupt, every other time with interrupts masked, and takes what is there.
// At which look a frame was first seen is the answer: a ring that changes at
// any other moment than a recorded one makes the replicas differ.
#include "commands.h"
#include "mix.h"
#include "net.h"
#include "riscv.h"
#include "virtio-net.h"

#define LOOKS_MAX 200000u

static void cmd_rxpoll(const struct request *request, struct reply *reply) {
    uint32_t looks = request->numbers[0];
    if (looks > LOOKS_MAX) {
        reply_error(reply, "too many looks");
        return;
    }
    uint64_t seen = 0;
    uint32_t frames = 0;
    uint16_t index = vnet_received_index();
    for (uint32_t i = 0; i < looks; i++) {
        if (i % 2 == 0) interrupts_off();
        uint16_t now = vnet_received_index();
        interrupts_on();
        if (now == index) continue;
        frames += (uint16_t)(now - index);
        index = now;
        seen = observe(seen, (uint64_t)i << 32 | frames);
        net_poll();
    }
    reply_begin(reply, "rxpoll");
    reply_number(reply, frames);
    reply_hex(reply, seen);
}

COMMAND(rxpoll, 1)  // looks at the ring
