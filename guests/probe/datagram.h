// The service on UDP.
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stdint.h>

// A counter without request ids: every "inc" counts and is answered once, with
// the new value; nothing is repeated and nothing is recognised.
void datagrams_open(uint16_t port);

#endif
