// Transfers that are under way, one for a client at most.
#ifndef BULK_H
#define BULK_H

#include <stdbool.h>
#include <stdint.h>

struct line_client;

// The client's next bytes are data; the reply, their number, follows the last of them.
void bulk_up(struct line_client *client, uint32_t bytes);

// The reply is a bulk string of so many bytes.
void bulk_down(struct line_client *client, uint32_t bytes);

// Moves all as far as TCP has bytes and room; true when one was done.
bool bulk_move(void);

#endif
