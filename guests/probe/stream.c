// The bytes that go down are the low bytes of the pattern's words; those that
// come up are summed and forgotten.
#include "stream.h"

#include "bytes.h"
#include "mix.h"
#include "tcp.h"

#define CHUNK 1024u

void stream_down(struct stream *s, uint32_t bytes, uint32_t salt) {
    *s = (struct stream){STREAM_DOWN, bytes, pattern_start(salt)};
}

void stream_up(struct stream *s, uint32_t bytes) {
    *s = (struct stream){STREAM_UP, bytes, SUM_START};
}

static void move_down(struct stream *s, struct tcp_connection *connection) {
    uint8_t chunk[CHUNK];
    for (;;) {
        uint32_t length = min_u32(min_u32(s->left, CHUNK), (uint32_t)tcp_room(connection));
        if (length == 0) return;
        for (uint32_t i = 0; i < length; i++) {
            s->state = pattern_next(s->state);
            chunk[i] = (uint8_t)s->state;
        }
        tcp_write(connection, chunk, length);
        s->left -= length;
    }
}

static void move_up(struct stream *s, struct tcp_connection *connection) {
    while (s->left > 0) {
        size_t length;
        const uint8_t *data = tcp_readable(connection, &length);
        if (length == 0) return;
        length = min_u32((uint32_t)length, s->left);
        s->state = sum_bytes(s->state, data, length);
        s->left -= (uint32_t)length;
        tcp_consume(connection, length);
    }
}

bool stream_move(struct stream *s, struct tcp_connection *connection) {
    if (s->kind == STREAM_DOWN) move_down(s, connection);
    if (s->kind == STREAM_UP) move_up(s, connection);
    return s->left == 0;
}
