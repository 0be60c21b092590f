// Native tests of lib/tcp*.c: sh guests/test/tcp-test.sh
//
// The TCP files are compiled for the host and linked with this file, which
// stands in for the IP layer, the clock and the entropy device.  First scripted
// exchanges, segment by segment; then a peer behind a network that loses,
// repeats, reorders and damages segments.
#include <stdio.h>
#include <stdlib.h>

#include "bytes.h"
#include "checksum.h"
#include "clint.h"
#include "console.h"
#include "net.h"
#include "string.h"
#include "tcp-internal.h"
#include "virtio-rng.h"

#define PEER 0x0a000002u
#define US 0x0a00000au
#define PORT 6379u
#define PEER_PORT 40000u
#define QUEUE 4096u

static int checks;

#define CHECK(condition)                                                   \
    do {                                                                   \
        checks++;                                                          \
        if (!(condition)) {                                                \
            printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

// ---- what the TCP files need from outside

struct packet {
    _Alignas(8) uint8_t bytes[1500];
    size_t length;
};

static struct packet sent[QUEUE];  // by TCP, oldest at sent_first
static uint32_t sent_first, sent_count;
static uint32_t free_frames = QUEUE;
static uint32_t draws_wanted;
static uint64_t draw = 1;

uint32_t ip_address(void) { return US; }

uint8_t *ip_begin(void) {
    if (sent_count == QUEUE || free_frames == 0) return NULL;
    return sent[(sent_first + sent_count) % QUEUE].bytes;
}

void ip_end(uint32_t to, uint8_t protocol, size_t length) {
    CHECK(to == PEER && protocol == IP_PROTOCOL_TCP);
    sent[(sent_first + sent_count) % QUEUE].length = length;
    sent_count++;
    free_frames--;
}

uint64_t clock_now(void) { return tcp_now * 100000; }

void rng_request(void) { draws_wanted++; }

void print_text(const char *text) { (void)text; }

// ---- the application: notes what it is told

static struct tcp_connection *opened;
static int progressed, lost;

static void on_opened(struct tcp_connection *c) { opened = c; }

static void on_progressed(struct tcp_connection *c, void *tag) {
    (void)c;
    (void)tag;
    progressed++;
}

static void on_lost(struct tcp_connection *c, void *tag) {
    (void)c;
    (void)tag;
    opened = NULL;
    lost++;
}

static const struct tcp_application application = {on_opened, on_progressed, on_lost};

// ---- segments by hand

static struct packet *pop(void) {
    CHECK(sent_count > 0);
    struct packet *p = &sent[sent_first];
    sent_first = (sent_first + 1) % QUEUE;
    sent_count--;
    free_frames++;
    uint64_t sum = checksum_pseudo(US, PEER, IP_PROTOCOL_TCP, p->length);
    CHECK(checksum_is_valid(checksum_add(sum, p->bytes, p->length)));
    return p;
}

static size_t build(uint8_t *to, uint16_t port, uint32_t seq, uint32_t ack, uint8_t flags,
                    uint32_t window, const void *data, size_t length) {
    size_t header = flags & TCP_SYN ? 24 : 20;
    memset(to, 0, header);
    store_be16(to, port);
    store_be16(to + 2, PORT);
    store_be32(to + 4, seq);
    store_be32(to + 8, ack);
    to[12] = (uint8_t)(header << 2);
    to[13] = flags;
    store_be16(to + 14, (uint16_t)window);
    if (flags & TCP_SYN) store_be32(to + 20, 0x020405b4);  // MSS 1460
    if (length > 0) memcpy(to + header, data, length);
    length += header;
    uint64_t sum = checksum_pseudo(PEER, US, IP_PROTOCOL_TCP, length);
    checksum_store(to + 16, checksum_add(sum, to, length));
    return length;
}

static uint32_t peer_window = 65535;

static void inject(uint32_t seq, uint32_t ack, uint8_t flags, const void *data, size_t length) {
    static _Alignas(8) uint8_t bytes[2000];
    tcp_input(PEER, bytes,
              build(bytes, PEER_PORT, seq, ack, flags, peer_window, data, length));
}

static void tick(uint32_t count) {
    while (count-- > 0) {
        tcp_tick(tcp_now + 1);
        tcp_flush();
    }
}

static void give_entropy(void) {
    for (; draws_wanted > 0; draws_wanted--) tcp_entropy(draw = draw * 6364136223846793005ull + 1);
}

// The next segment sent must be this one; returns its payload.
static const uint8_t *expect_at(int line, uint32_t seq, uint32_t ack, uint8_t flags,
                                size_t length) {
    if (sent_count == 0) {
        printf("line %d: nothing was sent\n", line);
        exit(1);
    }
    struct packet *p = pop();
    uint32_t header = (p->bytes[12] >> 4) * 4u;
    if (load_be32(p->bytes + 4) != seq || load_be32(p->bytes + 8) != ack ||
        (p->bytes[13] & ~TCP_PSH) != flags || p->length - header != length) {
        printf("line %d: sent seq +%d ack +%d flags %x length %zu\n", line,
               (int)(load_be32(p->bytes + 4) - seq), (int)(load_be32(p->bytes + 8) - ack),
               p->bytes[13], p->length - header);
        exit(1);
    }
    return p->bytes + header;
}

#define EXPECT(...) expect_at(__LINE__, __VA_ARGS__)
#define EXPECT_SILENCE() CHECK(sent_count == 0)

static uint32_t our_iss;
static uint32_t their_iss = 0xfffff000u;  // wraps early

#define OURS(n) (our_iss + 1 + (uint32_t)(n))
#define THEIRS(n) (their_iss + 1 + (uint32_t)(n))

static void start(void) {
    tcp_listen(PORT, &application, 42);
    tcp_flush();
    sent_count = 0;
    free_frames = QUEUE;
    peer_window = 65535;
    lost = progressed = 0;
    opened = NULL;
    draws_wanted = 0;
}

static struct tcp_connection *handshake(void) {
    start();
    inject(their_iss, 0, TCP_SYN, NULL, 0);
    EXPECT_SILENCE();
    CHECK(draws_wanted == 1);
    give_entropy();
    our_iss = load_be32(sent[sent_first].bytes + 4);
    EXPECT(our_iss, THEIRS(0), TCP_SYN | TCP_ACK, 0);
    inject(THEIRS(0), OURS(0), TCP_ACK, NULL, 0);
    CHECK(opened != NULL);
    tcp_set_tag(opened, opened);
    tcp_flush();
    EXPECT_SILENCE();
    return opened;
}

// ---- scripted tests

static void test_handshake_and_stray(void) {
    struct tcp_connection *c = handshake();
    uint32_t first_iss = our_iss;
    CHECK(c->mss == 1460);
    handshake();
    CHECK(first_iss != our_iss);
    start();
    inject(5, 77, TCP_ACK, NULL, 0);
    EXPECT(77, 0, TCP_RST, 0);
    inject(5, 0, TCP_FIN, "abc", 3);
    EXPECT(0, 9, TCP_RST | TCP_ACK, 0);
    inject(5, 0, TCP_RST, NULL, 0);
    EXPECT_SILENCE();
}

static void test_syn_ack_lost(void) {
    start();
    inject(their_iss, 0, TCP_SYN, NULL, 0);
    inject(their_iss, 0, TCP_SYN, NULL, 0);  // before the entropy arrived
    give_entropy();
    our_iss = load_be32(sent[sent_first].bytes + 4);
    EXPECT(our_iss, THEIRS(0), TCP_SYN | TCP_ACK, 0);
    tick(99);
    EXPECT_SILENCE();
    tick(1);
    EXPECT(our_iss, THEIRS(0), TCP_SYN | TCP_ACK, 0);
    inject(their_iss, 0, TCP_SYN, NULL, 0);
    EXPECT(our_iss, THEIRS(0), TCP_SYN | TCP_ACK, 0);
    inject(THEIRS(0), OURS(5), TCP_ACK, NULL, 0);  // acknowledges what we never sent
    EXPECT(OURS(5), 0, TCP_RST, 0);
    CHECK(opened == NULL);
    inject(THEIRS(0), OURS(0), TCP_ACK, "hi", 2);
    CHECK(opened != NULL && opened->rto == RTO_AFTER_LOST_SYN);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(2), TCP_ACK, 0);
}

static void test_syn_is_given_up(void) {
    start();
    inject(their_iss, 0, TCP_SYN, NULL, 0);
    give_entropy();
    tick(20000);
    CHECK(sent_count == 1 + MAX_SYN_RETRIES);
    CHECK(tcp_lookup(PEER, PEER_PORT) == NULL && lost == 0);
}

static void test_data_and_reply_share_a_segment(void) {
    struct tcp_connection *c = handshake();
    inject(THEIRS(0), OURS(0), TCP_ACK, "hello", 5);
    size_t length;
    const uint8_t *data = tcp_readable(c, &length);
    CHECK(length == 5 && memcmp(data, "hello", 5) == 0);
    tcp_consume(c, 5);
    tcp_write(c, "world!", 6);
    tcp_flush();
    CHECK(memcmp(EXPECT(OURS(0), THEIRS(5), TCP_ACK, 6), "world!", 6) == 0);
    EXPECT_SILENCE();
    inject(THEIRS(0), OURS(0), TCP_ACK, "hello", 5);  // again
    EXPECT(OURS(6), THEIRS(5), TCP_ACK, 0);
    tcp_readable(c, &length);
    CHECK(length == 0);
}

static void test_out_of_order(void) {
    struct tcp_connection *c = handshake();
    inject(THEIRS(4), OURS(0), TCP_ACK, "ef", 2);
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    inject(THEIRS(1), OURS(0), TCP_ACK, "b", 1);
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    inject(THEIRS(6), OURS(0), TCP_ACK | TCP_FIN, "g", 1);
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    CHECK(c->gap_count == 2);
    inject(THEIRS(1), OURS(0), TCP_ACK, "bcde", 4);
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    CHECK(c->gap_count == 1);
    inject(THEIRS(0), OURS(0), TCP_ACK, "ab", 2);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(8), TCP_ACK, 0);
    size_t length;
    const uint8_t *data = tcp_readable(c, &length);
    CHECK(length == 7 && memcmp(data, "abcdefg", 7) == 0);
    CHECK(!tcp_at_end(c));
    tcp_consume(c, 7);
    CHECK(tcp_at_end(c) && c->state == TCP_CLOSE_WAIT);
}

