// Torture on request: boot, then a main loop like lib/loop.c's, with the draws of
// entropy shared between TCP and the command that asks for them.
#include "clint.h"
#include "console.h"
#include "datagram.h"
#include "entropy.h"
#include "events.h"
#include "net.h"
#include "session.h"
#include "tcp.h"
#include "virtio-blk.h"
#include "virtio-net.h"
#include "virtio-rng.h"

#define OWN_ADDRESS 0x0a00000au  // 10.0.0.10
#define OWN_PORT 7007

void main(void);

void main(void) {
    rng_open();
    blk_open();
    net_open(OWN_ADDRESS);
    tcp_listen(OWN_PORT, sessions_application(), rng_draw_now());
    datagrams_open(OWN_PORT);
    print_text("probe ready\n");
    tick_start();
    for (;;) {
        uint32_t events = events_wait(EVENT_TICK | vnet_event() | blk_event() | rng_event());
        if (events & EVENT_TICK) tcp_tick(tick_rearm());
        if (events & rng_event()) rng_poll(entropy_arrived);
        if (events & vnet_event()) net_poll();
        if (events & blk_event()) blk_poll();
        sessions_poll();
        tcp_flush();
        vnet_kick();
    }
}
