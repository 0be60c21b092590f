// What the TCP files share: the connection record and sequence arithmetic.
// Both rings are indexed by sequence number modulo their size, which works
// because neither ever holds more than RING bytes of consecutive sequence.
#ifndef TCP_INTERNAL_H
#define TCP_INTERNAL_H

#include "bytes.h"
#include "tcp.h"

// A guest may ask for other sizes: tcpConnections and tcpRing in its guest.json. The
// ring is a power of two; a window is 16 bits wide, whatever the ring.
#ifndef TCP_CONNECTIONS
#define TCP_CONNECTIONS 64u
#endif
#ifndef TCP_RING
#define TCP_RING 16384u
#endif
#define TCP_WINDOW (TCP_RING < 65536u ? TCP_RING : 65535u)
#define TCP_GAPS 8u
#define TCP_HEADER 20u
#define TCP_OWN_MSS 1460u
#define TCP_DEFAULT_MSS 536u

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_PSH 0x08u
#define TCP_ACK 0x10u

// All times are ticks of 10 ms.
#define RTO_INITIAL 100u
#define RTO_AFTER_LOST_SYN 300u
#define RTO_MIN 20u
#define RTO_MAX 6000u
#define TIME_WAIT_TICKS 1000u
#define FIN_WAIT_2_TICKS 6000u
#define MAX_RETRIES 12u
#define MAX_SYN_RETRIES 5u

enum tcp_state {
    TCP_FREE,
    TCP_WAIT_ENTROPY,  // SYN received, initial sequence number not yet drawn
    TCP_SYN_RECEIVED,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_CLOSING,
    TCP_TIME_WAIT,
    TCP_CLOSE_WAIT,
    TCP_LAST_ACK,
};

struct tcp_span {
    uint32_t begin;
    uint32_t end;
};

struct tcp_connection {
    enum tcp_state state;
    uint32_t peer_ip;
    uint16_t peer_port;
    void *tag;
    bool attached;     // the application still uses it
    bool wants_flush;  // tcp_flush must look at it
    bool owes_ack;

    // Sending.  Bytes [snd_una, snd_end) are in send_ring; [snd_una, snd_max)
    // were sent at least once; snd_nxt falls back to snd_una on a time-out.
    uint32_t iss, snd_una, snd_nxt, snd_max, snd_end;
    uint32_t snd_wnd, snd_wnd_max, snd_wl1, snd_wl2;
    uint32_t mss;
    bool fin_queued;

    // Congestion control (RFC 5681, 6582).
    uint32_t cwnd, ssthresh, recover;
    uint32_t duplicate_acks;
    bool in_recovery;

    // Round trip time (RFC 6298): srtt is scaled by 8, rttvar by 4.
    bool has_rtt, timing, syn_was_lost;
    uint32_t srtt, rttvar, rto;
    uint32_t timed_seq;
    uint64_t timed_at, last_sent_at;

    // Deadlines in ticks; 0 is "not armed".
    uint64_t retransmit_at, probe_at, expire_at;
    uint32_t probe_interval;
    uint32_t retries;

    // Receiving.  Bytes [rcv_read, rcv_nxt) wait for the application; gaps[]
    // lists what arrived beyond rcv_nxt, ordered and disjoint.
    uint32_t irs, rcv_read, rcv_nxt, rcv_promised;
    struct tcp_span gaps[TCP_GAPS];
    uint32_t gap_count;
    bool fin_seen, peer_finished;
    uint32_t fin_seq;

    uint8_t send_ring[TCP_RING];
    uint8_t receive_ring[TCP_RING];
};

struct tcp_segment {
    uint32_t from;
    uint16_t from_port, to_port;
    uint32_t seq, ack, window;
    uint8_t flags;
    uint32_t mss;
    const uint8_t *data;
    uint32_t length;
};

static inline bool seq_before(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }

static inline bool seq_at_most(uint32_t a, uint32_t b) { return (int32_t)(a - b) <= 0; }

extern uint64_t tcp_now;  // ticks

// tcp.c
struct tcp_connection *tcp_lookup(uint32_t ip, uint16_t port);
struct tcp_connection *tcp_awaiting_entropy(void);
struct tcp_connection *tcp_allocate(void);
void tcp_release(struct tcp_connection *connection);
void tcp_lose(struct tcp_connection *connection);
void tcp_tell_opened(struct tcp_connection *connection);
void tcp_tell_progress(struct tcp_connection *connection);

// tcp-accept.c
void tcp_accept(const struct tcp_segment *segment);
void tcp_accept_open(uint16_t port, uint64_t secret);
uint16_t tcp_port(void);

// tcp-output.c
void tcp_want_flush(struct tcp_connection *connection);
void tcp_send_syn_ack(struct tcp_connection *connection);
void tcp_send_ack(struct tcp_connection *connection);
uint32_t tcp_resend_first(struct tcp_connection *connection);
void tcp_refuse(const struct tcp_segment *segment);
void tcp_send_reset(struct tcp_connection *connection);

// tcp-congestion.c
void tcp_congestion_start(struct tcp_connection *connection);
void tcp_congestion_new_ack(struct tcp_connection *connection, uint32_t acked);
void tcp_congestion_duplicate_ack(struct tcp_connection *connection);
void tcp_congestion_timeout(struct tcp_connection *connection);
void tcp_congestion_idle(struct tcp_connection *connection);

// tcp-timer.c
void tcp_arm_retransmit(struct tcp_connection *connection);
void tcp_rtt_begin(struct tcp_connection *connection, uint32_t seq);
void tcp_rtt_acked(struct tcp_connection *connection, uint32_t ack);
void tcp_check_timers(struct tcp_connection *connection);
void tcp_enter_time_wait(struct tcp_connection *connection);

// tcp-reassembly.c
bool tcp_fits_window(const struct tcp_connection *connection, const struct tcp_segment *segment);
uint32_t tcp_receive_window(const struct tcp_connection *connection);
void tcp_take_data(struct tcp_connection *connection, uint32_t seq, const uint8_t *data,
                   uint32_t length);

#endif
