// The table of commands.  To add one: a file cmd-<name>.c, and a line here.
#include "commands.h"

#include <stdbool.h>

static const struct command {
    const char *name;
    uint32_t arguments;
    command_function *run;
} commands[] = {
    {"clock", 1, cmd_clock},            // reads in a row
    {"console", 1, cmd_console},        // bytes
    {"entropy", 1, cmd_entropy},        // draws
    {"inc", 0, cmd_inc},                //
    {"lrsc", 2, cmd_lrsc},              // rounds, ticks until the interrupt
    {"misaligned", 1, cmd_misaligned},  // salt
    {"overlap", 2, cmd_overlap},        // slot, salt
    {"rxpoll", 1, cmd_rxpoll},          // looks at the ring
    {"selfmod", 2, cmd_selfmod},        // rounds, salt
    {"spin", 2, cmd_spin},              // slot, salt
    {"wfi", 2, cmd_wfi},                // rounds, ticks until the timer
};

static bool is_named(struct bytes text, const char *name) {
    for (size_t i = 0; i < text.length; i++) {
        if (name[i] == '\0' || text.at[i] != (uint8_t)name[i]) return false;
    }
    return name[text.length] == '\0';
}

void command_execute(struct bytes name, const struct request *request, struct reply *reply) {
    for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!is_named(name, commands[i].name)) continue;
        if (request->count == commands[i].arguments) {
            commands[i].run(request, reply);
        } else {
            reply_error(reply, "wrong number of arguments");
        }
        return;
    }
    reply_error(reply, "unknown command");
}
