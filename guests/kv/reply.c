// RESP reply texts and decimal numbers.  Every text fits into a reply by
// construction: values are short (SHORT_VALUE_MAX) and owners are keys.
#include "reply.h"

#include "string.h"

static void add(struct reply *r, const void *data, size_t length) {
    memcpy(r->text + r->text_length, data, length);
    r->text_length += (uint32_t)length;
}

static void add_text(struct reply *r, const char *text) {
    while (*text != '\0') r->text[r->text_length++] = (uint8_t)*text++;
}

void reply_line(struct reply *r, const char *line) {
    add_text(r, line);
    add_text(r, "\r\n");
}

uint32_t format_number(uint8_t *to, int64_t number) {
    uint8_t digits[20];
    uint32_t count = 0, length = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[count++] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) to[length++] = '-';
    while (count > 0) to[length++] = digits[--count];
    return length;
}

bool parse_number(struct bytes text, int64_t *number) {
    size_t i = text.length > 0 && text.at[0] == '-' ? 1 : 0;
    bool is_negative = i == 1;
    if (i == text.length || text.length > 20) return false;
    uint64_t limit = (uint64_t)INT64_MAX + is_negative;
    uint64_t value = 0;
    for (; i < text.length; i++) {
        uint8_t digit = (uint8_t)(text.at[i] - '0');
        if (digit > 9 || value > (limit - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *number = (int64_t)(is_negative ? 0 - value : value);
    return true;
}

void reply_number(struct reply *r, int64_t number) {
    add_text(r, ":");
    r->text_length += format_number(r->text + r->text_length, number);
    add_text(r, "\r\n");
}

uint32_t bulk_header(uint8_t *to, uint32_t length) {
    to[0] = '$';
    uint32_t end = 1 + format_number(to + 1, length);
    to[end++] = '\r';
    to[end++] = '\n';
    return end;
}

void reply_bulk(struct reply *r, struct bytes value) {
    r->text_length += bulk_header(r->text + r->text_length, (uint32_t)value.length);
    add(r, value.at, value.length);
    add_text(r, "\r\n");
}

void reply_held(struct reply *r, struct bytes owner) {
    add_text(r, "-HELD ");
    add(r, owner.at, owner.length);
    add_text(r, "\r\n");
}