static void test_receive_window(void) {
    struct tcp_connection *c = handshake();
    static uint8_t block[1024];
    for (uint32_t i = 0; i < 16; i++) inject(THEIRS(i * 1024), OURS(0), TCP_ACK, block, 1024);
    tcp_flush();
    struct packet *p = pop();
    CHECK(load_be16(p->bytes + 14) == 0);
    inject(THEIRS(16384), OURS(0), TCP_ACK, "x", 1);  // a probe
    EXPECT(OURS(0), THEIRS(16384), TCP_ACK, 0);
    tcp_consume(c, 1000);
    tcp_flush();
    EXPECT_SILENCE();  // too little to talk about
    tcp_consume(c, 4000);
    tcp_flush();
    p = pop();
    CHECK(load_be16(p->bytes + 14) == 5000);
}

static uint8_t pattern(uint32_t position) {
    return (uint8_t)((position * 2654435761u) >> 13 ^ position);
}

static void write_pattern(struct tcp_connection *c, uint32_t from, uint32_t length) {
    static uint8_t buffer[TCP_RING];
    for (uint32_t i = 0; i < length; i++) buffer[i] = pattern(from + i);
    tcp_write(c, buffer, length);
}

static void test_retransmission_and_back_off(void) {
    struct tcp_connection *c = handshake();
    tcp_write(c, "abc", 3);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 3);
    CHECK(c->rto == RTO_MIN);
    for (uint32_t wait = RTO_MIN; wait < 2000; wait *= 2) {
        tick(wait - 1);
        EXPECT_SILENCE();
        tick(1);
        CHECK(memcmp(EXPECT(OURS(0), THEIRS(0), TCP_ACK, 3), "abc", 3) == 0);
    }
    CHECK(c->cwnd == c->mss && lost == 0);
    inject(THEIRS(0), OURS(3), TCP_ACK, NULL, 0);
    CHECK(c->retransmit_at == 0 && c->rto > 1000);  // Karn: no sample from this
    tick(1);
    tcp_write(c, "d", 1);
    tcp_flush();
    EXPECT(OURS(3), THEIRS(0), TCP_ACK, 1);
    tick(3);
    inject(THEIRS(0), OURS(4), TCP_ACK, NULL, 0);
    CHECK(c->rto == RTO_MIN);
    tcp_write(c, "e", 1);
    tick(60 * 6000);
    CHECK(lost == 1 && sent_count == 1 + MAX_RETRIES);
}

