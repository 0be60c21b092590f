// Transactions: one at a time for a client, many at once for the machine.
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

struct line_client;

struct transaction_cost {
    uint32_t work;  // units
    uint32_t reads, read_sectors;
    uint32_t writes, write_sectors;
    uint32_t reply;  // bytes
};

// Makes the client busy until its transaction is done; false when it is out of range.
bool transaction_begin(struct line_client *client, const struct transaction_cost *cost);

// Whether some transaction has work for the processor now.
bool transactions_can_work(void);

// Moves them on: one unit of work, and after an event whatever waited for the disk
// or for room to send. True when one was done.
bool transactions_move(bool after_event);

#endif
