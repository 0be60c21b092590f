// spin <slot> <salt>: looks at a buffer all the time while the disk has it
// (R-9.3, INV-27).  A page is written and scribbled over at once: the disk must
// get what was there when the request was issued.  It is read back into a marked
// page, and no mark may go before the completion is there.  How often the guest
// could look depends on the very step at which the completion came.
#include "commands.h"
#include "disk.h"
#include "mix.h"
#include "riscv.h"
#include "string.h"

#define PAGE 4096u
#define LOOKS_MAX 400000u
#define MARKED 0xa5u

static _Alignas(4096) uint8_t written[PAGE] __attribute__((section(".noinit")));
static _Alignas(4096) uint8_t read_back[PAGE] __attribute__((section(".noinit")));

struct view {
    uint64_t looks, seen;
    bool has_changed;
};

// Looks at one word after the other until the batch is done.  The last look may
// be after the completion and does not count as a change.
static void watch(struct batch *batch, const volatile uint64_t *words, struct view *view) {
    uint64_t marked = words[0];
    for (uint32_t i = 0; i < LOOKS_MAX; i++) {
        uint64_t word = words[i * 67 % (PAGE / 8)];
        blk_poll();
        view->looks++;
        if (batch_is_done(batch)) return;
        view->seen = observe(view->seen, word);
        if (word != marked) view->has_changed = true;
    }
    batch_wait(batch);
}

static void fill(uint8_t *page, const struct request *request) {
    struct mark mark = {request->numbers[0], request->numbers[1], 3};
    for (uint32_t i = 0; i < SPIN_SECTORS; i++) sector_fill(page + i * SECTOR_SIZE, mark);
}

static void cmd_spin(const struct request *request, struct reply *reply) {
    if (request->numbers[0] >= SLOTS) {
        reply_error(reply, "no such slot");
        return;
    }
    uint64_t first = SPIN_AREA + request->numbers[0] * SPIN_SECTORS;
    struct view view = {0};
    struct batch batch;
    fill(written, request);
    batch_begin(&batch);
    batch_add(&batch, BLK_WRITE, first, written, SPIN_SECTORS);
    blk_kick();
    memset(written, MARKED, PAGE);
    watch(&batch, (const volatile uint64_t *)(void *)written, &view);
    bool failed = batch.failed;
    memset(read_back, MARKED, PAGE);
    batch_begin(&batch);
    batch_add(&batch, BLK_READ, first, read_back, SPIN_SECTORS);
    blk_kick();
    watch(&batch, (const volatile uint64_t *)(void *)read_back, &view);
    fill(written, request);
    if (view.has_changed) {
        reply_broken(reply, "a buffer changed before the completion of its request");
    } else if (failed || batch.failed) {
        reply_broken(reply, "the disk failed");
    } else if (memcmp(written, read_back, PAGE) != 0) {
        reply_broken(reply, "the disk has other bytes than the buffer had at the issue");
    } else {
        reply_begin(reply, "spin");
        reply_number(reply, view.looks);
        reply_hex(reply, view.seen);
    }
}

COMMAND(spin, 2)  // slot, salt
