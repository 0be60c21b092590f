// console <bytes>: so many bytes to the serial port, in lines of 64.
#include "commands.h"
#include "mix.h"
#include "uart.h"

#define BYTES_MAX 4096u

static void cmd_console(const struct request *request, struct reply *reply) {
    static uint32_t printed;
    uint32_t bytes = request->numbers[0];
    if (bytes > BYTES_MAX) {
        reply_error(reply, "too many bytes");
        return;
    }
    uint32_t sum = SUM_START;
    for (uint32_t i = 0; i < bytes; i++, printed++) {
        uint8_t c = (uint8_t)(printed % 64 == 63 ? '\n' : 'a' + printed % 26);
        uart_put((char)c);
        sum = sum_byte(sum, c);
    }
    reply_begin(reply, "console");
    reply_number(reply, printed);
    reply_hex(reply, sum);
}

COMMAND(console, 1)  // bytes
