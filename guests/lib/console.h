// Printing, and the two ways in which a guest ends: power_off and panic.
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

void print_text(const char *text);
void print_number(uint64_t value);
void print_hex(uint64_t value);

_Noreturn void panic(const char *reason);
_Noreturn void power_off(void);

#endif
