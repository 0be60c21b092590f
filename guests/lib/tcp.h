// TCP, the server side: connections arrive at one port and are read and written
// through rings of 16 KiB.  The four functions at the end are called by the
// main loop and the IP layer; the rest is for the application.
#ifndef TCP_H
#define TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_connection;

// How the application hears of its connections.  The callbacks must only take
// note; the work is done later, from the application's turn in the main loop.
struct tcp_application {
    // A connection is established; tcp_abort may be called at once to refuse it.
    void (*opened)(struct tcp_connection *connection);
    // Bytes or the end of the stream arrived, or room to send became free.
    void (*progressed)(struct tcp_connection *connection, void *tag);
    // The connection was reset or timed out and must not be used any more.
    void (*lost)(struct tcp_connection *connection, void *tag);
};

// `secret` is one draw of entropy made at boot (for sequence numbers).
void tcp_listen(uint16_t port, const struct tcp_application *application, uint64_t secret);

void tcp_set_tag(struct tcp_connection *connection, void *tag);

// The received bytes that lie in one piece; take some of them with
// tcp_consume.
const uint8_t *tcp_readable(struct tcp_connection *connection, size_t *length);
void tcp_consume(struct tcp_connection *connection, size_t length);

// True when the peer has sent its last byte and all were consumed.
bool tcp_at_end(const struct tcp_connection *connection);

// How many bytes tcp_write would take now.
size_t tcp_room(const struct tcp_connection *connection);
void tcp_write(struct tcp_connection *connection, const void *data, size_t length);

// Sends what was written, then closes.  The application lets go of the
// connection: no callback follows.
void tcp_close(struct tcp_connection *connection);

// Resets the connection; no callback follows.
void tcp_abort(struct tcp_connection *connection);

void tcp_input(uint32_t from, const uint8_t *segment, size_t length);
void tcp_tick(uint64_t ticks);
void tcp_entropy(uint64_t draw);
void tcp_flush(void);

#endif
