// A service of text lines over TCP: a name and decimal numbers, each after one
// space; from a word that begins with x on, the rest is padding.  Replies are
// RESP.  A client's commands are executed one after the other.
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

struct tcp_connection;

#define LINE_NUMBERS 8u
// Room that a client has for a short reply whenever a command of it begins.
#define LINE_REPLY_MAX 64u

struct line {
    struct bytes name;
    uint32_t count;
    uint32_t numbers[LINE_NUMBERS];
};

struct line_client {
    struct tcp_connection *connection;  // NULL: there is none, or it was lost
    // A command is under way: no other begins, and the record stays its own.
    bool is_busy;
    bool has_work;
    uint32_t length;
    uint8_t text[128];
};

// Executes a command: replies, or makes the client busy and replies later.
typedef void line_command(struct line_client *client, const struct line *line);

void lines_listen(uint16_t port, uint64_t secret, line_command *execute);

// Executes what has arrived; once per wake-up.
void lines_poll(void);

// From 0; below TCP_CONNECTIONS.
uint32_t line_client_index(const struct line_client *client);
struct line_client *line_client_at(uint32_t index);

bool line_is(const struct line *line, const char *name, uint32_t count);

// The reply of a command that was not refused, and of one that was.  They do
// nothing when the connection is gone.
void line_reply_integer(struct line_client *client, uint64_t number);
void line_reply_error(struct line_client *client, const char *why);
void line_reply_bulk_header(struct line_client *client, uint32_t length);

// Ends a command that made its client busy.
void line_done(struct line_client *client);

#endif
