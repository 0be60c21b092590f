// A sector: magic, slot, salt, number of the write, then 124 words of the
// pattern that these three begin.
#include "disk.h"

#include "console.h"
#include "events.h"
#include "mix.h"
#include "string.h"

#define MAGIC 0x45424f52u  // the bytes "ROBE"
#define HEAD_WORDS 4u
#define WORDS (SECTOR_SIZE / 4)
#define BATCH_MAX 15u

static struct completion {
    struct batch *batch;
    uint32_t number;
} completions[BATCH_MAX];

void batch_begin(struct batch *batch) { *batch = (struct batch){0}; }

static void complete(void *context, bool ok) {
    const struct completion *done = context;
    done->batch->completed++;
    done->batch->order = done->batch->order << 4 | done->number;
    if (!ok) done->batch->failed = true;
}

void batch_add(struct batch *batch, enum blk_kind kind, uint64_t sector, void *buffer,
               uint32_t sectors) {
    struct completion *completion = &completions[batch->issued++];
    *completion = (struct completion){batch, batch->issued};
    struct blk_request request = {
        kind, sector, buffer, sectors * SECTOR_SIZE, complete, completion,
    };
    // One batch at a time, and the driver has more slots than a batch has requests.
    if (!blk_submit(&request)) panic("probe: no block slot");
}

void batch_wait(struct batch *batch) {
    blk_kick();
    while (!batch_is_done(batch)) {
        events_wait(blk_event());
        blk_poll();
    }
}

static uint32_t word_start(struct mark mark) {
    return pattern_start(mark.slot << 24 ^ mark.salt << 4 ^ mark.write);
}

void sector_fill(uint8_t *sector, struct mark mark) {
    uint32_t words[WORDS] = {MAGIC, mark.slot, mark.salt, mark.write};
    uint32_t state = word_start(mark);
    for (uint32_t i = HEAD_WORDS; i < WORDS; i++) words[i] = state = pattern_next(state);
    memcpy(sector, words, SECTOR_SIZE);
}

bool sector_read(const uint8_t *sector, struct mark *mark) {
    uint32_t words[WORDS];
    uint8_t expected[SECTOR_SIZE];
    memcpy(words, sector, SECTOR_SIZE);
    *mark = (struct mark){0};
    if (words[0] == MAGIC) *mark = (struct mark){words[1], words[2], words[3]};
    if (words[0] == MAGIC) {
        sector_fill(expected, *mark);
    } else {
        memset(expected, 0, SECTOR_SIZE);
    }
    return memcmp(expected, sector, SECTOR_SIZE) == 0;
}
