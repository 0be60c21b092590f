// A segment arrived: the event processing of RFC 9293, section 3.10.7, in its
// order, with the stricter RST and SYN rules of RFC 5961.  Nothing in a segment
// is believed before its checksum and its sequence number were checked.
#include "bytes.h"
#include "checksum.h"
#include "net.h"
#include "tcp-internal.h"

#define OPTION_END 0u
#define OPTION_NOTHING 1u
#define OPTION_MSS 2u
#define CHALLENGES_PER_SECOND 10u
#define TICKS_PER_SECOND 100u

static uint32_t find_mss(const uint8_t *options, uint32_t length) {
    uint32_t i = 0;
    while (i < length && options[i] != OPTION_END) {
        if (options[i] == OPTION_NOTHING) {
            i++;
            continue;
        }
        if (i + 1 >= length || options[i + 1] < 2 || i + options[i + 1] > length) break;
        if (options[i] == OPTION_MSS && options[i + 1] == 4) {
            return max_u32(load_be16(options + i + 2), 64);
        }
        i += options[i + 1];
    }
    return TCP_DEFAULT_MSS;
}

// False if the segment is malformed or damaged.
static bool parse(struct tcp_segment *s, uint32_t from, const uint8_t *bytes, size_t length) {
    if (length < TCP_HEADER) return false;
    uint32_t header = (bytes[12] >> 4) * 4u;
    if (header < TCP_HEADER || header > length) return false;
    uint64_t sum = checksum_pseudo(from, ip_address(), IP_PROTOCOL_TCP, length);
    if (!checksum_is_valid(checksum_add(sum, bytes, length))) return false;
    s->from = from;
    s->from_port = load_be16(bytes);
    s->to_port = load_be16(bytes + 2);
    s->seq = load_be32(bytes + 4);
    s->ack = load_be32(bytes + 8);
    s->flags = bytes[13];
    s->window = load_be16(bytes + 14);
    s->data = bytes + header;
    s->length = (uint32_t)length - header;
    s->mss = s->flags & TCP_SYN ? find_mss(bytes + TCP_HEADER, header - TCP_HEADER) : 0;
    return true;
}

// An answer that gives an attacker nothing and makes a real peer send what we
// need; limited because it answers segments that may be forged.
static void send_challenge(struct tcp_connection *c) {
    static uint64_t second;
    static uint32_t sent;
    if (tcp_now / TICKS_PER_SECOND != second) {
        second = tcp_now / TICKS_PER_SECOND;
        sent = 0;
    }
    if (sent++ < CHALLENGES_PER_SECOND) tcp_send_ack(c);
}

static void answer_stray(const struct tcp_segment *s) {
    if (s->flags & TCP_RST) return;
    bool is_opening = (s->flags & (TCP_SYN | TCP_ACK | TCP_FIN)) == TCP_SYN;
    if (is_opening && s->to_port == tcp_port()) {
        tcp_accept(s);
    } else {
        tcp_refuse(s);
    }
}

static void on_unacceptable(struct tcp_connection *c, const struct tcp_segment *s) {
    if (s->flags & TCP_RST) return;
    if (c->state == TCP_SYN_RECEIVED && (s->flags & TCP_SYN) && s->seq == c->irs) {
        tcp_send_syn_ack(c);  // our SYN-ACK was lost
        return;
    }
    if (c->state == TCP_TIME_WAIT && (s->flags & TCP_FIN)) tcp_enter_time_wait(c);
    tcp_send_ack(c);
}

static void on_reset(struct tcp_connection *c, const struct tcp_segment *s) {
    if (s->seq == c->rcv_nxt) {
        tcp_lose(c);
    } else {
        send_challenge(c);
    }
}

static void on_fin_acked(struct tcp_connection *c) {
    if (c->state == TCP_FIN_WAIT_1) {
        c->state = TCP_FIN_WAIT_2;
        c->expire_at = tcp_now + FIN_WAIT_2_TICKS;
    } else if (c->state == TCP_CLOSING) {
        tcp_enter_time_wait(c);
    } else if (c->state == TCP_LAST_ACK) {
        tcp_release(c);
    }
}

static void on_new_ack(struct tcp_connection *c, uint32_t ack) {
    uint32_t acked = ack - c->snd_una;
    tcp_rtt_acked(c, ack);
    c->snd_una = ack;
    if (seq_before(c->snd_nxt, ack)) c->snd_nxt = ack;
    c->probe_at = 0;
    if (ack == c->snd_max) {
        c->retransmit_at = 0;
    } else {
        tcp_arm_retransmit(c);
    }
    tcp_congestion_new_ack(c, acked);
    if (c->fin_queued && ack == c->snd_end + 1) {
        c->snd_end++;  // the FIN is history now; the ring counts from snd_una
        c->fin_queued = false;
        on_fin_acked(c);
    }
    tcp_tell_progress(c);
}

