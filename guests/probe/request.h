// One request line, "name number number ...", as a command gets it.
#ifndef REQUEST_H
#define REQUEST_H

#include <stdint.h>

#define ARGUMENTS_MAX 3u

struct request {
    uint32_t count;
    uint32_t numbers[ARGUMENTS_MAX];
};

#endif