static void test_fast_retransmit(void) {
    struct tcp_connection *c = handshake();
    c->cwnd = 8 * 1460;
    c->last_sent_at = tcp_now;  // not idle, or cwnd would fall back
    write_pattern(c, 0, 5 * 1460);
    tcp_flush();
    for (uint32_t i = 0; i < 5; i++) EXPECT(OURS(i * 1460), THEIRS(0), TCP_ACK, 1460);
    inject(THEIRS(0), OURS(0), TCP_ACK, NULL, 0);
    inject(THEIRS(0), OURS(0), TCP_ACK, NULL, 0);
    EXPECT_SILENCE();
    inject(THEIRS(0), OURS(0), TCP_ACK, NULL, 0);
    const uint8_t *again = EXPECT(OURS(0), THEIRS(0), TCP_ACK, 1460);
    for (uint32_t i = 0; i < 1460; i++) CHECK(again[i] == pattern(i));
    EXPECT_SILENCE();
    CHECK(c->ssthresh == 5 * 1460 / 2);
    inject(THEIRS(0), OURS(2 * 1460), TCP_ACK, NULL, 0);  // partial: the next hole
    EXPECT(OURS(2 * 1460), THEIRS(0), TCP_ACK, 1460);
    inject(THEIRS(0), OURS(5 * 1460), TCP_ACK, NULL, 0);
    CHECK(!c->in_recovery && c->cwnd == c->ssthresh);
    tcp_flush();
    EXPECT_SILENCE();
}

