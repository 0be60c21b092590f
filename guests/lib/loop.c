// The main loop.  One iteration handles one wake-up: input first, then the
// guest's own work, then output, so that everything one wake-up produced leaves
// with one notification per device and acknowledgements ride on replies.
#include "loop.h"

#include "clint.h"
#include "events.h"
#include "net.h"
#include "tcp.h"
#include "virtio-blk.h"
#include "virtio-net.h"
#include "virtio-rng.h"

_Noreturn void loop_run(void (*work)(void)) {
    tick_start();
    uint32_t wanted = EVENT_TICK | vnet_event() | blk_event() | rng_event();
    for (;;) {
        uint32_t events = events_wait(wanted);
        if (events & EVENT_TICK) tcp_tick(tick_rearm());
        if (events & rng_event()) rng_poll(tcp_entropy);
        if (events & vnet_event()) net_poll();
        if (events & blk_event()) blk_poll();
        work();
        tcp_flush();
        blk_kick();
        vnet_kick();
    }
}
