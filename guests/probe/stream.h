// Bulk bytes: "down <bytes> <salt>" and "up <bytes>".  They belong to a session
// and go on over many wake-ups, as far as TCP has room.
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_connection;

#define STREAM_MAX 4194304u

struct stream {
    enum { STREAM_NONE, STREAM_DOWN, STREAM_UP } kind;
    uint32_t left;
    uint32_t state;  // down: of the pattern; up: the checksum so far
};

void stream_down(struct stream *stream, uint32_t bytes, uint32_t salt);
void stream_up(struct stream *stream, uint32_t bytes);

// Moves what can be moved now; true when the stream has ended.
bool stream_move(struct stream *stream, struct tcp_connection *connection);

#endif
