// A database in miniature: every request is a transaction that says what it costs.
#include "console.h"
#include "events.h"
#include "lines.h"
#include "metronome.h"
#include "net.h"
#include "tcp.h"
#include "transaction.h"
#include "virtio-blk.h"
#include "virtio-net.h"
#include "virtio-rng.h"

#define OWN_ADDRESS 0x0a00000au  // 10.0.0.10
#define OWN_PORT 7011

// "timer hz", or "tx work reads sectors writes sectors reply": so many units of
// work, reads one after the other before it, writes behind it, and a reply of so
// many bytes when all is done.
static void execute(struct line_client *client, const struct line *line) {
    if (line_is(line, "tx", 6)) {
        struct transaction_cost cost = {line->numbers[0], line->numbers[1], line->numbers[2],
                                        line->numbers[3], line->numbers[4], line->numbers[5]};
        if (!transaction_begin(client, &cost)) line_reply_error(client, "ERR out of range");
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
    print_text("oltp ready\n");
    metronome_start(100);
    uint32_t wanted = EVENT_TICK | vnet_event() | blk_event() | rng_event();
    for (;;) {
        uint32_t events = transactions_can_work() ? events_take(wanted) : events_wait(wanted);
        if (events & EVENT_TICK) tcp_tick(metronome_rearm());
        if (events & rng_event()) rng_poll(tcp_entropy);
        if (events & vnet_event()) net_poll();
        if (events & blk_event()) blk_poll();
        if (events != 0) lines_poll();
        bool has_news = events != 0;
        while (transactions_move(has_news)) {
            // A transaction that ended may have the client's next one behind it.
            lines_poll();
            has_news = true;
        }
        tcp_flush();
        blk_kick();
        vnet_kick();
    }
}