static bool is_duplicate_ack(const struct tcp_connection *c, const struct tcp_segment *s) {
    return s->ack == c->snd_una && c->snd_nxt != c->snd_una && s->length == 0 &&
           (s->flags & TCP_FIN) == 0 && s->window == c->snd_wnd;
}

static void update_send_window(struct tcp_connection *c, const struct tcp_segment *s) {
    bool is_newer = seq_before(c->snd_wl1, s->seq) ||
                    (c->snd_wl1 == s->seq && seq_at_most(c->snd_wl2, s->ack));
    if (!is_newer) return;
    c->snd_wnd = s->window;
    c->snd_wnd_max = max_u32(c->snd_wnd_max, s->window);
    c->snd_wl1 = s->seq;
    c->snd_wl2 = s->ack;
}

static bool establish(struct tcp_connection *c, const struct tcp_segment *s) {
    if (s->ack != c->snd_max) {
        tcp_refuse(s);
        return false;
    }
    c->state = TCP_ESTABLISHED;
    tcp_rtt_acked(c, s->ack);
    if (c->syn_was_lost) c->rto = RTO_AFTER_LOST_SYN;
    c->snd_una = s->ack;
    c->retransmit_at = 0;
    c->retries = 0;
    update_send_window(c, s);
    tcp_tell_opened(c);
    return c->state == TCP_ESTABLISHED;  // the application may have refused
}

// False if the segment must not be processed further.
static bool take_ack(struct tcp_connection *c, const struct tcp_segment *s) {
    if (c->state == TCP_SYN_RECEIVED) return establish(c, s);
    if (seq_before(c->snd_max, s->ack)) {
        tcp_send_ack(c);
        return false;
    }
    if (seq_before(s->ack, c->snd_una - c->snd_wnd_max)) {
        send_challenge(c);
        return false;
    }
    if (seq_before(s->ack, c->snd_una)) return true;  // old, harmless
    c->retries = 0;
    if (is_duplicate_ack(c, s)) tcp_congestion_duplicate_ack(c);
    update_send_window(c, s);
    if (s->ack != c->snd_una) on_new_ack(c, s->ack);
    tcp_want_flush(c);
    return c->state != TCP_FREE;
}

static void take_fin(struct tcp_connection *c) {
    c->rcv_nxt++;
    c->peer_finished = true;
    c->fin_seen = false;
    c->owes_ack = true;
    tcp_want_flush(c);
    if (c->state == TCP_ESTABLISHED) {
        c->state = TCP_CLOSE_WAIT;
    } else if (c->state == TCP_FIN_WAIT_1) {
        c->state = TCP_CLOSING;
    } else if (c->state == TCP_FIN_WAIT_2) {
        tcp_enter_time_wait(c);
    }
    tcp_tell_progress(c);
}

static void take_text(struct tcp_connection *c, const struct tcp_segment *s) {
    if (c->peer_finished) return;
    if (s->flags & TCP_FIN) {
        c->fin_seen = true;
        c->fin_seq = s->seq + s->length;
    }
    if (s->length > 0) {
        uint32_t before = c->rcv_nxt;
        tcp_take_data(c, s->seq, s->data, s->length);
        c->owes_ack = true;
        tcp_want_flush(c);
        if (c->rcv_nxt != before) {
            tcp_tell_progress(c);
        } else {
            tcp_send_ack(c);  // one for each early segment: the peer counts them
        }
    }
    if (c->fin_seen && c->rcv_nxt == c->fin_seq) take_fin(c);
}

static bool may_replace(const struct tcp_connection *c, const struct tcp_segment *s) {
    return c->state == TCP_TIME_WAIT && (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
           seq_before(c->rcv_nxt, s->seq);
}

static void connection_input(struct tcp_connection *c, const struct tcp_segment *s) {
    if (c->state == TCP_WAIT_ENTROPY) return;  // nothing was sent yet to be answered
    if (!tcp_fits_window(c, s)) {
        on_unacceptable(c, s);
    } else if (s->flags & TCP_RST) {
        on_reset(c, s);
    } else if (s->flags & TCP_SYN) {
        send_challenge(c);
    } else if ((s->flags & TCP_ACK) && take_ack(c, s)) {
        take_text(c, s);
    }
}

void tcp_input(uint32_t from, const uint8_t *bytes, size_t length) {
    struct tcp_segment s;
    if (!parse(&s, from, bytes, length)) return;
    struct tcp_connection *c = s.to_port == tcp_port() ? tcp_lookup(from, s.from_port) : NULL;
    if (c != NULL && may_replace(c, &s)) {
        tcp_release(c);
        c = NULL;
    }
    if (c == NULL) {
        answer_stray(&s);
    } else {
        connection_input(c, &s);
    }
}
