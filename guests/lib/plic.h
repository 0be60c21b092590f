// The platform interrupt controller, context 0 (hart 0, machine mode).
#ifndef PLIC_H
#define PLIC_H

#include <stdint.h>

void plic_enable(uint32_t irq);
uint32_t plic_claim(void);
void plic_complete(uint32_t irq);

#endif
