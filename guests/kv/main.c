// The key-value and lock service: boot, then the main loop.  The last console
// line, "kv ready", promises that the disk is recovered, that all devices are
// up with nothing in flight, and that connections are accepted.
#include "compact.h"
#include "console.h"
#include "crc32.h"
#include "loop.h"
#include "net.h"
#include "recover.h"
#include "session.h"
#include "tcp.h"
#include "virtio-blk.h"
#include "virtio-rng.h"
#include "wal.h"

#define OWN_ADDRESS 0x0a00000au  // 10.0.0.10
#define OWN_PORT 6379

void main(void);

// One turn.  Sessions append and compaction copies before the log is polled, so
// that all they appended is started in this very turn.
static void work(void) {
    wal_poll();
    compact_poll();
    sessions_poll();
    wal_poll();
}

void main(void) {
    crc32_prepare();
    rng_open();
    blk_open();
    net_open(OWN_ADDRESS);
    print_text("kv disk ");
    print_number(blk_capacity_sectors());
    print_text(" sectors\n");
    uint64_t records = recover();
    print_text("kv recovered ");
    print_number(records);
    print_text(" records\n");
    tcp_listen(OWN_PORT, sessions_application(), rng_draw_now());
    print_text("kv ready\n");
    loop_run(work);
}
