// Works as fast as the machine goes, or sleeps; in between it takes its ticks and
// keeps the disk as busy as it was told.
#include "console.h"
#include "disk-load.h"
#include "events.h"
#include "lines.h"
#include "metronome.h"
#include "net.h"
#include "tcp.h"
#include "virtio-blk.h"
#include "virtio-net.h"
#include "virtio-rng.h"
#include "work.h"

#define OWN_ADDRESS 0x0a00000au  // 10.0.0.10
#define OWN_PORT 7010

static bool is_working;

// "load hz working reads read-sectors writes write-sectors": from now on, with
// reads and writes a second.
static void load(struct line_client *client, const uint32_t *numbers) {
    struct disk_rate reads = {numbers[2], numbers[3]};
    struct disk_rate writes = {numbers[4], numbers[5]};
    if (numbers[0] == 0 || numbers[0] > METRONOME_HZ_MAX || !disk_load_set(reads, writes)) {
        line_reply_error(client, "ERR out of range");
        return;
    }
    metronome_start(numbers[0]);
    is_working = numbers[1] != 0;
    line_reply_integer(client, work_done());
}

// "count": units of work since boot.
static void execute(struct line_client *client, const struct line *line) {
    if (line_is(line, "load", 6)) {
        load(client, line->numbers);
    } else if (line_is(line, "count", 0)) {
        line_reply_integer(client, work_done());
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
    print_text("cpu ready\n");
    metronome_start(100);
    uint32_t wanted = EVENT_TICK | vnet_event() | blk_event() | rng_event();
    for (;;) {
        uint32_t events = is_working ? events_take(wanted) : events_wait(wanted);
        if (events & EVENT_TICK) {
            tcp_tick(metronome_rearm());
            disk_load_tick(metronome_hz());
        }
        if (events & rng_event()) rng_poll(tcp_entropy);
        if (events & vnet_event()) net_poll();
        if (events & blk_event()) blk_poll();
        if (events != 0) {
            lines_poll();
            tcp_flush();
            blk_kick();
            vnet_kick();
        }
        if (is_working) work_unit();
    }
}
