#include "bulk.h"

#include "bytes.h"
#include "lines.h"
#include "tcp-internal.h"

#define CHUNK 4096u

struct transfer {
    enum { NONE, UP, DOWN } kind;
    uint32_t bytes, left;
};

static struct transfer transfers[TCP_CONNECTIONS];
static const uint8_t zeros[CHUNK];

static void begin(struct line_client *client, struct transfer transfer) {
    transfers[line_client_index(client)] = transfer;
    client->is_busy = true;
}

void bulk_up(struct line_client *client, uint32_t bytes) {
    begin(client, (struct transfer){UP, bytes, bytes});
}

void bulk_down(struct line_client *client, uint32_t bytes) {
    line_reply_bulk_header(client, bytes);
    begin(client, (struct transfer){DOWN, bytes, bytes});
}

static void take(struct transfer *t, struct tcp_connection *connection) {
    while (t->left > 0) {
        size_t length;
        tcp_readable(connection, &length);
        if (length == 0) return;
        uint32_t taken = min_u32((uint32_t)length, t->left);
        tcp_consume(connection, taken);
        t->left -= taken;
    }
}

static void give(struct transfer *t, struct tcp_connection *connection) {
    while (t->left > 0) {
        uint32_t length = min_u32(min_u32(t->left, CHUNK), (uint32_t)tcp_room(connection));
        if (length == 0) return;
        tcp_write(connection, zeros, length);
        t->left -= length;
    }
}

// True when all its bytes have moved and its end has been told, or nobody is there any more.
static bool move(struct transfer *t, struct line_client *client) {
    struct tcp_connection *connection = client->connection;
    if (connection == NULL) return true;
    if (t->kind == UP) take(t, connection);
    if (t->kind == DOWN) give(t, connection);
    if (t->left > 0) return t->kind == UP && tcp_at_end(connection);
    if (tcp_room(connection) < LINE_REPLY_MAX) return false;
    if (t->kind == UP) line_reply_integer(client, t->bytes);
    if (t->kind == DOWN) tcp_write(connection, "\r\n", 2);
    return true;
}

bool bulk_move(void) {
    bool ended = false;
    for (uint32_t i = 0; i < TCP_CONNECTIONS; i++) {
        struct line_client *client = line_client_at(i);
        if (transfers[i].kind == NONE || !move(&transfers[i], client)) continue;
        transfers[i].kind = NONE;
        line_done(client);
        ended = true;
    }
    return ended;
}
