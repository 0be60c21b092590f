// Console text and the end of the machine.  There is no printf: three small
// functions say all that a guest has to say.  panic must work in any state, so
// it depends on nothing but the serial port.
#include "console.h"

#include "platform.h"
#include "riscv.h"
#include "uart.h"

void print_text(const char *text) {
    for (; *text != '\0'; text++) uart_put(*text);
}

void print_number(uint64_t value) {
    if (value >= 10) print_number(value / 10);
    uart_put((char)('0' + value % 10));
}

void print_hex(uint64_t value) {
    if (value >= 16) print_hex(value / 16);
    uart_put("0123456789abcdef"[value % 16]);
}

_Noreturn void panic(const char *reason) {
    interrupts_off();
    // A pending interrupt that is enabled would end every wfi below at once.
    csr_clear(mie, ~0ul);
    print_text("panic: ");
    print_text(reason);
    print_text("\n");
    for (;;) wait_for_interrupt();
}

_Noreturn void power_off(void) {
    interrupts_off();
    mmio_write32(FINISHER_BASE, FINISHER_POWER_OFF);
    for (;;) wait_for_interrupt();
}