static void test_slow_start(void) {
    struct tcp_connection *c = handshake();
    write_pattern(c, 0, 16000);
    tcp_flush();
    CHECK(sent_count == 3);  // the initial window
    for (uint32_t i = 0; i < 3; i++) pop();
    inject(THEIRS(0), OURS(1460), TCP_ACK, NULL, 0);
    tcp_flush();
    CHECK(sent_count == 2);
    sent_count = 0;
}

static void test_window_probes(void) {
    struct tcp_connection *c = handshake();
    peer_window = 0;
    inject(THEIRS(0), OURS(0), TCP_ACK, "x", 1);
    tcp_consume(c, 1);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(1), TCP_ACK, 0);
    tcp_write(c, "0123456789", 10);
    tcp_flush();
    EXPECT_SILENCE();
    for (uint32_t i = 0, wait = RTO_MIN; i < 20; i++, wait = min_u32(wait * 2, RTO_MAX)) {
        tick(wait - 1);
        EXPECT_SILENCE();
        tick(1);
        EXPECT(OURS(0), THEIRS(1), TCP_ACK, 1);
        inject(THEIRS(1), OURS(0), TCP_ACK, NULL, 0);
        tcp_flush();
        EXPECT_SILENCE();
    }
    peer_window = 100;
    inject(THEIRS(1), OURS(1), TCP_ACK, NULL, 0);  // it took the probe's byte
    tcp_flush();
    CHECK(memcmp(EXPECT(OURS(1), THEIRS(1), TCP_ACK, 9), "123456789", 9) == 0);
    inject(THEIRS(1), OURS(10), TCP_ACK, NULL, 0);
    CHECK(c->snd_una == c->snd_max && c->retransmit_at == 0 && c->probe_at == 0);
}

static void test_passive_close(void) {
    struct tcp_connection *c = handshake();
    inject(THEIRS(0), OURS(0), TCP_ACK | TCP_FIN, NULL, 0);
    CHECK(tcp_at_end(c));
    tcp_write(c, "bye", 3);
    tcp_close(c);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(1), TCP_ACK | TCP_FIN, 3);
    tick(RTO_MIN);
    EXPECT(OURS(0), THEIRS(1), TCP_ACK | TCP_FIN, 3);
    inject(THEIRS(1), OURS(4), TCP_ACK, NULL, 0);
    CHECK(c->state == TCP_FREE && lost == 0);
}

