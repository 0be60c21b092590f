// Rebuilding the state from the disk at boot.
#ifndef RECOVER_H
#define RECOVER_H

#include <stdint.h>

// Opens the disk, replays the active half of the log into the store, and leaves
// the log ready for appending.  Returns the number of records found.
uint64_t recover(void);

#endif
