#include "reply.h"

static void put(struct reply *r, uint8_t byte) {
    if (r->length < REPLY_TEXT_MAX - 2) r->text[r->length++] = byte;
}

static void put_text(struct reply *r, const char *text) {
    for (; *text != '\0'; text++) put(r, (uint8_t)*text);
}

static void restart(struct reply *r, const char *prefix, const char *text) {
    r->length = 0;
    put_text(r, prefix);
    put_text(r, text);
}

uint32_t format_number(uint8_t *to, uint64_t number) {
    uint8_t digits[20];
    uint32_t count = 0, length = 0;
    do {
        digits[count++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) to[length++] = digits[--count];
    return length;
}

static void put_number(struct reply *r, uint64_t number) {
    uint8_t text[20];
    uint32_t length = format_number(text, number);
    for (uint32_t i = 0; i < length; i++) put(r, text[i]);
}

void reply_begin(struct reply *r, const char *name) { restart(r, "+", name); }

void reply_word(struct reply *r, const char *word) {
    put(r, ' ');
    put_text(r, word);
}

void reply_number(struct reply *r, uint64_t number) {
    put(r, ' ');
    put_number(r, number);
}

void reply_hex(struct reply *r, uint64_t number) {
    put(r, ' ');
    int shift = 60;
    while (shift > 0 && number >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) put(r, (uint8_t)"0123456789abcdef"[number >> shift & 15]);
}

void reply_integer(struct reply *r, uint64_t number) {
    restart(r, ":", "");
    put_number(r, number);
}

void reply_bulk_header(struct reply *r, uint32_t length) {
    restart(r, "$", "");
    put_number(r, length);
}

void reply_error(struct reply *r, const char *why) { restart(r, "-ERR ", why); }

void reply_broken(struct reply *r, const char *why) { restart(r, "-BROKEN ", why); }

void reply_end(struct reply *r) {
    r->text[r->length++] = '\r';
    r->text[r->length++] = '\n';
}
