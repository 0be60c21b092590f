// The 16550 serial port, transmit only.  It is used for the boot lines and for
// a panic.  It must never be used on the path of a request: each character is
// a device access, and the machine logs what the console says.
#include "uart.h"

#include <stdint.h>

#include "platform.h"

#define TRANSMIT_HOLDING (UART_BASE + 0)
#define LINE_STATUS (UART_BASE + 5)
#define LINE_STATUS_CAN_SEND 0x20

void uart_put(char c) {
    while ((*(volatile uint8_t *)LINE_STATUS & LINE_STATUS_CAN_SEND) == 0) {
    }
    *(volatile uint8_t *)TRANSMIT_HOLDING = (uint8_t)c;
}
