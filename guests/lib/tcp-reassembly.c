// The receive ring.  Data goes straight to its place in the ring even when it
// arrives early; gaps[] remembers which early spans are there.  A segment that
// would need more spans than we keep is forgotten, and the peer sends it again.
// The window's right edge never moves back.
#include "string.h"
#include "tcp-internal.h"

uint32_t tcp_receive_window(const struct tcp_connection *c) {
    uint32_t edge = c->rcv_read + TCP_WINDOW;
    // Small steps of the edge would invite small segments (RFC 1122, 4.2.3.3).
    if (edge - c->rcv_promised < TCP_OWN_MSS) edge = c->rcv_promised;
    return edge - c->rcv_nxt;
}

bool tcp_fits_window(const struct tcp_connection *c, const struct tcp_segment *s) {
    uint32_t window = c->rcv_promised - c->rcv_nxt;
    uint32_t length = s->length + ((s->flags & TCP_SYN) != 0) + ((s->flags & TCP_FIN) != 0);
    // An empty segment may stand at the right edge itself: that is where a peer
    // who has filled the window acknowledges from.
    if (length == 0) return s->seq - c->rcv_nxt <= window;
    if (window == 0) return false;
    return s->seq - c->rcv_nxt < window || s->seq + length - 1 - c->rcv_nxt < window;
}

static void store(struct tcp_connection *c, uint32_t seq, const uint8_t *data, uint32_t length) {
    uint32_t place = seq % TCP_RING;
    uint32_t first = min_u32(length, TCP_RING - place);
    memcpy(c->receive_ring + place, data, first);
    memcpy(c->receive_ring, data + first, length - first);
}

static void remove_gap(struct tcp_connection *c, uint32_t index) {
    c->gap_count--;
    for (; index < c->gap_count; index++) c->gaps[index] = c->gaps[index + 1];
}

// Adds a span to the early ones, joining those it touches; false if there is no
// place for it.
static bool note_early(struct tcp_connection *c, struct tcp_span span) {
    uint32_t i = 0;
    while (i < c->gap_count && seq_before(c->gaps[i].end, span.begin)) i++;
    while (i < c->gap_count && seq_at_most(c->gaps[i].begin, span.end)) {
        if (seq_before(c->gaps[i].begin, span.begin)) span.begin = c->gaps[i].begin;
        if (seq_before(span.end, c->gaps[i].end)) span.end = c->gaps[i].end;
        remove_gap(c, i);
    }
    if (c->gap_count == TCP_GAPS) return false;
    for (uint32_t j = c->gap_count; j > i; j--) c->gaps[j] = c->gaps[j - 1];
    c->gaps[i] = span;
    c->gap_count++;
    return true;
}

static void advance(struct tcp_connection *c, uint32_t end) {
    c->rcv_nxt = end;
    while (c->gap_count > 0 && seq_at_most(c->gaps[0].begin, c->rcv_nxt)) {
        if (seq_before(c->rcv_nxt, c->gaps[0].end)) c->rcv_nxt = c->gaps[0].end;
        remove_gap(c, 0);
    }
    if (!c->attached) c->rcv_read = c->rcv_nxt;  // nobody will read it
}

void tcp_take_data(struct tcp_connection *c, uint32_t seq, const uint8_t *data, uint32_t length) {
    if (seq_before(seq, c->rcv_nxt)) {
        uint32_t known = c->rcv_nxt - seq;
        if (known >= length) return;
        seq += known;
        data += known;
        length -= known;
    }
    uint32_t room = c->rcv_promised - seq;
    if (length > room) length = room;
    struct tcp_span span = {seq, seq + length};
    if (seq == c->rcv_nxt) {
        store(c, seq, data, length);
        advance(c, span.end);
    } else if (note_early(c, span)) {
        store(c, seq, data, length);
    }
}
