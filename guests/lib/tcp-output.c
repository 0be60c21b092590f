// Building and sending segments.  The payload is always taken from the send
// ring by sequence number, so a retransmission carries the very bytes of the
// first transmission.
#include "bytes.h"
#include "checksum.h"
#include "net.h"
#include "string.h"
#include "tcp-internal.h"

#define OPTION_MSS 2u
#define OPTION_MSS_LENGTH 4u
#define SYN_HEADER (TCP_HEADER + OPTION_MSS_LENGTH)

static struct tcp_connection *flush_list[TCP_CONNECTIONS];
static uint32_t flush_count;

void tcp_want_flush(struct tcp_connection *c) {
    if (c->wants_flush) return;
    c->wants_flush = true;
    flush_list[flush_count++] = c;
}

struct header {
    uint16_t from_port;
    uint32_t to;
    uint16_t to_port;
    uint32_t seq, ack, window;
    uint8_t flags;
};

// Fills in a header of `header_length` bytes in front of the payload and sends.
static void send(uint8_t *segment, const struct header *h, uint32_t header_length,
                 uint32_t payload_length) {
    uint32_t length = header_length + payload_length;
    store_be16(segment, h->from_port);
    store_be16(segment + 2, h->to_port);
    store_be32(segment + 4, h->seq);
    store_be32(segment + 8, h->ack);
    segment[12] = (uint8_t)(header_length / 4 << 4);
    segment[13] = h->flags;
    store_be16(segment + 14, (uint16_t)h->window);
    store_be32(segment + 16, 0);
    uint64_t sum = checksum_pseudo(ip_address(), h->to, IP_PROTOCOL_TCP, length);
    checksum_store(segment + 16, checksum_add(sum, segment, length));
    ip_end(h->to, IP_PROTOCOL_TCP, length);
}

static struct header header_for(struct tcp_connection *c, uint32_t seq, uint8_t flags) {
    uint32_t window = tcp_receive_window(c);
    c->rcv_promised = c->rcv_nxt + window;
    c->owes_ack = false;
    return (struct header){
        .from_port = tcp_port(),
        .to = c->peer_ip,
        .to_port = c->peer_port,
        .seq = seq,
        .ack = c->rcv_nxt,
        .window = window,
        .flags = flags,
    };
}

// Sends `length` bytes of the ring from `seq` on; false if no frame is free.
static bool send_data(struct tcp_connection *c, uint32_t seq, uint32_t length, uint8_t flags) {
    uint8_t *segment = ip_begin();
    if (segment == NULL) return false;
    uint32_t place = seq % TCP_RING;
    uint32_t first = min_u32(length, TCP_RING - place);
    memcpy(segment + TCP_HEADER, c->send_ring + place, first);
    memcpy(segment + TCP_HEADER + first, c->send_ring, length - first);
    struct header h = header_for(c, seq, flags);
    send(segment, &h, TCP_HEADER, length);
    uint32_t end = seq + length + ((flags & TCP_FIN) != 0);
    if (seq_before(c->snd_max, end)) c->snd_max = end;
    c->last_sent_at = tcp_now;
    return true;
}

void tcp_send_syn_ack(struct tcp_connection *c) {
    uint8_t *segment = ip_begin();
    if (segment == NULL) return;
    segment[TCP_HEADER] = OPTION_MSS;
    segment[TCP_HEADER + 1] = OPTION_MSS_LENGTH;
    store_be16(segment + TCP_HEADER + 2, TCP_OWN_MSS);
    struct header h = header_for(c, c->iss, TCP_SYN | TCP_ACK);
    send(segment, &h, SYN_HEADER, 0);
}

void tcp_send_ack(struct tcp_connection *c) { send_data(c, c->snd_nxt, 0, TCP_ACK); }

static bool fin_was_sent(const struct tcp_connection *c) {
    return c->fin_queued && c->snd_max == c->snd_end + 1;
}

