// The reply to one command, a RESP line.  Words and numbers are separated by a
// space; what does not fit is cut off, which no command comes near.
#ifndef REPLY_H
#define REPLY_H

#include <stdint.h>

#define REPLY_TEXT_MAX 256u

struct reply {
    uint32_t length;
    uint8_t text[REPLY_TEXT_MAX];
};

// "+name": what the guest observed follows.
void reply_begin(struct reply *reply, const char *name);
void reply_word(struct reply *reply, const char *word);
void reply_number(struct reply *reply, uint64_t number);
void reply_hex(struct reply *reply, uint64_t number);

// ":number", the whole reply.
void reply_integer(struct reply *reply, uint64_t number);

// "-ERR why": the command was refused and did nothing.
void reply_error(struct reply *reply, const char *why);

// "-BROKEN why": the guest saw something that no correct machine can show.
void reply_broken(struct reply *reply, const char *why);

// Ends the line; called once, by who runs the command.
void reply_end(struct reply *reply);

// "$length", the line in front of a bulk string.
void reply_bulk_header(struct reply *reply, uint32_t length);

// Decimal text; `to` must have room for 20 bytes.
uint32_t format_number(uint8_t *to, uint64_t number);

#endif
