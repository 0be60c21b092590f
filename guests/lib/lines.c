#include "lines.h"

#include "string.h"
#include "tcp-internal.h"

static struct line_client clients[TCP_CONNECTIONS];
static line_command *execute_line;

static void on_opened(struct tcp_connection *connection) {
    struct line_client *c = clients;
    while (c < clients + TCP_CONNECTIONS && (c->connection != NULL || c->is_busy)) c++;
    if (c == clients + TCP_CONNECTIONS) {
        tcp_abort(connection);
        return;
    }
    *c = (struct line_client){.connection = connection};
    tcp_set_tag(connection, c);
}

static void on_progress(struct tcp_connection *connection, void *tag) {
    (void)connection;
    ((struct line_client *)tag)->has_work = true;
}

static void on_lost(struct tcp_connection *connection, void *tag) {
    (void)connection;
    ((struct line_client *)tag)->connection = NULL;
}

void lines_listen(uint16_t port, uint64_t secret, line_command *execute) {
    static const struct tcp_application application = {on_opened, on_progress, on_lost};
    execute_line = execute;
    tcp_listen(port, &application, secret);
}

uint32_t line_client_index(const struct line_client *client) {
    return (uint32_t)(client - clients);
}

struct line_client *line_client_at(uint32_t index) { return &clients[index]; }

bool line_is(const struct line *line, const char *name, uint32_t count) {
    size_t length = 0;
    while (name[length] != '\0') length++;
    return line->count == count && line->name.length == length &&
           memcmp(line->name.at, name, length) == 0;
}

static void reply(struct line_client *client, char kind, const char *text) {
    if (client->connection == NULL) return;
    size_t length = 0;
    while (text[length] != '\0') length++;
    tcp_write(client->connection, &kind, 1);
    tcp_write(client->connection, text, length);
    tcp_write(client->connection, "\r\n", 2);
}

static void reply_number(struct line_client *client, char kind, uint64_t number) {
    char text[21];
    char *at = text + 20;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    reply(client, kind, at);
}

void line_reply_integer(struct line_client *client, uint64_t number) {
    reply_number(client, ':', number);
}

void line_reply_bulk_header(struct line_client *client, uint32_t length) {
    reply_number(client, '$', length);
}

void line_reply_error(struct line_client *client, const char *why) { reply(client, '-', why); }

void line_done(struct line_client *client) {
    client->is_busy = false;
    client->has_work = true;
}

// Cuts the text into a name and numbers; false if that is not what it is.
static bool parse(const struct line_client *c, struct line *line) {
    uint32_t at = 0;
    while (at < c->length && c->text[at] != ' ') at++;
    line->name = (struct bytes){c->text, at};
    line->count = 0;
    while (at < c->length) {
        at++;  // the space
        if (at < c->length && c->text[at] == 'x') return true;
        uint32_t start = at;
        uint64_t number = 0;
        for (; at < c->length && c->text[at] != ' '; at++) {
            uint8_t digit = (uint8_t)(c->text[at] - '0');
            number = number * 10 + digit;
            if (digit > 9 || number > UINT32_MAX) return false;
        }
        if (at == start || line->count == LINE_NUMBERS) return false;
        line->numbers[line->count++] = (uint32_t)number;
    }
    return true;
}

static void execute(struct line_client *c) {
    struct line line;
    if (c->length > 0 && c->text[c->length - 1] == '\r') c->length--;
    bool is_sound = parse(c, &line);
    c->length = 0;
    if (is_sound) {
        execute_line(c, &line);
    } else {
        line_reply_error(c, "ERR expected a name and numbers");
    }
}

// Takes input up to the end of one line; false when there is nothing to do. Of a
// padded line only the beginning is kept.
static bool take_line(struct line_client *c) {
    size_t length, used = 0;
    const uint8_t *data = tcp_readable(c->connection, &length);
    while (used < length && data[used] != '\n') {
        if (c->length < sizeof c->text) c->text[c->length++] = data[used];
        used++;
    }
    bool is_whole = used < length;
    tcp_consume(c->connection, used + is_whole);
    if (is_whole) execute(c);
    return is_whole || used > 0;
}

static bool may_begin(const struct line_client *c) {
    return c->connection != NULL && !c->is_busy && tcp_room(c->connection) >= LINE_REPLY_MAX;
}

void lines_poll(void) {
    for (struct line_client *c = clients; c < clients + TCP_CONNECTIONS; c++) {
        if (!c->has_work || c->is_busy || c->connection == NULL) continue;
        c->has_work = false;
        while (may_begin(c) && take_line(c)) {
        }
        if (c->connection == NULL || c->is_busy || !tcp_at_end(c->connection)) continue;
        tcp_close(c->connection);
        c->connection = NULL;
    }
}
