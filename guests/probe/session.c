// Sessions: lines in, replies out, strictly in order.  A command runs to its end
// and may wait in between, so that the machine does one torture at a time; only
// streams go on over many wake-ups.
#include "session.h"

#include <stdbool.h>

#include "commands.h"
#include "stream.h"
#include "tcp.h"

#define SESSIONS 64u
#define LINE_MAX 128u

struct session {
    struct tcp_connection *connection;  // NULL: free
    bool has_work;
    bool is_busy;  // in a command; the record must not be given to another
    uint32_t line_length;
    uint8_t line[LINE_MAX];
    struct stream stream;
};

static struct session sessions[SESSIONS];

static void on_opened(struct tcp_connection *connection) {
    struct session *s = sessions;
    while (s < sessions + SESSIONS && (s->connection != NULL || s->is_busy)) s++;
    if (s == sessions + SESSIONS) {
        tcp_abort(connection);
        return;
    }
    *s = (struct session){.connection = connection};
    tcp_set_tag(connection, s);
}

static void on_progress(struct tcp_connection *connection, void *tag) {
    (void)connection;
    ((struct session *)tag)->has_work = true;
}

static void on_lost(struct tcp_connection *connection, void *tag) {
    (void)connection;
    ((struct session *)tag)->connection = NULL;
}

const struct tcp_application *sessions_application(void) {
    static const struct tcp_application application = {on_opened, on_progress, on_lost};
    return &application;
}

static void send(struct session *s, struct reply *reply) {
    reply_end(reply);
    tcp_write(s->connection, reply->text, reply->length);
}

// Moves the session's stream; true when there is none any more.
static bool move_stream(struct session *s) {
    if (s->stream.kind == STREAM_NONE) return true;
    if (!stream_move(&s->stream, s->connection)) return false;
    if (tcp_room(s->connection) < REPLY_TEXT_MAX) return false;
    if (s->stream.kind == STREAM_DOWN) {
        tcp_write(s->connection, "\r\n", 2);
    } else {
        struct reply reply;
        reply_integer(&reply, s->stream.state);
        send(s, &reply);
    }
    s->stream.kind = STREAM_NONE;
    return true;
}

// Cuts the line into its name and its numbers; false if that is not what it is.
static bool parse(const struct session *s, struct bytes *name, struct request *request) {
    uint32_t at = 0;
    while (at < s->line_length && s->line[at] != ' ') at++;
    *name = (struct bytes){s->line, at};
    request->count = 0;
    while (at < s->line_length) {
        at++;  // the space
        uint32_t start = at;
        uint64_t number = 0;
        for (; at < s->line_length && s->line[at] != ' '; at++) {
            uint8_t digit = (uint8_t)(s->line[at] - '0');
            number = number * 10 + digit;
            if (digit > 9 || number > UINT32_MAX) return false;
        }
        if (at == start || request->count == ARGUMENTS_MAX) return false;
        request->numbers[request->count++] = (uint32_t)number;
    }
    return true;
}

static bool is_word(struct bytes name, char a, char b) {
    return name.at[0] == (uint8_t)a && name.at[name.length - 1] == (uint8_t)b;
}

// True when the line was the beginning of a stream.
static bool begin_stream(struct session *s, struct bytes name, const struct request *request) {
    bool is_down = name.length == 4 && is_word(name, 'd', 'n') && request->count == 2;
    bool is_up = name.length == 2 && is_word(name, 'u', 'p') && request->count == 1;
    if ((!is_down && !is_up) || request->numbers[0] > STREAM_MAX) return false;
    if (is_down) {
        struct reply header;
        reply_bulk_header(&header, request->numbers[0]);
        send(s, &header);
        stream_down(&s->stream, request->numbers[0], request->numbers[1]);
    } else {
        stream_up(&s->stream, request->numbers[0]);
    }
    return true;
}

static void execute(struct session *s) {
    struct bytes name;
    struct request request;
    struct reply reply = {0};
    if (s->line_length > 0 && s->line[s->line_length - 1] == '\r') s->line_length--;
    bool is_sound = parse(s, &name, &request);
    s->line_length = 0;
    if (is_sound && begin_stream(s, name, &request)) return;
    s->is_busy = true;
    if (is_sound) {
        command_execute(name, &request, &reply);
    } else {
        reply_error(&reply, "expected a name and numbers");
    }
    s->is_busy = false;
    // Waiting in the command may have brought the end of this connection.
    if (s->connection != NULL) send(s, &reply);
}

// Takes input up to the end of one line; false when there is nothing to do.
static bool take_line(struct session *s) {
    size_t length, used = 0;
    const uint8_t *data = tcp_readable(s->connection, &length);
    while (used < length && data[used] != '\n' && s->line_length < LINE_MAX) {
        s->line[s->line_length++] = data[used++];
    }
    bool is_whole = used < length && data[used] == '\n';
    if (!is_whole && s->line_length == LINE_MAX) {
        tcp_abort(s->connection);
        s->connection = NULL;
        return false;
    }
    tcp_consume(s->connection, used + is_whole);
    if (is_whole) execute(s);
    return is_whole || used > 0;
}

// The peer ended its side in the middle of what it had promised.
static bool is_cut_short(const struct session *s) {
    return s->stream.kind == STREAM_UP && s->stream.left > 0 && tcp_at_end(s->connection);
}

static void serve(struct session *s) {
    bool moved = true;
    while (s->connection != NULL && moved) {
        if (!move_stream(s) && !is_cut_short(s)) return;
        if (is_cut_short(s)) break;
        moved = tcp_room(s->connection) >= REPLY_TEXT_MAX && take_line(s);
    }
    if (s->connection != NULL && tcp_at_end(s->connection)) {
        tcp_close(s->connection);
        s->connection = NULL;
    }
}

static bool serve_all(void) {
    bool served = false;
    for (struct session *s = sessions; s < sessions + SESSIONS; s++) {
        if (s->connection == NULL || !s->has_work) continue;
        s->has_work = false;
        served = true;
        serve(s);
    }
    return served;
}

// Again, as long as a command itself has taken frames that gave others work.
void sessions_poll(void) {
    while (serve_all()) {
    }
}
