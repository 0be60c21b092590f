// Congestion control: slow start, congestion avoidance, fast retransmit and
// fast recovery (RFC 5681) with the partial-acknowledgement rule of NewReno
// (RFC 6582).  Changes cwnd and ssthresh; the only segment sent from here is
// the fast retransmission.
#include "tcp-internal.h"

#define DUPLICATES_MEANING_LOSS 3u

static uint32_t initial_window(const struct tcp_connection *c) {
    return c->mss > 1095 ? 3 * c->mss : 4 * c->mss;
}

static uint32_t half_flight(const struct tcp_connection *c) {
    return max_u32((c->snd_max - c->snd_una) / 2, 2 * c->mss);
}

void tcp_congestion_start(struct tcp_connection *c) {
    c->cwnd = initial_window(c);
    c->ssthresh = TCP_RING * 4;  // "arbitrarily high": beyond any window we see
}

// `acked` bytes were newly acknowledged; snd_una is already advanced.
void tcp_congestion_new_ack(struct tcp_connection *c, uint32_t acked) {
    c->duplicate_acks = 0;
    if (!c->in_recovery) {
        uint32_t step = c->cwnd < c->ssthresh ? min_u32(acked, c->mss) : c->mss * c->mss / c->cwnd;
        c->cwnd = min_u32(c->cwnd + max_u32(step, 1), TCP_RING * 4);
        // Keep the mark near: sequence numbers compare over 2^31 bytes only.
        if (seq_before(c->recover, c->snd_una)) c->recover = c->snd_una;
        return;
    }
    if (seq_before(c->snd_una, c->recover)) {
        // A partial acknowledgement: the next hole was lost as well.
        c->cwnd = max_u32(c->cwnd - min_u32(acked, c->cwnd), c->mss) + c->mss;
        tcp_resend_first(c);
        return;
    }
    c->in_recovery = false;
    c->cwnd = c->ssthresh;
}

void tcp_congestion_duplicate_ack(struct tcp_connection *c) {
    c->duplicate_acks++;
    if (c->in_recovery) {
        c->cwnd += c->mss;
        return;
    }
    // Only data sent after the last recovery may start another one.
    if (c->duplicate_acks != DUPLICATES_MEANING_LOSS || seq_before(c->snd_una, c->recover)) return;
    c->ssthresh = half_flight(c);
    c->cwnd = c->ssthresh + DUPLICATES_MEANING_LOSS * c->mss;
    c->recover = c->snd_max;
    c->in_recovery = true;
    tcp_resend_first(c);
}

void tcp_congestion_timeout(struct tcp_connection *c) {
    // Repeated time-outs of the same data must not halve ssthresh again.
    if (c->retries <= 1) c->ssthresh = half_flight(c);
    c->cwnd = c->mss;
    c->in_recovery = false;
    c->duplicate_acks = 0;
    c->recover = c->snd_max;
}

// After a pause the network may have changed: start slowly again.
void tcp_congestion_idle(struct tcp_connection *c) {
    c->cwnd = min_u32(c->cwnd, initial_window(c));
}
