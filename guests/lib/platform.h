// The memory map of the machine: QEMU's `virt` board, cut down to what the
// guests use.  Numbers only.  Nothing here may be probed or guessed at run
// time except which virtio slot holds which device.
#ifndef PLATFORM_H
#define PLATFORM_H

#define FINISHER_BASE 0x00100000ul
#define FINISHER_POWER_OFF 0x5555u

#define CLINT_BASE 0x02000000ul
#define CLINT_TIMER_COMPARE (CLINT_BASE + 0x4000)
#define TIMEBASE_HZ 10000000ull

#define PLIC_BASE 0x0c000000ul

#define UART_BASE 0x10000000ul

#define VIRTIO_BASE 0x10001000ul
#define VIRTIO_STRIDE 0x1000ul
#define VIRTIO_SLOTS 8
#define VIRTIO_FIRST_IRQ 1

#endif
