// Read, work, write, reply, in this order. The processor works for one transaction
// at a time, in the order in which they became ready, one unit and then a look at
// the devices.
#include "transaction.h"

#include "bytes.h"
#include "lines.h"
#include "tcp-internal.h"
#include "virtio-blk.h"
#include "work.h"

#define SECTORS_MAX 32u
#define REPLY_MAX 8192u
#define COUNT_MAX 1000000u
// Writes go round in the first sectors of the disk, reads are scattered over the rest.
#define LOG_SECTORS 4096u

enum phase { IDLE, READ, WORK, WRITE, REPLY };

struct transaction {
    enum phase phase;
    struct transaction_cost left;
    bool is_on_disk;  // a request is in flight
    _Alignas(8) uint8_t buffer[SECTORS_MAX * SECTOR_SIZE];
};

static struct transaction transactions[TCP_CONNECTIONS];
// Who waits for the processor, oldest first, as a ring.
static uint32_t ready[TCP_CONNECTIONS], ready_first, ready_count;
static uint64_t scatter = 1;
static uint32_t log_at;

static uint32_t index_of(const struct transaction *t) { return (uint32_t)(t - transactions); }

static void enter_next_phase(struct transaction *t) {
    if (t->left.reads > 0) {
        t->phase = READ;
    } else if (t->left.work > 0) {
        t->phase = WORK;
        ready[(ready_first + ready_count++) % TCP_CONNECTIONS] = index_of(t);
    } else {
        t->phase = t->left.writes > 0 ? WRITE : REPLY;
    }
}

bool transaction_begin(struct line_client *client, const struct transaction_cost *cost) {
    if (cost->work > COUNT_MAX || cost->reads > COUNT_MAX || cost->writes > COUNT_MAX ||
        cost->read_sectors == 0 || cost->read_sectors > SECTORS_MAX || cost->write_sectors == 0 ||
        cost->write_sectors > SECTORS_MAX || cost->reply > REPLY_MAX) {
        return false;
    }
    struct transaction *t = &transactions[line_client_index(client)];
    client->is_busy = true;
    t->left = *cost;
    enter_next_phase(t);
    return true;
}

bool transactions_can_work(void) { return ready_count > 0; }

static void disk_done(void *context, bool ok) {
    struct transaction *t = context;
    (void)ok;
    t->is_on_disk = false;
    if (t->phase == READ) t->left.reads--;
    if (t->phase == WRITE) t->left.writes--;
    enter_next_phase(t);
}

static uint64_t next_read(uint32_t sectors) {
    scatter = scatter * 6364136223846793005ull + 1442695040888963407ull;
    uint64_t places = (blk_capacity_sectors() - LOG_SECTORS) / sectors;
    return LOG_SECTORS + (scatter >> 33) % places * sectors;
}

static uint64_t next_write(uint32_t sectors) {
    if (log_at + sectors > LOG_SECTORS) log_at = 0;
    uint32_t at = log_at;
    log_at += sectors;
    return at;
}

static void submit(struct transaction *t) {
    bool is_read = t->phase == READ;
    uint32_t sectors = is_read ? t->left.read_sectors : t->left.write_sectors;
    struct blk_request request = {
        is_read ? BLK_READ : BLK_WRITE,
        is_read ? next_read(sectors) : next_write(sectors),
        t->buffer,
        sectors * SECTOR_SIZE,
        disk_done,
        t,
    };
    t->is_on_disk = blk_submit(&request);
}

// False as long as there is no room for the reply.
static bool try_reply(struct transaction *t) {
    struct line_client *client = line_client_at(index_of(t));
    if (client->connection != NULL) {
        if (tcp_room(client->connection) < t->left.reply + LINE_REPLY_MAX) return false;
        line_reply_bulk_header(client, t->left.reply);
        tcp_write(client->connection, t->buffer, t->left.reply);
        tcp_write(client->connection, "\r\n", 2);
    }
    t->phase = IDLE;
    line_done(client);
    return true;
}

static void work(void) {
    struct transaction *t = &transactions[ready[ready_first]];
    work_unit();
    if (--t->left.work > 0) return;
    ready_first = (ready_first + 1) % TCP_CONNECTIONS;
    ready_count--;
    enter_next_phase(t);
}

static bool move_all(void) {
    bool ended = false;
    for (struct transaction *t = transactions; t < transactions + TCP_CONNECTIONS; t++) {
        if ((t->phase == READ || t->phase == WRITE) && !t->is_on_disk) submit(t);
        if (t->phase == REPLY && try_reply(t)) ended = true;
    }
    return ended;
}

bool transactions_move(bool after_event) {
    bool is_step = false;
    if (ready_count > 0) {
        uint32_t before = ready_count;
        work();
        is_step = ready_count != before;
    }
    return (after_event || is_step) && move_all();
}
