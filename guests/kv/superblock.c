// The superblock is one sector, and a sector is written whole or not at all.
// That single write is what makes a switch of halves, or a new life, happen.
//
// A life is one boot.  Sequence numbers can be used twice: a record that was
// never acknowledged may lie beyond a hole in the log, recovery ends before the
// hole, and the next boot gives out the same numbers again.  Records carry the
// low byte of their life, and recovery refuses a record of an earlier life than
// the one before it, so such a leftover can never come back.
#include "superblock.h"

#include "console.h"
#include "crc32.h"
#include "record.h"
#include "string.h"
#include "virtio-blk.h"

#define MAGIC 0x4253564bu  // "KVSB"
#define VERSION 1u
#define LOG_START 1u
#define CHECKSUM_FROM 8u
#define SMALLEST_HALF (32 * RECORD_SECTORS_MAX)

static _Alignas(8) union {
    struct superblock block;
    uint8_t sector[SECTOR_SIZE];
} image;

enum switch_state { IDLE, WRITE_WANTED, WRITING, FLUSH_WANTED, FLUSHING };

static enum switch_state state;
static void (*when_switched)(void);

static uint32_t checksum(void) {
    return crc32(image.sector + CHECKSUM_FROM, sizeof image.block - CHECKSUM_FROM);
}

static bool is_blank(void) {
    for (uint32_t i = 0; i < SECTOR_SIZE; i++) {
        if (image.sector[i] != 0) return false;
    }
    return true;
}

static void lay_out(void) {
    image.block.magic = MAGIC;
    image.block.version = VERSION;
    image.block.first_sequence = 1;
    image.block.log_start = LOG_START;
    image.block.half_sectors = (blk_capacity_sectors() - LOG_START) / 2;
    image.block.half_life = 1;
}

void superblock_open(void) {
    if (blk_capacity_sectors() < LOG_START + 2 * SMALLEST_HALF) panic("kv: the disk is too small");
    if (!blk_wait(BLK_READ, 0, image.sector, SECTOR_SIZE)) panic("kv: cannot read sector 0");
    if (is_blank()) {
        lay_out();
    } else if (image.block.magic != MAGIC || image.block.crc != checksum() ||
               image.block.version != VERSION) {
        panic("kv: the superblock is damaged");
    }
    image.block.life++;
    image.block.crc = checksum();
    if (!blk_wait(BLK_WRITE, 0, image.sector, SECTOR_SIZE) ||
        (blk_needs_flush() && !blk_wait(BLK_FLUSH, 0, NULL, 0))) {
        panic("kv: cannot write sector 0");
    }
}

const struct superblock *superblock(void) { return &image.block; }

uint64_t superblock_half_start(uint32_t half) {
    return image.block.log_start + half * image.block.half_sectors;
}

static void step_done(void *context, bool ok) {
    (void)context;
    if (!ok) panic("kv: cannot write sector 0");
    if (state == WRITING && blk_needs_flush()) {
        state = FLUSH_WANTED;
        superblock_poll();
        return;
    }
    state = IDLE;
    when_switched();
}

void superblock_poll(void) {
    struct blk_request write = {BLK_WRITE, 0, image.sector, SECTOR_SIZE, step_done, NULL};
    struct blk_request flush = {BLK_FLUSH, 0, NULL, 0, step_done, NULL};
    if (state == WRITE_WANTED && blk_submit(&write)) state = WRITING;
    if (state == FLUSH_WANTED && blk_submit(&flush)) state = FLUSHING;
}

void superblock_switch(uint64_t first_sequence, void (*done)(void)) {
    image.block.active_half ^= 1;
    image.block.first_sequence = first_sequence;
    image.block.half_life = image.block.life;
    image.block.crc = checksum();
    when_switched = done;
    state = WRITE_WANTED;
    superblock_poll();
}
