// memcpy and its relatives.  Copies run eight bytes at a time even when source
// and destination are aligned differently, because every instruction counts on
// an emulated machine.  No load or store here is ever misaligned; a load may
// reach outside the source, but never outside the aligned word a source byte
// lies in.
#include "string.h"

#include <stdint.h>

#define WORD 8u

typedef uint64_t __attribute__((may_alias)) word;

static size_t misalignment(const void *p) { return (uintptr_t)p & (WORD - 1); }

static void copy_words_aligned(word *to, const word *from, size_t words) {
    for (; words >= 4; words -= 4, to += 4, from += 4) {
        word a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    while (words-- > 0) *to++ = *from++;
}

// Joins two neighbouring source words for each destination word.
static void copy_words_shifted(word *to, const uint8_t *from, size_t words) {
    unsigned right = 8u * (unsigned)misalignment(from);
    unsigned left = 64u - right;
    const word *source = (const word *)((uintptr_t)from & ~(uintptr_t)(WORD - 1));
    word low = *source++;
    while (words-- > 0) {
        word high = *source++;
        *to++ = low >> right | high << left;
        low = high;
    }
}

void *memcpy(void *to, const void *from, size_t length) {
    uint8_t *d = to;
    const uint8_t *s = from;
    while (length > 0 && misalignment(d) != 0) {
        *d++ = *s++;
        length--;
    }
    size_t words = length / WORD;
    if (words > 0) {
        if (misalignment(s) == 0) {
            copy_words_aligned((word *)d, (const word *)s, words);
        } else {
            copy_words_shifted((word *)d, s, words);
        }
        d += words * WORD;
        s += words * WORD;
        length -= words * WORD;
    }
    while (length-- > 0) *d++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t length) {
    uint8_t *d = to;
    const uint8_t *s = from;
    if (d < s) {
        while (length-- > 0) *d++ = *s++;
    } else {
        while (length-- > 0) d[length] = s[length];
    }
    return to;
}

void *memset(void *to, int byte, size_t length) {
    uint8_t *d = to;
    uint8_t value = (uint8_t)byte;
    while (length > 0 && misalignment(d) != 0) {
        *d++ = value;
        length--;
    }
    word pattern = value * 0x0101010101010101ull;
    for (; length >= WORD; length -= WORD, d += WORD) *(word *)d = pattern;
    while (length-- > 0) *d++ = value;
    return to;
}

int memcmp(const void *a, const void *b, size_t length) {
    const uint8_t *x = a;
    const uint8_t *y = b;
    for (; length > 0; length--, x++, y++) {
        if (*x != *y) return *x < *y ? -1 : 1;
    }
    return 0;
}
