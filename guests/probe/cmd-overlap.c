// overlap <slot> <salt>: two writes and three reads in flight at once, which
// overlap on the disk and in memory.
//
//   sectors of the slot     0    1    2    3
//   write 1, page A +0      [---------]
//   write 2, page A +1024        [---------]
//   read 3, page B +0       [--------------]
//   read 4, page B +1024         [--------------]     over the end of read 3
//   read 5, page A +1024         [----]               into the source of write 2
//
// A sector that both writes touch ends as the one or the other; everything else
// is certain.  The guest remembers how each slot ended, so that a write that got
// lost, or one that came back, shows in the next command on this slot.
#include "commands.h"
#include "disk.h"
#include "mix.h"
#include "string.h"

#define PAGE 4096u
#define READ_BYTES 2560u  // of page B: from read 3's first to read 4's last

static _Alignas(4096) uint8_t page_a[PAGE] __attribute__((section(".noinit")));
static _Alignas(4096) uint8_t page_b[PAGE] __attribute__((section(".noinit")));

// As the slot's sectors were read last; sector 3 is never written.
static struct mark remembered[SLOTS][OVERLAP_SECTORS];

static bool is_same(struct mark a, struct mark b) {
    return a.slot == b.slot && a.salt == b.salt && a.write == b.write;
}

static bool can_be(struct mark mark, const struct mark *before, const struct request *request,
                   uint32_t sector) {
    if (is_same(mark, before[sector])) return true;
    bool is_ours = mark.slot == request->numbers[0] && mark.salt == request->numbers[1];
    bool is_write_1 = mark.write == 1 && sector <= 1;
    bool is_write_2 = mark.write == 2 && sector >= 1 && sector <= 2;
    return is_ours && (is_write_1 || is_write_2);
}

static void issue(struct batch *batch, const struct request *request) {
    uint32_t slot = request->numbers[0], salt = request->numbers[1];
    uint64_t first = OVERLAP_AREA + slot * OVERLAP_SECTORS;
    for (uint32_t i = 0; i < 4; i++) {
        sector_fill(page_a + i * SECTOR_SIZE, (struct mark){slot, salt, 1 + i / 2});
    }
    batch_begin(batch);
    batch_add(batch, BLK_WRITE, first, page_a, 2);
    batch_add(batch, BLK_WRITE, first + 1, page_a + 1024, 2);
    batch_add(batch, BLK_READ, first, page_b, 3);
    batch_add(batch, BLK_READ, first + 1, page_b + 1024, 3);
    batch_add(batch, BLK_READ, first + 1, page_a + 1024, 1);
}

// What the reads brought: each sector is one that could be there at that time.
static const char *judge_reads(const struct request *request, const struct mark *before) {
    // Sector of the slot at each 512 bytes of page B; read 4 may lie over read 3.
    static const uint8_t mine[] = {0, 1, 2, 2, 3}, other[] = {0, 1, 1, 2, 3};
    struct mark mark;
    for (uint32_t i = 0; i < sizeof mine; i++) {
        if (!sector_read(page_b + i * SECTOR_SIZE, &mark)) return "a read brought a torn sector";
        if (!can_be(mark, before, request, mine[i]) && !can_be(mark, before, request, other[i])) {
            return "a read brought what was never there";
        }
    }
    if (!sector_read(page_a + 1024, &mark)) return "a read into a write's source is torn";
    return can_be(mark, before, request, 1) ? NULL : "a read into a write's source is wrong";
}

// Reads the slot again; NULL when it ended as it must.
static const char *judge_end(const struct request *request, struct mark *end) {
    uint64_t first = OVERLAP_AREA + request->numbers[0] * OVERLAP_SECTORS;
    struct batch batch;
    batch_begin(&batch);
    batch_add(&batch, BLK_READ, first, page_b, OVERLAP_SECTORS);
    batch_wait(&batch);
    if (batch.failed) return "the disk failed";
    for (uint32_t i = 0; i < OVERLAP_SECTORS; i++) {
        if (!sector_read(page_b + i * SECTOR_SIZE, &end[i])) return "a sector is torn";
    }
    uint32_t slot = request->numbers[0], salt = request->numbers[1];
    bool is_right = is_same(end[0], (struct mark){slot, salt, 1}) && end[1].slot == slot &&
                    end[1].salt == salt && is_same(end[2], (struct mark){slot, salt, 2}) &&
                    end[3].write == 0;
    return is_right ? NULL : "a completed write is not on the disk";
}

static void cmd_overlap(const struct request *request, struct reply *reply) {
    if (request->numbers[0] >= SLOTS) {
        reply_error(reply, "no such slot");
        return;
    }
    struct mark *before = remembered[request->numbers[0]];
    struct mark end[OVERLAP_SECTORS];
    struct batch batch;
    issue(&batch, request);
    batch_wait(&batch);
    const char *problem = batch.failed ? "the disk failed" : judge_reads(request, before);
    uint64_t seen = observe(batch.order, sum_bytes(SUM_START, page_b, READ_BYTES));
    seen = observe(seen, sum_bytes(SUM_START, page_a, 2048));
    if (problem == NULL) problem = judge_end(request, end);
    if (problem != NULL) {
        reply_broken(reply, problem);
        return;
    }
    memcpy(before, end, sizeof end);
    reply_begin(reply, "overlap");
    reply_number(reply, end[1].write);
    reply_hex(reply, batch.order);
    reply_hex(reply, seen);
}

COMMAND(overlap, 2)  // slot, salt
