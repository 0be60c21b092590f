// virtio-rng: the only source of randomness.  Every draw is a logged event of
// the machine, so a guest draws only what it needs: one at boot, one per
// accepted connection.  Requests beyond the size of the queue are counted and
// submitted as earlier ones return.
#include "virtio-rng.h"

#include "events.h"
#include "string.h"
#include "virtio.h"

#define RNG_QUEUE 8u

static struct virtio_device device;
static struct virtq queue;
static uint64_t draws[RNG_QUEUE];
static uint16_t idle[RNG_QUEUE];
static uint32_t idle_count;
static uint32_t waiting;

void rng_open(void) {
    virtio_find(&device, VIRTIO_ID_ENTROPY);
    virtio_negotiate(&device, 0);
    virtq_open(&queue, &device, 0, RNG_QUEUE, true);
    for (uint16_t i = 0; i < RNG_QUEUE; i++) {
        queue.desc[i].address = (uintptr_t)&draws[i];
        queue.desc[i].length = sizeof draws[i];
        queue.desc[i].flags = VIRTQ_DESC_WRITE;
        idle[idle_count++] = i;
    }
    virtio_start(&device);
}

uint32_t rng_event(void) { return 1u << device.irq; }

static void submit_waiting(void) {
    while (waiting > 0 && idle_count > 0) {
        waiting--;
        virtq_add(&queue, idle[--idle_count]);
    }
    virtq_publish(&queue);
}

void rng_request(void) {
    waiting++;
    submit_waiting();
}

void rng_poll(void (*arrived)(uint64_t draw)) {
    struct virtq_used_element done;
    while (virtq_take_used(&queue, &done)) {
        uint64_t draw;
        memcpy(&draw, &draws[done.id], sizeof draw);
        idle[idle_count++] = (uint16_t)done.id;
        if (done.length < sizeof draw) {
            waiting++;  // a short answer does not count: ask again
        } else {
            arrived(draw);
        }
    }
    submit_waiting();
}

static uint64_t boot_draw;
static uint32_t boot_draws_arrived;

static void keep_boot_draw(uint64_t draw) {
    boot_draw = draw;
    boot_draws_arrived++;
}

uint64_t rng_draw_now(void) {
    uint32_t before = boot_draws_arrived;
    rng_request();
    while (boot_draws_arrived == before) {
        events_wait(rng_event());
        rng_poll(keep_boot_draw);
    }
    return boot_draw;
}