static void test_active_close(void) {
    struct tcp_connection *c = handshake();
    tcp_close(c);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(0), TCP_ACK | TCP_FIN, 0);
    inject(THEIRS(0), OURS(1), TCP_ACK, "late", 4);
    tcp_flush();
    EXPECT(OURS(1), THEIRS(4), TCP_ACK, 0);
    CHECK(c->state == TCP_FIN_WAIT_2);
    inject(THEIRS(4), OURS(1), TCP_ACK | TCP_FIN, NULL, 0);
    tcp_flush();
    EXPECT(OURS(1), THEIRS(5), TCP_ACK, 0);
    CHECK(c->state == TCP_TIME_WAIT);
    tick(500);
    inject(THEIRS(4), OURS(1), TCP_ACK | TCP_FIN, NULL, 0);
    EXPECT(OURS(1), THEIRS(5), TCP_ACK, 0);
    tick(TIME_WAIT_TICKS - 1);
    CHECK(c->state == TCP_TIME_WAIT);
    tick(1);
    CHECK(c->state == TCP_FREE);
}

static void test_simultaneous_close(void) {
    struct tcp_connection *c = handshake();
    tcp_close(c);
    tcp_flush();
    EXPECT(OURS(0), THEIRS(0), TCP_ACK | TCP_FIN, 0);
    inject(THEIRS(0), OURS(0), TCP_ACK | TCP_FIN, NULL, 0);
    tcp_flush();
    EXPECT(OURS(1), THEIRS(1), TCP_ACK, 0);
    CHECK(c->state == TCP_CLOSING);
    inject(THEIRS(1), OURS(1), TCP_ACK, NULL, 0);
    CHECK(c->state == TCP_TIME_WAIT);
    inject(THEIRS(100), 0, TCP_SYN, NULL, 0);  // a new connection may begin at once
    CHECK(draws_wanted == 1);
}

static void test_resets(void) {
    struct tcp_connection *c = handshake();
    inject(THEIRS(7), OURS(0), TCP_RST, NULL, 0);  // in the window, not exact
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    inject(THEIRS(-7), OURS(0), TCP_RST, NULL, 0);
    EXPECT_SILENCE();
    inject(THEIRS(3), OURS(0), TCP_SYN, NULL, 0);
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    inject(THEIRS(0), OURS(99), TCP_ACK, "no", 2);  // acknowledges the future
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 0);
    CHECK(c->state == TCP_ESTABLISHED && c->rcv_nxt == THEIRS(0));
    inject(THEIRS(0), OURS(0), TCP_RST, NULL, 0);
    CHECK(c->state == TCP_FREE && lost == 1);
    c = handshake();
    tcp_abort(c);
    EXPECT(OURS(0), THEIRS(0), TCP_RST | TCP_ACK, 0);
    CHECK(lost == 0);
}

static void test_table_full(void) {
    start();
    static _Alignas(8) uint8_t bytes[64];
    for (uint16_t i = 0; i < TCP_CONNECTIONS + 5; i++) {
        tcp_input(PEER, bytes, build(bytes, (uint16_t)(1000 + i), 1, 0, TCP_SYN, 1000, NULL, 0));
        give_entropy();
    }
    CHECK(sent_count == TCP_CONNECTIONS);
    sent_count = 0;
}

static void test_no_free_frame(void) {
    struct tcp_connection *c = handshake();
    free_frames = 0;
    tcp_write(c, "abc", 3);
    tcp_flush();
    free_frames = 10;
    tcp_flush();
    EXPECT(OURS(0), THEIRS(0), TCP_ACK, 3);
}

// ---- the bad network

// Segments under way in one direction, each with its time of arrival.
struct wire {
    struct packet packets[QUEUE];
    uint64_t arrives[QUEUE];
    bool is_used[QUEUE];
};

