// The PLIC: gives every interrupt source we use the same priority and lets all
// of them through.  Sources above 31 do not exist on this machine.
#include "plic.h"

#include "platform.h"
#include "riscv.h"

#define PRIORITY(irq) (PLIC_BASE + 4ul * (irq))
#define ENABLE (PLIC_BASE + 0x2000)
#define THRESHOLD (PLIC_BASE + 0x200000)
#define CLAIM (PLIC_BASE + 0x200004)

void plic_enable(uint32_t irq) {
    mmio_write32(PRIORITY(irq), 1);
    mmio_write32(ENABLE, mmio_read32(ENABLE) | 1u << irq);
    mmio_write32(THRESHOLD, 0);
}

uint32_t plic_claim(void) { return mmio_read32(CLAIM); }

void plic_complete(uint32_t irq) { mmio_write32(CLAIM, irq); }
