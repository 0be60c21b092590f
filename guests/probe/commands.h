// The commands: each in a file of its own, each in one line of the table.
#ifndef COMMANDS_H
#define COMMANDS_H

#include "bytes.h"
#include "reply.h"
#include "request.h"

// Runs to its end, waiting where it must; puts what it observed into the reply.
typedef void command_function(const struct request *request, struct reply *reply);

command_function cmd_clock, cmd_console, cmd_entropy, cmd_inc, cmd_lrsc, cmd_misaligned,
    cmd_overlap, cmd_rxpoll, cmd_selfmod, cmd_spin, cmd_wfi;

void command_execute(struct bytes name, const struct request *request, struct reply *reply);

#endif
