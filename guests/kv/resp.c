// An incremental parser: it takes input in pieces of any size and never looks
// at a byte twice.  Arguments are gathered in an arena of fixed size; one that
// does not fit is counted and skipped, so that an oversized request can be
// refused without losing the place in the stream.  Knows nothing of commands.
#include "resp.h"

#include "string.h"

#define BODY_LIMIT (512u * 1024 * 1024)
#define COUNT_LIMIT 1024u

void resp_reset(struct resp_parser *p) {
    p->state = RESP_IN_LINE;
    p->is_complete = false;
    p->is_oversized = false;
    p->arguments_left = 0;
    p->argument_count = 0;
    p->line_length = 0;
    p->arena_used = 0;
}

// Parses the decimal number behind the type character of a line.
static bool line_number(const struct resp_parser *p, uint32_t limit, uint32_t *number) {
    if (p->line_length < 2) return false;
    *number = 0;
    for (uint32_t i = 1; i < p->line_length; i++) {
        uint8_t digit = (uint8_t)(p->line[i] - '0');
        if (digit > 9) return false;
        *number = *number * 10 + digit;
        if (*number > limit) return false;
    }
    return true;
}

static void add_argument(struct resp_parser *p, const uint8_t *at, size_t length) {
    if (p->argument_count < RESP_ARGUMENTS) {
        p->arguments[p->argument_count] = (struct bytes){at, length};
    }
    p->argument_count++;
}

static void begin_body(struct resp_parser *p, uint32_t length) {
    p->body_is_kept = p->argument_count < RESP_ARGUMENTS && length <= RESP_ARENA - p->arena_used;
    if (!p->body_is_kept && p->argument_count < RESP_ARGUMENTS) p->is_oversized = true;
    add_argument(p, p->arena + p->arena_used, p->body_is_kept ? length : 0);
    p->body_left = length;
    p->state = RESP_IN_BODY;
}

static void split_inline(struct resp_parser *p) {
    uint32_t i = 0;
    while (i < p->line_length) {
        uint32_t start = i;
        while (i < p->line_length && p->line[i] != ' ') i++;
        if (i > start) add_argument(p, p->line + start, i - start);
        i++;
    }
    p->is_complete = p->argument_count > 0;  // an empty line is no command
}

// Acts on a complete line; false if it makes no sense.
static bool take_line(struct resp_parser *p) {
    uint32_t number;
    if (p->line_length > 0 && p->line[p->line_length - 1] == '\r') p->line_length--;
    if (p->arguments_left > 0) {
        if (p->line_length == 0 || p->line[0] != '$' || !line_number(p, BODY_LIMIT, &number)) {
            return false;
        }
        begin_body(p, number);
    } else if (p->line_length > 0 && p->line[0] == '*') {
        if (!line_number(p, COUNT_LIMIT, &number)) return false;
        p->arguments_left = number;
    } else {
        split_inline(p);
    }
    if (!p->is_complete) p->line_length = 0;
    return true;
}

static size_t feed_line(struct resp_parser *p, const uint8_t *data, size_t length, bool *broken) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n') {
            *broken = !take_line(p);
            return i + 1;
        }
        if (p->line_length == RESP_LINE_MAX) {
            *broken = true;
            return i;
        }
        p->line[p->line_length++] = data[i];
    }
    return length;
}

static size_t feed_body(struct resp_parser *p, const uint8_t *data, size_t length) {
    size_t taken = min_u32((uint32_t)length, p->body_left);
    if (p->body_is_kept) {
        memcpy(p->arena + p->arena_used, data, taken);
        p->arena_used += (uint32_t)taken;
    }
    p->body_left -= (uint32_t)taken;
    if (p->body_left == 0) {
        p->state = RESP_IN_BODY_END;
        p->body_left = 2;  // the CR LF behind the body
    }
    return taken;
}

static size_t feed_body_end(struct resp_parser *p, uint8_t byte, bool *broken) {
    *broken = byte != (p->body_left == 2 ? '\r' : '\n');
    p->body_left--;
    if (p->body_left == 0) {
        p->state = RESP_IN_LINE;
        p->arguments_left--;
        p->is_complete = p->arguments_left == 0;
    }
    return 1;
}

size_t resp_feed(struct resp_parser *p, const uint8_t *data, size_t length,
                 enum resp_status *status) {
    if (p->is_complete) resp_reset(p);
    size_t used = 0;
    bool broken = false;
    while (used < length && !broken && !p->is_complete) {
        if (p->state == RESP_IN_LINE) {
            used += feed_line(p, data + used, length - used, &broken);
        } else if (p->state == RESP_IN_BODY) {
            used += feed_body(p, data + used, length - used);
        } else {
            used += feed_body_end(p, data[used], &broken);
        }
    }
    *status = broken ? RESP_BROKEN : p->is_complete ? RESP_COMMAND : RESP_MORE;
    return used;
}
