// Sessions: requests in, replies out, strictly in order.  Each session has a
// ring of replies; commands are executed as long as it has room, and replies
// leave from its head when the log is durable far enough and, for a long value,
// when it was read from the disk.  A session never waits: what cannot go on now
// is tried again when something has happened.
#include "session.h"

#include "command.h"
#include "compact.h"
#include "console.h"
#include "record.h"
#include "string.h"
#include "tcp.h"
#include "wal.h"

#define REPLIES 32u
#define BULK_OVERHEAD 32u

enum read_state { READ_NONE, READ_RUNNING, READ_DONE };

struct session {
    struct tcp_connection *connection;  // NULL: free, or gone while reading
    uint64_t bit;     // of this session in the masks below
    bool is_closing;  // no more commands; close when the replies are out
    enum read_state read_state;
    uint32_t head, count;
    struct reply replies[REPLIES];
    struct resp_parser parser;
    _Alignas(8) uint8_t read_buffer[RECORD_BYTES_MAX];
};

static struct session sessions[SESSIONS];

// Who has something to do, so that a wake-up costs nothing for all the others.
static uint64_t with_work;     // input, room to send, or a value came
static uint64_t with_replies;  // the log may have moved far enough for them

_Static_assert(SESSIONS == 64, "the masks have one bit for each session");

static void has_work(const struct session *s) { with_work |= s->bit; }

static struct session *find_free(void) {
    for (struct session *s = sessions; s < sessions + SESSIONS; s++) {
        if (s->connection == NULL && s->read_state != READ_RUNNING) return s;
    }
    return NULL;
}

static void on_opened(struct tcp_connection *connection) {
    struct session *s = find_free();
    if (s == NULL) {
        tcp_abort(connection);
        return;
    }
    s->connection = connection;
    s->bit = 1ull << (s - sessions);
    with_work &= ~s->bit;
    with_replies &= ~s->bit;
    s->is_closing = false;
    s->read_state = READ_NONE;
    s->head = s->count = 0;
    resp_reset(&s->parser);
    tcp_set_tag(connection, s);
}

static void on_progress(struct tcp_connection *connection, void *tag) {
    (void)connection;
    has_work(tag);
}

static void on_lost(struct tcp_connection *connection, void *tag) {
    (void)connection;
    ((struct session *)tag)->connection = NULL;
}

const struct tcp_application *sessions_application(void) {
    static const struct tcp_application application = {on_opened, on_progress, on_lost};
    return &application;
}

static struct reply *head_reply(struct session *s) { return &s->replies[s->head]; }

static void drop_head(struct session *s) {
    s->head = (s->head + 1) % REPLIES;
    s->count--;
    s->read_state = READ_NONE;
}

static void value_read(void *context, bool ok) {
    struct session *s = context;
    if (!ok) panic("kv: a value cannot be read");
    s->read_state = READ_DONE;
    has_work(s);
}

static void start_reading(struct session *s) {
    const struct reply *r = head_reply(s);
    struct blk_request request = {
        BLK_READ, r->sector, s->read_buffer, r->sector_count * SECTOR_SIZE, value_read, s,
    };
    if (blk_submit(&request)) {
        s->read_state = READ_RUNNING;
    } else {
        has_work(s);  // all block requests are taken: try again
    }
}

// Sends the value that was read; false if there is no room for it.
static bool send_read_value(struct session *s) {
    struct record record;
    if (!record_decode(s->read_buffer, RECORD_BYTES_MAX, &record) ||
        record.sequence != head_reply(s)->sequence) {
        panic("kv: a value is damaged");
    }
    if (tcp_room(s->connection) < record.value.length + BULK_OVERHEAD) return false;
    uint8_t header[16];
    tcp_write(s->connection, header, bulk_header(header, (uint32_t)record.value.length));
    tcp_write(s->connection, record.value.at, record.value.length);
    tcp_write(s->connection, "\r\n", 2);
    return true;
}

// Sends the head reply if that is possible now.
static bool send_head(struct session *s) {
    const struct reply *r = head_reply(s);
    if (r->needs > wal_durable()) return false;
    if (r->sector == 0) {
        if (tcp_room(s->connection) < r->text_length) return false;
        tcp_write(s->connection, r->text, r->text_length);
        return true;
    }
    if (s->read_state == READ_NONE) start_reading(s);
    return s->read_state == READ_DONE && send_read_value(s);
}

static struct reply *new_reply(struct session *s) {
    struct reply *r = &s->replies[(s->head + s->count++) % REPLIES];
    r->needs = 0;
    r->sector = 0;
    r->text_length = 0;
    return r;
}

// Takes input up to the end of one command; false if there is nothing to take
// or it must wait.
static bool take_input(struct session *s) {
    if (s->is_closing || s->count == REPLIES) return false;
    if (compact_is_running() || !wal_can_append()) {
        has_work(s);
        return false;
    }
    size_t length;
    const uint8_t *data = tcp_readable(s->connection, &length);
    if (length == 0) {
        s->is_closing = tcp_at_end(s->connection);
        return false;
    }
    enum resp_status status;
    size_t used = resp_feed(&s->parser, data, length, &status);
    if (status == RESP_COMMAND) command_execute(&s->parser, new_reply(s));
    if (status == RESP_BROKEN) {
        reply_line(new_reply(s), "-ERR protocol error");
        s->is_closing = true;
        used = length;
    }
    tcp_consume(s->connection, used);
    return true;
}

static void end(struct session *s) {
    tcp_close(s->connection);
    s->connection = NULL;
}

static void serve(struct session *s) {
    with_work &= ~s->bit;
    bool moved;
    do {
        moved = false;
        while (s->count > 0 && send_head(s)) {
            drop_head(s);
            moved = true;
        }
        while (take_input(s)) moved = true;
    } while (moved);
    if (s->count > 0) {
        with_replies |= s->bit;
    } else {
        with_replies &= ~s->bit;
        if (s->is_closing) end(s);
    }
}

void sessions_poll(void) {
    static uint64_t durable_before;
    static uint32_t first;
    uint64_t ready = with_work;
    if (wal_durable() != durable_before) ready |= with_replies;
    durable_before = wal_durable();
    if (ready == 0) return;
    // Start with another session each time: when the log is the bottleneck, the
    // first ones served take all of its room.
    first = (first + 1) % SESSIONS;
    ready = first == 0 ? ready : ready >> first | ready << (SESSIONS - first);
    for (uint32_t i = first; ready != 0; ready >>= 1, i++) {
        struct session *s = &sessions[i % SESSIONS];
        if ((ready & 1) != 0 && s->connection != NULL) serve(s);
    }
}

static bool needs_sectors(const struct session *s, uint64_t from, uint64_t to) {
    for (uint32_t i = 0; i < s->count; i++) {
        uint64_t sector = s->replies[(s->head + i) % REPLIES].sector;
        if (sector >= from && sector < to) return true;
    }
    return false;
}

void sessions_drop_readers(uint64_t from, uint64_t to) {
    for (struct session *s = sessions; s < sessions + SESSIONS; s++) {
        if (s->connection == NULL || !needs_sectors(s, from, to)) continue;
        tcp_abort(s->connection);
        s->connection = NULL;
    }
}
