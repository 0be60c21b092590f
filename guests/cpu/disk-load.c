// Reads are scattered over the second half of the disk, writes follow each other
// through the first: no two of them touch the same sectors in flight.
#include "disk-load.h"

#include "bytes.h"
#include "virtio-blk.h"

#define BUFFERS 16u
#define PER_SECOND_MAX 100000u

struct buffer {
    bool is_used;
    _Alignas(8) uint8_t bytes[DISK_LOAD_SECTORS_MAX * SECTOR_SIZE];
};

static struct buffer buffers[BUFFERS];
static struct disk_rate reading, writing;
// What a tick owes, in units of one request times the ticks of a second.
static uint32_t owed_reads, owed_writes;
static uint64_t next_write;
static uint64_t scatter = 1;

static bool is_sound(struct disk_rate rate) {
    return rate.per_second == 0 || (rate.per_second <= PER_SECOND_MAX && rate.sectors > 0 &&
                                    rate.sectors <= DISK_LOAD_SECTORS_MAX);
}

bool disk_load_set(struct disk_rate reads, struct disk_rate writes) {
    if (!is_sound(reads) || !is_sound(writes)) return false;
    reading = reads;
    writing = writes;
    owed_reads = owed_writes = 0;
    return true;
}

static void done(void *context, bool ok) {
    (void)ok;
    ((struct buffer *)context)->is_used = false;
}

static struct buffer *take_buffer(void) {
    for (struct buffer *b = buffers; b < buffers + BUFFERS; b++) {
        if (!b->is_used) return b;
    }
    return NULL;
}

static void submit(enum blk_kind kind, uint64_t sector, uint32_t sectors) {
    struct buffer *buffer = take_buffer();
    if (buffer == NULL) return;
    struct blk_request request = {kind, sector, buffer->bytes, sectors * SECTOR_SIZE, done, buffer};
    buffer->is_used = blk_submit(&request);
}

static void begin_read(void) {
    uint64_t half = blk_capacity_sectors() / 2;
    scatter = scatter * 6364136223846793005ull + 1442695040888963407ull;
    uint64_t places = half / reading.sectors;
    submit(BLK_READ, half + (scatter >> 33) % places * reading.sectors, reading.sectors);
}

static void begin_write(void) {
    uint64_t half = blk_capacity_sectors() / 2;
    if (next_write + writing.sectors > half) next_write = 0;
    submit(BLK_WRITE, next_write, writing.sectors);
    next_write += writing.sectors;
}

void disk_load_tick(uint32_t hz) {
    owed_reads += reading.per_second;
    for (; owed_reads >= hz; owed_reads -= hz) begin_read();
    owed_writes += writing.per_second;
    for (; owed_writes >= hz; owed_writes -= hz) begin_write();
}
