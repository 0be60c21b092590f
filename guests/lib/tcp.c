// The connection table and what the application calls.  Nothing is sent from
// here: every call only marks the connection, and tcp_flush sends once per
// iteration of the main loop.
#include <stddef.h>

#include "string.h"
#include "tcp-internal.h"

uint64_t tcp_now;

// Not cleared at boot: an unused connection costs no memory but its first page.
static struct tcp_connection table[TCP_CONNECTIONS] __attribute__((section(".noinit")));
static const struct tcp_application *application;

void tcp_listen(uint16_t port, const struct tcp_application *app, uint64_t secret) {
    for (uint32_t i = 0; i < TCP_CONNECTIONS; i++) {
        table[i].state = TCP_FREE;
        table[i].wants_flush = false;
    }
    application = app;
    tcp_accept_open(port, secret);
}

struct tcp_connection *tcp_lookup(uint32_t ip, uint16_t port) {
    for (struct tcp_connection *c = table; c < table + TCP_CONNECTIONS; c++) {
        if (c->state != TCP_FREE && c->peer_port == port && c->peer_ip == ip) return c;
    }
    return NULL;
}

struct tcp_connection *tcp_awaiting_entropy(void) {
    for (struct tcp_connection *c = table; c < table + TCP_CONNECTIONS; c++) {
        if (c->state == TCP_WAIT_ENTROPY) return c;
    }
    return NULL;
}

// A free record, or failing that the TIME-WAIT record nearest to its end.
static struct tcp_connection *find_reusable(void) {
    struct tcp_connection *oldest = NULL;
    for (struct tcp_connection *c = table; c < table + TCP_CONNECTIONS; c++) {
        if (c->state == TCP_FREE) return c;
        if (c->state == TCP_TIME_WAIT && (oldest == NULL || c->expire_at < oldest->expire_at)) {
            oldest = c;
        }
    }
    return oldest;
}

struct tcp_connection *tcp_allocate(void) {
    struct tcp_connection *c = find_reusable();
    if (c == NULL) return NULL;
    // A released record may still be on the flush list, once; keep the mark so
    // that it cannot get there twice.
    bool listed = c->wants_flush;
    memset(c, 0, offsetof(struct tcp_connection, send_ring));
    c->wants_flush = listed;
    return c;
}

void tcp_release(struct tcp_connection *c) { c->state = TCP_FREE; }

void tcp_lose(struct tcp_connection *c) {
    bool attached = c->attached;
    tcp_release(c);
    if (attached) application->lost(c, c->tag);
}

void tcp_tell_opened(struct tcp_connection *c) {
    c->attached = true;
    application->opened(c);
}

void tcp_tell_progress(struct tcp_connection *c) {
    if (c->attached) application->progressed(c, c->tag);
}

void tcp_set_tag(struct tcp_connection *c, void *tag) { c->tag = tag; }

const uint8_t *tcp_readable(struct tcp_connection *c, size_t *length) {
    uint32_t place = c->rcv_read % TCP_RING;
    *length = min_u32(c->rcv_nxt - c->rcv_read - (c->peer_finished ? 1 : 0), TCP_RING - place);
    return c->receive_ring + place;
}

void tcp_consume(struct tcp_connection *c, size_t length) {
    c->rcv_read += (uint32_t)length;
    // Tell the peer about the new room only when it is worth a segment.
    if (c->rcv_read + TCP_WINDOW - c->rcv_promised >= 2 * TCP_OWN_MSS) {
        c->owes_ack = true;
        tcp_want_flush(c);
    }
}

bool tcp_at_end(const struct tcp_connection *c) {
    return c->peer_finished && c->rcv_nxt - c->rcv_read == 1;
}

size_t tcp_room(const struct tcp_connection *c) { return TCP_RING - (c->snd_end - c->snd_una); }

void tcp_write(struct tcp_connection *c, const void *data, size_t length) {
    uint32_t place = c->snd_end % TCP_RING;
    size_t first = min_u32((uint32_t)length, TCP_RING - place);
    memcpy(c->send_ring + place, data, first);
    memcpy(c->send_ring, (const uint8_t *)data + first, length - first);
    c->snd_end += (uint32_t)length;
    tcp_want_flush(c);
}

void tcp_close(struct tcp_connection *c) {
    c->attached = false;
    c->rcv_read = c->rcv_nxt;  // what was not read never will be
    c->fin_queued = true;
    c->state = c->state == TCP_CLOSE_WAIT ? TCP_LAST_ACK : TCP_FIN_WAIT_1;
    tcp_want_flush(c);
}

void tcp_abort(struct tcp_connection *c) {
    tcp_send_reset(c);
    tcp_release(c);
}

void tcp_tick(uint64_t ticks) {
    tcp_now = ticks;
    for (struct tcp_connection *c = table; c < table + TCP_CONNECTIONS; c++) {
        if (c->state != TCP_FREE) tcp_check_timers(c);
    }
}
