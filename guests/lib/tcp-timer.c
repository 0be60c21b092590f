// Everything that happens because time passed: retransmission, window probes,
// the end of TIME-WAIT, and the round trip estimate behind the retransmission
// time-out (RFC 6298).  The unit is the tick; this file never reads a clock.
#include "tcp-internal.h"

static uint32_t clamp_rto(uint32_t rto) { return min_u32(max_u32(rto, RTO_MIN), RTO_MAX); }

void tcp_arm_retransmit(struct tcp_connection *c) { c->retransmit_at = tcp_now + c->rto; }

void tcp_rtt_begin(struct tcp_connection *c, uint32_t seq) {
    if (c->timing) return;
    c->timing = true;
    c->timed_seq = seq;
    c->timed_at = tcp_now;
}

void tcp_rtt_acked(struct tcp_connection *c, uint32_t ack) {
    if (!c->timing || !seq_before(c->timed_seq, ack)) return;
    c->timing = false;
    uint32_t sample = (uint32_t)(tcp_now - c->timed_at);
    if (!c->has_rtt) {
        c->has_rtt = true;
        c->srtt = sample * 8;
        c->rttvar = sample * 2;
    } else {
        uint32_t smooth = c->srtt / 8;
        uint32_t error = sample > smooth ? sample - smooth : smooth - sample;
        c->rttvar = c->rttvar - c->rttvar / 4 + error;
        c->srtt = c->srtt - c->srtt / 8 + sample;
    }
    c->rto = clamp_rto(c->srtt / 8 + max_u32(c->rttvar, 1));
}

void tcp_enter_time_wait(struct tcp_connection *c) {
    c->state = TCP_TIME_WAIT;
    c->retransmit_at = c->probe_at = 0;
    c->expire_at = tcp_now + TIME_WAIT_TICKS;
}

static void on_retransmit(struct tcp_connection *c) {
    c->retries++;
    c->timing = false;  // Karn: never time a segment that was sent twice
    c->rto = clamp_rto(c->rto * 2);
    tcp_arm_retransmit(c);
    if (c->state == TCP_SYN_RECEIVED) {
        c->syn_was_lost = true;
        if (c->retries > MAX_SYN_RETRIES) {
            tcp_release(c);
        } else {
            tcp_send_syn_ack(c);
        }
        return;
    }
    if (c->retries > MAX_RETRIES) {
        tcp_lose(c);
        return;
    }
    tcp_congestion_timeout(c);
    c->snd_nxt = tcp_resend_first(c);
}

static void on_probe(struct tcp_connection *c) {
    c->retries++;
    if (c->retries > MAX_RETRIES) {
        tcp_lose(c);
        return;
    }
    c->probe_interval = clamp_rto(c->probe_interval * 2);
    c->probe_at = tcp_now + c->probe_interval;
    tcp_resend_first(c);
}

static bool is_due(uint64_t deadline) { return deadline != 0 && deadline <= tcp_now; }

void tcp_check_timers(struct tcp_connection *c) {
    if (is_due(c->expire_at)) {
        tcp_release(c);
        return;
    }
    if (is_due(c->retransmit_at)) {
        on_retransmit(c);
    } else if (is_due(c->probe_at)) {
        on_probe(c);
    }
}
