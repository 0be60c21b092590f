// Work for a processor and its memory, in units.
#ifndef WORK_H
#define WORK_H

#include <stdint.h>

// One unit: about 1,500 instructions, 100 loads and stores scattered over a megabyte.
void work_unit(void);

// Units done since boot.
uint64_t work_done(void);

#endif