// Sends one segment from snd_una again, whatever the congestion window says, and
// returns the sequence number behind it (snd_una if no frame was free).
uint32_t tcp_resend_first(struct tcp_connection *c) {
    uint32_t length = min_u32(c->snd_end - c->snd_una, c->mss);
    length = min_u32(length, max_u32(c->snd_wnd, 1));
    bool fin = fin_was_sent(c) && c->snd_una + length == c->snd_end;
    c->timing = false;
    if (length == 0 && !fin) return c->snd_una;
    uint8_t flags = TCP_ACK | TCP_PSH | (fin ? TCP_FIN : 0);
    return c->snd_una + (send_data(c, c->snd_una, length, flags) ? length + fin : 0);
}

void tcp_send_reset(struct tcp_connection *c) {
    send_data(c, c->snd_nxt, 0, TCP_RST | TCP_ACK);
}

void tcp_refuse(const struct tcp_segment *s) {
    uint8_t *segment = ip_begin();
    if (segment == NULL) return;
    struct header h = {
        .from_port = s->to_port, .to = s->from, .to_port = s->from_port, .flags = TCP_RST};
    if (s->flags & TCP_ACK) {
        h.seq = s->ack;
    } else {
        h.ack = s->seq + s->length + ((s->flags & TCP_SYN) != 0) + ((s->flags & TCP_FIN) != 0);
        h.flags |= TCP_ACK;
    }
    send(segment, &h, TCP_HEADER, 0);
}

// How much may be sent from snd_nxt now: what both windows allow, and no small
// segment unless it is the last one or half of all the peer ever offered
// (RFC 1122, 4.2.3.4, without Nagle: replies are already gathered).
static uint32_t sendable(const struct tcp_connection *c) {
    uint32_t left = c->snd_end - c->snd_nxt;
    uint32_t window = min_u32(c->snd_wnd, c->cwnd);
    uint32_t flight = c->snd_nxt - c->snd_una;
    uint32_t usable = flight < window ? window - flight : 0;
    uint32_t length = min_u32(min_u32(left, usable), c->mss);
    bool is_silly = length < c->mss && length < left && length < c->snd_wnd_max / 2;
    return is_silly ? 0 : length;
}

// Sends one segment from snd_nxt if there is something to send.
static bool send_next(struct tcp_connection *c) {
    if (seq_before(c->snd_end, c->snd_nxt)) return false;  // even the FIN is out
    uint32_t length = sendable(c);
    bool fin = c->fin_queued && c->snd_nxt + length == c->snd_end;
    if (length == 0 && !fin) return false;
    bool is_new = c->snd_nxt == c->snd_max;
    uint8_t flags = TCP_ACK | (fin ? TCP_FIN : 0);
    if (c->snd_nxt + length == c->snd_end) flags |= TCP_PSH;
    if (!send_data(c, c->snd_nxt, length, flags)) {
        tcp_want_flush(c);  // try again in the next iteration
        return false;
    }
    if (is_new) tcp_rtt_begin(c, c->snd_nxt);
    c->snd_nxt += length + fin;
    c->probe_at = 0;
    if (c->retransmit_at == 0) tcp_arm_retransmit(c);
    return true;
}

static void output(struct tcp_connection *c) {
    bool was_idle = c->snd_una == c->snd_max;
    if (was_idle && tcp_now - c->last_sent_at > c->rto) tcp_congestion_idle(c);
    while (send_next(c)) {
    }
    bool is_stuck = seq_before(c->snd_nxt, c->snd_end) && c->retransmit_at == 0;
    if (is_stuck && c->probe_at == 0) {
        c->probe_interval = c->rto;
        c->probe_at = tcp_now + c->probe_interval;
    }
    if (c->owes_ack) tcp_send_ack(c);
}

void tcp_flush(void) {
    uint32_t count = flush_count;
    flush_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct tcp_connection *c = flush_list[i];
        c->wants_flush = false;
        if (c->state > TCP_SYN_RECEIVED) output(c);
    }
}
