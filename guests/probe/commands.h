// The commands: each in a file of its own, whose last line puts it into the table.
#ifndef COMMANDS_H
#define COMMANDS_H

#include "bytes.h"
#include "reply.h"
#include "request.h"

// Runs to its end, waiting where it must; puts what it observed into the reply.
typedef void command_function(const struct request *request, struct reply *reply);

struct command {
    const char *name;
    uint32_t arguments;
    command_function *run;
};

// The table is a section of the program: the linker gathers it from all files and
// names its two ends.
extern const struct command __start_commands[], __stop_commands[];

#define COMMAND(name, arguments)                                                   \
    static const struct command command_##name                                     \
        __attribute__((section("commands"), used, aligned(8))) = {#name, arguments, \
                                                                  cmd_##name};

void command_execute(struct bytes name, const struct request *request, struct reply *reply);

#endif