struct weather {
    uint32_t loss, repetition, damage;  // per mille
    uint32_t delay_min, delay_max;      // ticks
};

static uint64_t random_state;

static uint32_t rnd(uint32_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % below;
}

static void wire_put(struct wire *w, const struct weather *weather, const uint8_t *bytes,
                     size_t length) {
    uint32_t copies = rnd(1000) < weather->loss ? 0 : rnd(1000) < weather->repetition ? 2 : 1;
    for (uint32_t i = 0; i < QUEUE && copies > 0; i++) {
        if (w->is_used[i]) continue;
        w->is_used[i] = true;
        w->arrives[i] = tcp_now + weather->delay_min +
                        rnd(weather->delay_max - weather->delay_min + 1);
        memcpy(w->packets[i].bytes, bytes, length);
        w->packets[i].length = length;
        if (rnd(1000) < weather->damage) {
            w->packets[i].bytes[rnd((uint32_t)length)] ^= (uint8_t)(1u << rnd(8));
        }
        copies--;
    }
}

static struct packet *wire_take(struct wire *w) {
    for (uint32_t i = 0; i < QUEUE; i++) {
        if (w->is_used[i] && w->arrives[i] <= tcp_now) {
            w->is_used[i] = false;
            return &w->packets[i];
        }
    }
    return NULL;
}

#define STREAM 300000u
#define PEER_RTO 60u
#define PEER_BUFFER 20000u

// The peer: sends the pattern with go-back-N, checks that it comes back, reads
// slowly, and closes when it has everything.
static struct {
    uint32_t una, nxt, window;       // offsets into our stream; FIN is at STREAM
    uint32_t received, consumed;     // offsets into the echoed stream
    bool has[STREAM + 1];            // early bytes; [STREAM] is their FIN
    uint64_t resend_at;
    bool established;
    uint32_t iss;
} peer;

static struct wire to_us, to_peer;

static void peer_send(const struct weather *weather, uint32_t from, uint32_t length, bool fin) {
    _Alignas(8) uint8_t data[1460], bytes[1500];
    for (uint32_t i = 0; i < length; i++) data[i] = pattern(from + i);
    uint32_t window = PEER_BUFFER - (peer.received - peer.consumed);
    uint32_t fin_taken = peer.received == STREAM && peer.has[STREAM];
    size_t size = build(bytes, PEER_PORT, THEIRS(from), OURS(peer.received + fin_taken),
                        TCP_ACK | (fin ? TCP_FIN : 0), window, data, length);
    wire_put(&to_us, weather, bytes, size);
}

static void peer_take(const struct weather *weather, const struct packet *p) {
    uint64_t sum = checksum_pseudo(US, PEER, IP_PROTOCOL_TCP, p->length);
    if (!checksum_is_valid(checksum_add(sum, p->bytes, p->length))) return;
    CHECK((p->bytes[13] & TCP_RST) == 0);
    uint32_t header = (p->bytes[12] >> 4) * 4u;
    if (p->bytes[13] & TCP_SYN) {
        our_iss = load_be32(p->bytes + 4);
        peer.established = true;
        peer.window = load_be16(p->bytes + 14);
        peer_send(weather, peer.nxt, 0, false);
        return;
    }
    if (!peer.established) return;
    uint32_t ack = load_be32(p->bytes + 8) - THEIRS(0);
    if (ack <= STREAM + 1 && ack >= peer.una) {
        if (ack > peer.una) peer.resend_at = tcp_now + PEER_RTO;
        peer.una = ack;
        if (peer.nxt < ack) peer.nxt = ack;
        peer.window = load_be16(p->bytes + 14);
    }
    uint32_t at = load_be32(p->bytes + 4) - OURS(0);
    uint32_t length = (uint32_t)p->length - header;
    CHECK(at + length <= STREAM || length == 0);
    for (uint32_t i = 0; i < length; i++) {
        CHECK(p->bytes[header + i] == pattern(at + i));
        if (at + i < peer.consumed + PEER_BUFFER) peer.has[at + i] = true;
    }
    if (p->bytes[13] & TCP_FIN) {
        CHECK(at + length == STREAM);
        peer.has[STREAM] = true;
    }
    while (peer.received < STREAM && peer.has[peer.received]) peer.received++;
    if (length > 0 || (p->bytes[13] & TCP_FIN)) peer_send(weather, peer.nxt, 0, false);
}

