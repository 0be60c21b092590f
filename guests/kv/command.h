// What the service does.
#ifndef COMMAND_H
#define COMMAND_H

#include "reply.h"
#include "resp.h"

// Executes a complete command and fills in its (zeroed) reply.  May append one
// record: the caller has checked wal_can_append.
void command_execute(const struct resp_parser *request, struct reply *reply);

#endif
