// How a connection comes to be: SYN, a draw of entropy for the initial sequence
// number, SYN-ACK.  The draw arrives by interrupt, so the connection waits for
// it in a state of its own; nothing is sent before.
#include "clint.h"
#include "console.h"
#include "platform.h"
#include "tcp-internal.h"
#include "virtio-rng.h"

#define ISN_CLOCK_HZ 250000u  // one step every 4 microseconds, as RFC 6528 has it
#define COMPLAINT_INTERVAL 1000u

static uint16_t listening_port;
static uint64_t boot_secret;
static uint64_t next_complaint_at;

void tcp_accept_open(uint16_t port, uint64_t secret) {
    listening_port = port;
    boot_secret = secret;
}

uint16_t tcp_port(void) { return listening_port; }

static void complain(void) {
    if (tcp_now < next_complaint_at) return;
    next_complaint_at = tcp_now + COMPLAINT_INTERVAL;
    print_text("tcp: connection table full\n");
}

void tcp_accept(const struct tcp_segment *s) {
    struct tcp_connection *c = tcp_allocate();
    if (c == NULL) {
        complain();
        return;
    }
    c->state = TCP_WAIT_ENTROPY;
    c->peer_ip = s->from;
    c->peer_port = s->from_port;
    c->irs = s->seq;
    c->rcv_nxt = c->rcv_read = c->rcv_promised = s->seq + 1;
    c->mss = s->mss < TCP_OWN_MSS ? s->mss : TCP_OWN_MSS;
    c->snd_wnd = c->snd_wnd_max = s->window;
    c->snd_wl1 = s->seq;
    c->rto = RTO_INITIAL;
    rng_request();
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0xd6e8feb86659fd93ull;
    return hash ^ hash >> 32;
}

static uint32_t initial_sequence(const struct tcp_connection *c, uint64_t draw) {
    uint64_t hash = mix(boot_secret, draw);
    hash = mix(hash, (uint64_t)c->peer_ip << 16 | c->peer_port);
    return (uint32_t)(clock_now() / (TIMEBASE_HZ / ISN_CLOCK_HZ) + mix(hash, boot_secret));
}

void tcp_entropy(uint64_t draw) {
    struct tcp_connection *c = tcp_awaiting_entropy();
    if (c == NULL) return;  // it was reset in the meantime
    c->iss = initial_sequence(c, draw);
    c->snd_una = c->iss;
    c->snd_nxt = c->snd_max = c->snd_end = c->iss + 1;
    c->snd_wl2 = c->iss;
    c->recover = c->iss;
    c->state = TCP_SYN_RECEIVED;
    tcp_congestion_start(c);
    tcp_rtt_begin(c, c->iss);
    tcp_arm_retransmit(c);
    tcp_send_syn_ack(c);
}