static void peer_turn(const struct weather *weather) {
    uint32_t before = peer.consumed;
    if (rnd(3) == 0) peer.consumed += min_u32(peer.received - peer.consumed, rnd(6000));
    if (peer.consumed - before > 1460) peer_send(weather, peer.nxt, 0, false);
    if (!peer.established) {
        if (tcp_now % PEER_RTO != 1) return;
        _Alignas(8) uint8_t bytes[64];
        wire_put(&to_us, weather, bytes,
                 build(bytes, PEER_PORT, their_iss, 0, TCP_SYN, PEER_BUFFER, NULL, 0));
        return;
    }
    if (tcp_now >= peer.resend_at) {
        peer.nxt = peer.una;
        peer.resend_at = tcp_now + PEER_RTO;
        if (peer.window == 0 && peer.una < STREAM) peer_send(weather, peer.una, 1, false);
    }
    while (peer.nxt <= STREAM && peer.nxt - peer.una < peer.window) {
        uint32_t length = min_u32(STREAM - peer.nxt, 1 + rnd(1460));
        length = min_u32(length, peer.window - (peer.nxt - peer.una));
        bool fin = peer.nxt + length == STREAM;
        peer_send(weather, peer.nxt, length, fin);
        peer.nxt += length + fin;
    }
}

static void echo_turn(void) {
    if (opened == NULL) return;
    for (;;) {
        size_t length;
        const uint8_t *data = tcp_readable(opened, &length);
        length = min_u32((uint32_t)length, (uint32_t)tcp_room(opened));
        if (length == 0) break;
        tcp_write(opened, data, length);
        tcp_consume(opened, length);
    }
    if (tcp_at_end(opened)) {
        tcp_close(opened);
        opened = NULL;
    }
}

static void run_weather(const char *name, struct weather weather, uint64_t seed) {
    start();
    memset(&peer, 0, sizeof peer);
    memset(&to_us, 0, sizeof to_us);
    memset(&to_peer, 0, sizeof to_peer);
    random_state = seed;
    uint64_t begun = tcp_now;
    uint32_t segments = 0;
    while (peer.una <= STREAM || !peer.has[STREAM] || peer.received < STREAM) {
        CHECK(lost == 0 && tcp_now - begun < 3000000);
        tcp_tick(tcp_now + 1);
        give_entropy();
        for (struct packet *p; (p = wire_take(&to_us)) != NULL;) {
            tcp_input(PEER, p->bytes, p->length);
        }
        echo_turn();
        free_frames = rnd(20);
        tcp_flush();
        free_frames = QUEUE;
        for (; sent_count > 0; segments++) {
            struct packet *p = pop();
            wire_put(&to_peer, &weather, p->bytes, p->length);
        }
        for (struct packet *p; (p = wire_take(&to_peer)) != NULL;) peer_take(&weather, p);
        peer_turn(&weather);
    }
    printf("  %-22s %u bytes each way, %u segments from us, %.1f simulated s\n", name, STREAM,
           segments, (double)(tcp_now - begun) / 100);
}

int main(void) {
    test_handshake_and_stray();
    test_syn_ack_lost();
    test_syn_is_given_up();
    test_data_and_reply_share_a_segment();
    test_out_of_order();
    test_receive_window();
    test_retransmission_and_back_off();
    test_fast_retransmit();
    test_slow_start();
    test_window_probes();
    test_passive_close();
    test_active_close();
    test_simultaneous_close();
    test_resets();
    test_table_full();
    test_no_free_frame();
    printf("scripted exchanges: %d checks passed\n", checks);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        run_weather("clear", (struct weather){0, 0, 0, 1, 1}, seed);
        run_weather("5% loss", (struct weather){50, 0, 0, 1, 3}, seed);
        run_weather("20% loss", (struct weather){200, 50, 20, 1, 8}, seed);
        run_weather("reordered, repeated", (struct weather){10, 100, 10, 1, 20}, seed);
    }
    printf("all passed, %d checks\n", checks);
    return 0;
}
