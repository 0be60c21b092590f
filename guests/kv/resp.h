// Parsing requests: RESP arrays of bulk strings, and inline commands.
#ifndef RESP_H
#define RESP_H

#include <stdbool.h>

#include "bytes.h"
#include "limits.h"

#define RESP_ARGUMENTS 4u
#define RESP_LINE_MAX 128u
#define RESP_ARENA (VALUE_MAX + KEY_MAX + 256u)

enum resp_status {
    RESP_MORE,     // all input consumed, no complete command yet
    RESP_COMMAND,  // `arguments` hold a command until the next call
    RESP_BROKEN,   // not RESP; there is no way to find the next command
};

struct resp_parser {
    enum { RESP_IN_LINE, RESP_IN_BODY, RESP_IN_BODY_END } state;
    bool is_complete;
    bool is_oversized;         // an argument did not fit and was skipped
    uint32_t arguments_left;   // still to come in this array
    uint32_t argument_count;   // may exceed RESP_ARGUMENTS; the rest is skipped
    struct bytes arguments[RESP_ARGUMENTS];
    uint32_t body_left;
    bool body_is_kept;
    uint32_t line_length;
    uint32_t arena_used;
    uint8_t line[RESP_LINE_MAX];
    uint8_t arena[RESP_ARENA];
};

void resp_reset(struct resp_parser *parser);

// Consumes input up to the end of the next command and returns how much.
size_t resp_feed(struct resp_parser *parser, const uint8_t *data, size_t length,
                 enum resp_status *status);

#endif
