// Takes bytes and forgets them, or sends bytes that nobody looks at: what moves is
// bounded by the network, the window and the processor, not by what it is for.
#include "bulk.h"
#include "console.h"
#include "events.h"
#include "lines.h"
#include "metronome.h"
#include "net.h"
#include "tcp.h"
#include "virtio-blk.h"
#include "virtio-net.h"
#include "virtio-rng.h"

#define OWN_ADDRESS 0x0a00000au  // 10.0.0.10
#define OWN_PORT 7012

// "up bytes" with the bytes behind the line, "down bytes", "timer hz".
static void execute(struct line_client *client, const struct line *line) {
    if (line_is(line, "up", 1)) {
        bulk_up(client, line->numbers[0]);
    } else if (line_is(line, "down", 1)) {
        bulk_down(client, line->numbers[0]);
    } else if (line_is(line, "timer", 1) && line->numbers[0] > 0 &&
               line->numbers[0] <= METRONOME_HZ_MAX) {
        metronome_start(line->numbers[0]);
        line_reply_integer(client, line->numbers[0]);
    } else {
        line_reply_error(client, "ERR unknown command");
    }
}

void main(void);

void main(void) {
    rng_open();
    blk_open();
    net_open(OWN_ADDRESS);
    lines_listen(OWN_PORT, rng_draw_now(), execute);
    print_text("stream ready\n");
    metronome_start(100);
    uint32_t wanted = EVENT_TICK | vnet_event() | blk_event() | rng_event();
    for (;;) {
        uint32_t events = events_wait(wanted);
        if (events & EVENT_TICK) tcp_tick(metronome_rearm());
        if (events & rng_event()) rng_poll(tcp_entropy);
        if (events & vnet_event()) net_poll();
        if (events & blk_event()) blk_poll();
        lines_poll();
        // A transfer that ended may have the client's next command behind it.
        while (bulk_move()) lines_poll();
        tcp_flush();
        vnet_kick();
    }
}
