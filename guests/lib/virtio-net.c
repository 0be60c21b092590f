// virtio-net without any offload.  Frames lie in their buffers so that the IP
// header is 4-byte and a TCP payload without options 8-byte aligned.  Sent
// frames are reclaimed when a frame is needed, not by interrupt; receive
// buffers are given back in batches so that most packets cost no notification.
#include "virtio-net.h"

#include "riscv.h"
#include "string.h"
#include "virtio.h"

#define RX_BUFFERS 64u
#define RX_REFILL_BATCH 16u
#define TX_BUFFERS 64u
#define FEATURE_MAC (1ull << 5)

#define HEADER_SIZE 12u
#define HEADER_OFFSET 6u  // 6 + 12 + 14 bytes: the IP header starts at 32
#define FRAME_OFFSET (HEADER_OFFSET + HEADER_SIZE)

struct frame_buffer {
    _Alignas(8) uint8_t bytes[1536];
};

static struct virtio_device device;
static struct virtq rx;
static struct virtq tx;
static struct frame_buffer rx_buffers[RX_BUFFERS] __attribute__((section(".noinit")));
static struct frame_buffer tx_buffers[TX_BUFFERS] __attribute__((section(".noinit")));
static uint16_t tx_idle[TX_BUFFERS];
static uint32_t tx_idle_count;

static void open_queues(void) {
    virtq_open(&rx, &device, 0, RX_BUFFERS, true);
    virtq_open(&tx, &device, 1, TX_BUFFERS, false);
    for (uint16_t i = 0; i < RX_BUFFERS; i++) {
        rx.desc[i].address = (uintptr_t)&rx_buffers[i].bytes[HEADER_OFFSET];
        rx.desc[i].length = HEADER_SIZE + FRAME_MAX;
        rx.desc[i].flags = VIRTQ_DESC_WRITE;
        virtq_add(&rx, i);
    }
    for (uint16_t i = 0; i < TX_BUFFERS; i++) {
        memset(tx_buffers[i].bytes, 0, FRAME_OFFSET);
        tx.desc[i].address = (uintptr_t)&tx_buffers[i].bytes[HEADER_OFFSET];
        tx_idle[tx_idle_count++] = i;
    }
}

void vnet_open(uint8_t mac[6]) {
    virtio_find(&device, VIRTIO_ID_NET);
    virtio_negotiate(&device, FEATURE_MAC);
    for (uint32_t i = 0; i < 6; i++) {
        mac[i] = *(volatile uint8_t *)(device.base + VIRTIO_CONFIG + i);
    }
    open_queues();
    virtio_start(&device);
    virtq_publish(&rx);
}

uint32_t vnet_event(void) { return 1u << device.irq; }

void vnet_poll(void (*arrived)(const uint8_t *frame, size_t length)) {
    struct virtq_used_element done;
    while (virtq_take_used(&rx, &done)) {
        if (done.length > HEADER_SIZE) {
            arrived(&rx_buffers[done.id].bytes[FRAME_OFFSET], done.length - HEADER_SIZE);
        }
        virtq_add(&rx, (uint16_t)done.id);
        if (virtq_unpublished(&rx) >= RX_REFILL_BATCH) virtq_publish(&rx);
    }
}

uint16_t vnet_received_index(void) { return rx.used.index; }

uint8_t *vnet_frame(void) {
    if (tx_idle_count == 0) {
        struct virtq_used_element done;
        virtq_publish(&tx);
        while (virtq_take_used(&tx, &done)) tx_idle[tx_idle_count++] = (uint16_t)done.id;
    }
    if (tx_idle_count == 0) return NULL;
    return &tx_buffers[tx_idle[tx_idle_count - 1]].bytes[FRAME_OFFSET];
}

void vnet_send(size_t length) {
    uint16_t index = tx_idle[--tx_idle_count];
    tx.desc[index].length = (uint32_t)(HEADER_SIZE + length);
    virtq_add(&tx, index);
}

void vnet_kick(void) { virtq_publish(&tx); }
