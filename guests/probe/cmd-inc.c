// inc: the counter of the lecture.  It stands at 10, and the first answer is 11.
#include "commands.h"

static void cmd_inc(const struct request *request, struct reply *reply) {
    static uint64_t counter = 10;
    (void)request;
    reply_integer(reply, ++counter);
}

COMMAND(inc, 0)
