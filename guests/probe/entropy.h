// Draws of entropy for commands, beside those that TCP needs.
#ifndef ENTROPY_H
#define ENTROPY_H

#include <stdint.h>

// Hands one arrived draw to who waits for it: a new connection first.
void entropy_arrived(uint64_t draw);

#endif
