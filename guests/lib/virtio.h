// virtio over MMIO, version 2 ("modern"), split virtqueues.
#ifndef VIRTIO_H
#define VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_ID_NET 1u
#define VIRTIO_ID_BLOCK 2u
#define VIRTIO_ID_ENTROPY 4u

#define VIRTIO_CONFIG 0x100u

#define VIRTQ_MAX 128u
#define VIRTQ_DESC_NEXT 1u
#define VIRTQ_DESC_WRITE 2u

struct virtio_device {
    uintptr_t base;
    uint32_t irq;
};

struct virtq_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

struct virtq_used_element {
    uint32_t id;
    uint32_t length;
};

// The three rings in the layout the device reads, then our own bookkeeping.
struct virtq {
    _Alignas(16) struct virtq_descriptor desc[VIRTQ_MAX];
    _Alignas(2) struct {
        uint16_t flags;
        uint16_t index;
        uint16_t ring[VIRTQ_MAX];
    } avail;
    _Alignas(4) volatile struct {
        uint16_t flags;
        uint16_t index;
        struct virtq_used_element ring[VIRTQ_MAX];
    } used;
    const struct virtio_device *device;
    uint16_t queue_index;
    uint16_t size;
    uint16_t filled;     // avail entries written, published or not
    uint16_t seen_used;  // used entries taken
};

// Finds the first slot that holds the given kind of device, or panics.
void virtio_find(struct virtio_device *device, uint32_t id);

// Resets the device and agrees on the wanted features it offers.
uint64_t virtio_negotiate(const struct virtio_device *device, uint64_t wanted);

// Sets a queue up with `size` entries, or panics if the device has fewer.
void virtq_open(struct virtq *queue, const struct virtio_device *device, uint16_t index,
                uint16_t size, bool wants_interrupts);

// Declares the driver ready and lets the device's interrupt through.
void virtio_start(const struct virtio_device *device);

// Called by the trap handler: silences the device behind this interrupt.
void virtio_acknowledge(uint32_t irq);

// Puts a descriptor chain into the avail ring; the device sees it only after
// virtq_publish.
void virtq_add(struct virtq *queue, uint16_t head);

// Shows everything added so far to the device and notifies it.
void virtq_publish(struct virtq *queue);

static inline uint16_t virtq_unpublished(const struct virtq *queue) {
    return (uint16_t)(queue->filled - queue->avail.index);
}

// Takes one completed chain, or returns false.
bool virtq_take_used(struct virtq *queue, struct virtq_used_element *element);

#endif
