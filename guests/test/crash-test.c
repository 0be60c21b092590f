// Native crash tests of the kv log: sh guests/test/crash-test.sh [rounds]
//
// The service without its network is compiled for the host and run on a
// simulated disk that completes requests in any order and, in half of the
// rounds, has a volatile cache.  A life is a child process; it ends at a random
// moment, when every sector that was not promised to be durable is written or
// lost by the toss of a coin.  The next life must find exactly the state after
// some number of changes, and at least all the acknowledged ones.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clint.h"
#include "command.h"
#include "compact.h"
#include "console.h"
#include "crc32.h"
#include "recover.h"
#include "session.h"
#include "store.h"
#include "string.h"
#include "wal.h"

#define DISK_SECTORS 1025u
#define LIVES 12u
#define KEYS 12u
#define JOURNAL 200000u
#define REQUESTS 21u
#define NOT_THERE UINT32_MAX

static uint64_t random_state;

static uint32_t rnd(uint32_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % below;
}

// What outlives a crash: the disk, and what the clients know.  journal[i] is
// the i-th change; its value is the text of i, padded to `length`.
static struct shared {
    uint8_t disk[DISK_SECTORS][SECTOR_SIZE];
    struct {
        uint32_t key, length;
    } journal[JOURNAL];
    uint32_t issued, acknowledged;
    uint32_t switches;
    bool failed;
} *shared;

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);     \
            fflush(stdout);                                                    \
            shared->failed = true;                                             \
            _exit(1);                                                          \
        }                                                                      \
    } while (0)

// ---- the simulated disk

static bool has_cache;
static uint8_t cache[DISK_SECTORS][SECTOR_SIZE];
static uint64_t dirty_since[DISK_SECTORS];  // 0: same as on the disk
static uint64_t moment = 1;

static struct {
    bool is_used;
    struct blk_request request;
    uint32_t checksum;  // of what is to be written: nobody may change it
    uint64_t submitted;
} requests[REQUESTS];

static uint32_t sum(const uint8_t *data, uint32_t length) {
    uint32_t value = 1;
    for (uint32_t i = 0; i < length; i++) value = value * 31 + data[i];
    return value;
}

bool blk_needs_flush(void) { return has_cache; }

uint64_t blk_capacity_sectors(void) { return DISK_SECTORS; }

bool blk_submit(const struct blk_request *r) {
    CHECK(r->length % SECTOR_SIZE == 0 && r->sector + r->length / SECTOR_SIZE <= DISK_SECTORS);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        if (requests[i].is_used) continue;
        requests[i].is_used = true;
        requests[i].request = *r;
        requests[i].submitted = moment++;
        if (r->kind == BLK_WRITE) requests[i].checksum = sum(r->buffer, r->length);
        return true;
    }
    return false;
}

static void to_disk(uint64_t sector) {
    memcpy(shared->disk[sector], cache[sector], SECTOR_SIZE);
    dirty_since[sector] = 0;
}

static void perform(const struct blk_request *r, uint64_t submitted) {
    uint8_t *buffer = r->buffer;
    for (uint32_t i = 0; i < r->length / SECTOR_SIZE; i++, buffer += SECTOR_SIZE) {
        if (r->kind == BLK_READ) {
            memcpy(buffer, cache[r->sector + i], SECTOR_SIZE);
        } else {
            memcpy(cache[r->sector + i], buffer, SECTOR_SIZE);
            dirty_since[r->sector + i] = moment++;
            if (!has_cache) to_disk(r->sector + i);
        }
    }
    for (uint32_t s = 0; r->kind == BLK_FLUSH && s < DISK_SECTORS; s++) {
        if (dirty_since[s] != 0 && dirty_since[s] < submitted) to_disk(s);
    }
}

bool blk_wait(enum blk_kind kind, uint64_t sector, void *buffer, uint32_t length) {
    struct blk_request request = {kind, sector, buffer, length, NULL, NULL};
    perform(&request, moment++);
    return true;
}

// Completes some of the requests, in any order.
static void complete_some(void) {
    for (uint32_t tries = rnd(2 * REQUESTS); tries > 0; tries--) {
        uint32_t i = rnd(REQUESTS);
        if (!requests[i].is_used) continue;
        struct blk_request r = requests[i].request;
        if (r.kind == BLK_WRITE) CHECK(sum(r.buffer, r.length) == requests[i].checksum);
        perform(&r, requests[i].submitted);
        requests[i].is_used = false;
        r.done(r.context, true);
    }
}

static _Noreturn void crash(void) {
    for (uint32_t s = 0; s < DISK_SECTORS; s++) {
        if (dirty_since[s] != 0 && rnd(2) == 0) to_disk(s);
    }
    for (uint32_t i = 0; i < REQUESTS; i++) {
        struct blk_request *r = &requests[i].request;
        if (!requests[i].is_used || r->kind != BLK_WRITE) continue;
        for (uint32_t s = 0; s < r->length / SECTOR_SIZE; s++) {
            if (rnd(2) == 0) continue;
            memcpy(shared->disk[r->sector + s], (uint8_t *)r->buffer + s * SECTOR_SIZE,
                   SECTOR_SIZE);
        }
    }
    _exit(0);
}

// ---- the rest of what the service needs from outside

static uint64_t now;

uint64_t clock_now(void) { return now; }

uint64_t clock_last(void) { return now; }

