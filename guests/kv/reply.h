// One reply, from the execution of its command until it is sent.
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "limits.h"

#define REPLY_TEXT_MAX (SHORT_VALUE_MAX + 16u)

struct reply {
    // The reply must not be sent before this record is durable: it tells of a
    // change, its own or another client's, that a crash could still undo.
    uint64_t needs;
    uint64_t sector;        // where the value to send is, or 0: `text` is all
    uint64_t sequence;      // of the record at that sector
    uint32_t sector_count;
    uint32_t text_length;
    uint8_t text[REPLY_TEXT_MAX];
};

void reply_line(struct reply *reply, const char *line);
void reply_number(struct reply *reply, int64_t number);
void reply_bulk(struct reply *reply, struct bytes value);
void reply_held(struct reply *reply, struct bytes owner);

// Writes the "$<length>\r\n" in front of a bulk string and returns its size;
// `to` must have room for 16 bytes.
uint32_t bulk_header(uint8_t *to, uint32_t length);

// Decimal text of a number; `to` must have room for 20 bytes.
uint32_t format_number(uint8_t *to, int64_t number);

// False if the text is not exactly one number of 64 bits.
bool parse_number(struct bytes text, int64_t *number);

#endif
