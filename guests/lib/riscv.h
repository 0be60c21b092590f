// The few privileged instructions the guests need, as inline functions.
// Everything runs in machine mode.  This file must never grow policy: it only
// names instructions.
#ifndef RISCV_H
#define RISCV_H

#include <stdint.h>

#define MSTATUS_MIE 0x8ul
#define MIE_TIMER (1ul << 7)
#define MIE_EXTERNAL (1ul << 11)
#define MCAUSE_INTERRUPT (1ul << 63)
#define MCAUSE_TIMER (MCAUSE_INTERRUPT | 7)
#define MCAUSE_EXTERNAL (MCAUSE_INTERRUPT | 11)

#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"(bits) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"(bits) : "memory")

static inline void interrupts_on(void) { csr_set(mstatus, MSTATUS_MIE); }

static inline void interrupts_off(void) { csr_clear(mstatus, MSTATUS_MIE); }

static inline void wait_for_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }

static inline uint64_t read_time_csr(void) {
    uint64_t value;
    __asm__ volatile("rdtime %0" : "=r"(value));
    return value;
}

// Orders ordinary memory accesses against each other and against devices.
static inline void memory_fence(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }

static inline uint32_t mmio_read32(uintptr_t address) {
    return *(volatile uint32_t *)address;
}

static inline void mmio_write32(uintptr_t address, uint32_t value) {
    *(volatile uint32_t *)address = value;
}

#endif