void sessions_drop_readers(uint64_t from, uint64_t to) {
    (void)from;
    (void)to;
    shared->switches++;
}

_Noreturn void panic(const char *reason) {
    printf("panic: %s\n", reason);
    CHECK(false);
    abort();
}

// ---- the clients

static uint32_t fill_value(uint8_t *value, uint32_t number, uint32_t length) {
    memset(value, '.', length);
    char text[16];
    int digits = snprintf(text, sizeof text, "%u", number);
    memcpy(value, text, (size_t)digits);
    return length;
}

static struct bytes key_name(uint32_t key) {
    static uint8_t name[3] = "k??";
    name[1] = (uint8_t)('0' + key / 10);
    name[2] = (uint8_t)('0' + key % 10);
    return (struct bytes){name, sizeof name};
}

// Replies that wait for the log, by the change they belong to.
static uint64_t needs_of[JOURNAL];

static void change_something(void) {
    static const uint32_t lengths[] = {8, 100, 128, 129, 500, 1000, 4096};
    static uint8_t value[VALUE_MAX];
    static struct resp_parser request;
    struct reply reply = {0};
    uint32_t number = shared->issued, key = rnd(KEYS);
    uint32_t length = rnd(6) == 0 ? NOT_THERE : lengths[rnd(7)];
    if (number == JOURNAL) return;
    if (length == NOT_THERE && store_find(ENTRY_VALUE, key_name(key)) == NULL) return;
    bool is_removal = length == NOT_THERE;
    request.arguments[0] = (struct bytes){(const uint8_t *)(is_removal ? "DEL" : "SET"), 3};
    request.arguments[1] = key_name(key);
    request.argument_count = is_removal ? 2 : 3;
    if (!is_removal) {
        request.arguments[2] = (struct bytes){value, fill_value(value, number, length)};
    }
    shared->journal[number].key = key;
    shared->journal[number].length = length;
    command_execute(&request, &reply);
    CHECK(reply.text[0] != '-' && reply.needs == wal_next_sequence() - 1);
    needs_of[number] = reply.needs;
    shared->issued++;
}

static void take_acknowledgements(void) {
    while (shared->acknowledged < shared->issued &&
           needs_of[shared->acknowledged] <= wal_durable()) {
        shared->acknowledged++;
    }
}

static bool holds(uint32_t key, uint32_t number) {
    const struct entry *e = store_find(ENTRY_VALUE, key_name(key));
    uint32_t length = number == NOT_THERE ? NOT_THERE : shared->journal[number].length;
    if (e == NULL || length == NOT_THERE) return e == NULL && length == NOT_THERE;
    if (e->value_length != length) return false;
    static uint8_t expected[VALUE_MAX];
    fill_value(expected, number, length);
    if (entry_is_in_memory(e)) return memcmp(e->value, expected, length) == 0;
    static _Alignas(8) uint8_t bytes[RECORD_BYTES_MAX];
    struct record record;
    blk_wait(BLK_READ, e->sector, bytes, entry_sectors(e) * SECTOR_SIZE);
    CHECK(record_decode(bytes, sizeof bytes, &record) && record.sequence == e->sequence);
    return memcmp(record.value.at, expected, length) == 0;
}

// The state must be that after the first n changes, for some n that covers all
// acknowledged ones.  The later ones never happened: they leave the journal.
static void check_recovered_state(void) {
    uint32_t last[KEYS];
    for (uint32_t key = 0; key < KEYS; key++) last[key] = NOT_THERE;
    for (uint32_t n = 0; n <= shared->issued; n++) {
        uint32_t key = 0;
        while (n >= shared->acknowledged && key < KEYS && holds(key, last[key])) key++;
        if (key == KEYS) {
            shared->issued = shared->acknowledged = n;
            return;
        }
        if (n < shared->issued) last[shared->journal[n].key] = n;
    }
    CHECK(!"the state after some of the changes");
}

static _Noreturn void live(bool with_cache) {
    has_cache = with_cache;
    memcpy(cache, shared->disk, sizeof cache);
    crc32_prepare();
    recover();
    check_recovered_state();
    for (uint32_t turns = rnd(600); turns > 0; turns--) {
        now += 1000;
        complete_some();
        wal_poll();
        compact_poll();
        take_acknowledgements();
        for (uint32_t burst = rnd(12); burst > 0; burst--) {
            if (!compact_is_running() && wal_can_append()) change_something();
        }
        wal_poll();
    }
    crash();
}

int main(int count, char **arguments) {
    uint32_t rounds = count > 1 ? (uint32_t)atoi(arguments[1]) : 100;
    uint64_t changes = 0, switches = 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 1;
    for (uint32_t round = 0; round < rounds; round++) {
        memset(shared, 0, sizeof *shared);
        for (uint32_t life = 0; life < LIVES; life++) {
            random_state = (round * 1000ull + life + 1) * 0x9e3779b97f4a7c15ull;
            pid_t child = fork();
            if (child == 0) live(round % 2 == 1);
            int status = 1;
            if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
                printf("round %u, life %u failed\n", round, life);
                return 1;
            }
        }
        changes += shared->issued;
        switches += shared->switches;
    }
    printf("%u rounds of %u crashes passed: %llu changes, %llu switches of halves\n", rounds, LIVES,
           (unsigned long long)changes, (unsigned long long)switches);
    return 0;
}
