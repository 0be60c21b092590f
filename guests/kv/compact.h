// Moving the live state to the other half of the disk.
#ifndef COMPACT_H
#define COMPACT_H

#include <stdbool.h>
#include <stdint.h>

// While true no command may be executed.
bool compact_is_running(void);

// Begins a switch when the log half is full, and carries one on.
void compact_poll(void);

// The most sectors the live state may take, so that a switch always succeeds
// and leaves room to work in.
uint64_t compact_live_limit(void);

#endif
