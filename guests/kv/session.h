// One client.
#ifndef SESSION_H
#define SESSION_H

#include <stdint.h>

struct tcp_application;

// The callbacks for tcp_listen.
const struct tcp_application *sessions_application(void);

// Moves every session on as far as it can go.
void sessions_poll(void);

// Resets the clients with a reply that still has to read one of these sectors,
// because they are about to be overwritten.
void sessions_drop_readers(uint64_t from_sector, uint64_t to_sector);

#endif
