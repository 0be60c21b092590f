// Finds the command that a line names, in the table that the linker gathered.
#include "commands.h"

#include <stdbool.h>

static bool is_named(struct bytes text, const char *name) {
    for (size_t i = 0; i < text.length; i++) {
        if (name[i] == '\0' || text.at[i] != (uint8_t)name[i]) return false;
    }
    return name[text.length] == '\0';
}

void command_execute(struct bytes name, const struct request *request, struct reply *reply) {
    for (const struct command *c = __start_commands; c < __stop_commands; c++) {
        if (!is_named(name, c->name)) continue;
        if (request->count == c->arguments) {
            c->run(request, reply);
        } else {
            reply_error(reply, "wrong number of arguments");
        }
        return;
    }
    reply_error(reply, "unknown command");
}
