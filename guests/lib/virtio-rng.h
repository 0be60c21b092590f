// Entropy, eight bytes at a time.
#ifndef VIRTIO_RNG_H
#define VIRTIO_RNG_H

#include <stdint.h>

void rng_open(void);

// Event bit that means "call rng_poll".
uint32_t rng_event(void);

// Asks for one draw; it arrives through rng_poll.
void rng_request(void);

// Hands over every draw that has arrived.
void rng_poll(void (*arrived)(uint64_t draw));

// One draw, waiting for it; for boot only.
uint64_t rng_draw_now(void);

#endif
