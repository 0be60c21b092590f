// virtio-mmio transport and split virtqueues (virtio 1.x, "version 2" register
// layout).  Drivers call in here; nothing in here knows what a packet or a
// sector is.  The device must never see a ring index before the entries it
// covers, hence the fences.
#include "virtio.h"

#include "console.h"
#include "platform.h"
#include "plic.h"
#include "riscv.h"

enum {
    REG_MAGIC = 0x00,
    REG_VERSION = 0x04,
    REG_DEVICE_ID = 0x08,
    REG_DEVICE_FEATURES = 0x10,
    REG_DEVICE_FEATURES_SELECT = 0x14,
    REG_DRIVER_FEATURES = 0x20,
    REG_DRIVER_FEATURES_SELECT = 0x24,
    REG_QUEUE_SELECT = 0x30,
    REG_QUEUE_SIZE_MAX = 0x34,
    REG_QUEUE_SIZE = 0x38,
    REG_QUEUE_READY = 0x44,
    REG_QUEUE_NOTIFY = 0x50,
    REG_INTERRUPT_STATUS = 0x60,
    REG_INTERRUPT_ACK = 0x64,
    REG_STATUS = 0x70,
    REG_QUEUE_DESC = 0x80,
    REG_QUEUE_DRIVER = 0x90,
    REG_QUEUE_DEVICE = 0xa0,
};

enum {
    STATUS_ACKNOWLEDGE = 1,
    STATUS_DRIVER = 2,
    STATUS_DRIVER_OK = 4,
    STATUS_FEATURES_OK = 8,
};

#define MAGIC_VALUE 0x74726976u
#define FEATURE_VERSION_1 (1ull << 32)
#define AVAIL_NO_INTERRUPT 1u
#define USED_NO_NOTIFY 1u

static void write_reg(const struct virtio_device *device, uint32_t reg, uint32_t value) {
    mmio_write32(device->base + reg, value);
}

static uint32_t read_reg(const struct virtio_device *device, uint32_t reg) {
    return mmio_read32(device->base + reg);
}

static void write_address(const struct virtio_device *device, uint32_t reg,
                          const volatile void *memory) {
    write_reg(device, reg, (uint32_t)(uintptr_t)memory);
    write_reg(device, reg + 4, (uint32_t)((uintptr_t)memory >> 32));
}

void virtio_find(struct virtio_device *device, uint32_t id) {
    for (uint32_t slot = 0; slot < VIRTIO_SLOTS; slot++) {
        device->base = VIRTIO_BASE + slot * VIRTIO_STRIDE;
        device->irq = VIRTIO_FIRST_IRQ + slot;
        if (read_reg(device, REG_MAGIC) == MAGIC_VALUE && read_reg(device, REG_VERSION) == 2 &&
            read_reg(device, REG_DEVICE_ID) == id) {
            return;
        }
    }
    panic("a virtio device is missing");
}

uint64_t virtio_negotiate(const struct virtio_device *device, uint64_t wanted) {
    write_reg(device, REG_STATUS, 0);
    write_reg(device, REG_STATUS, STATUS_ACKNOWLEDGE);
    write_reg(device, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    write_reg(device, REG_DEVICE_FEATURES_SELECT, 0);
    uint64_t offered = read_reg(device, REG_DEVICE_FEATURES);
    write_reg(device, REG_DEVICE_FEATURES_SELECT, 1);
    offered |= (uint64_t)read_reg(device, REG_DEVICE_FEATURES) << 32;

    uint64_t agreed = offered & (wanted | FEATURE_VERSION_1);
    write_reg(device, REG_DRIVER_FEATURES_SELECT, 0);
    write_reg(device, REG_DRIVER_FEATURES, (uint32_t)agreed);
    write_reg(device, REG_DRIVER_FEATURES_SELECT, 1);
    write_reg(device, REG_DRIVER_FEATURES, (uint32_t)(agreed >> 32));
    uint32_t status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    write_reg(device, REG_STATUS, status);
    if ((agreed & FEATURE_VERSION_1) == 0 || read_reg(device, REG_STATUS) != status) {
        panic("a virtio device refuses our features");
    }
    return agreed;
}

void virtq_open(struct virtq *queue, const struct virtio_device *device, uint16_t index,
                uint16_t size, bool wants_interrupts) {
    queue->device = device;
    queue->queue_index = index;
    queue->size = size;
    queue->avail.flags = wants_interrupts ? 0 : AVAIL_NO_INTERRUPT;
    write_reg(device, REG_QUEUE_SELECT, index);
    if (read_reg(device, REG_QUEUE_SIZE_MAX) < size) panic("a virtio queue is too small");
    write_reg(device, REG_QUEUE_SIZE, size);
    write_address(device, REG_QUEUE_DESC, queue->desc);
    write_address(device, REG_QUEUE_DRIVER, &queue->avail);
    write_address(device, REG_QUEUE_DEVICE, &queue->used);
    write_reg(device, REG_QUEUE_READY, 1);
}

void virtio_start(const struct virtio_device *device) {
    plic_enable(device->irq);
    csr_set(mie, MIE_EXTERNAL);
    write_reg(device, REG_STATUS,
              STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
}

void virtio_acknowledge(uint32_t irq) {
    uintptr_t base = VIRTIO_BASE + (irq - VIRTIO_FIRST_IRQ) * VIRTIO_STRIDE;
    mmio_write32(base + REG_INTERRUPT_ACK, mmio_read32(base + REG_INTERRUPT_STATUS));
}

void virtq_add(struct virtq *queue, uint16_t head) {
    queue->avail.ring[queue->filled % queue->size] = head;
    queue->filled++;
}

void virtq_publish(struct virtq *queue) {
    if (virtq_unpublished(queue) == 0) return;
    memory_fence();
    *(volatile uint16_t *)&queue->avail.index = queue->filled;
    memory_fence();
    if ((queue->used.flags & USED_NO_NOTIFY) == 0) {
        write_reg(queue->device, REG_QUEUE_NOTIFY, queue->queue_index);
    }
}

bool virtq_take_used(struct virtq *queue, struct virtq_used_element *element) {
    if (queue->used.index == queue->seen_used) return false;
    memory_fence();
    uint16_t place = queue->seen_used % queue->size;
    element->id = queue->used.ring[place].id;
    element->length = queue->used.ring[place].length;
    queue->seen_used++;
    return true;
}
