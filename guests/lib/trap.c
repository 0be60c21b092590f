// The trap handler.  It turns an interrupt into an event bit and silences its
// source, nothing more: all work is done by the main loop, so no data structure
// is ever shared with a handler.  Any exception is a bug and ends in a panic.
#include "console.h"
#include "events.h"
#include "plic.h"
#include "riscv.h"
#include "virtio.h"

void trap_handle(uint64_t cause, uint64_t pc, uint64_t value);

void trap_handle(uint64_t cause, uint64_t pc, uint64_t value) {
    if (cause == MCAUSE_TIMER) {
        // Masked rather than re-armed: re-arming would need the time.
        csr_clear(mie, MIE_TIMER);
        events_post(EVENT_TICK);
        return;
    }
    if (cause == MCAUSE_EXTERNAL) {
        uint32_t irq = plic_claim();
        if (irq == 0) return;
        virtio_acknowledge(irq);
        plic_complete(irq);
        events_post(1u << irq);
        return;
    }
    print_text("trap cause ");
    print_hex(cause);
    print_text(" pc ");
    print_hex(pc);
    print_text(" value ");
    print_hex(value);
    print_text("\n");
    panic("unexpected exception");
}
