// The commands on values, and the table of all commands.  A command runs to its
// end at once, in the order of arrival: this order is the order of the log and
// the order clients observe.  A reply that depends on a record which is not yet
// durable says so in `needs`; nothing here ever waits.
#include "command.h"

#include "compact.h"
#include "kvclock.h"
#include "lock.h"
#include "mutate.h"
#include "store.h"
#include "string.h"

#define NOT_A_NUMBER "-ERR value is not an integer or out of range"

typedef const struct bytes *arguments;  // of a command, its name first

static void do_ping(arguments args, struct reply *reply) {
    (void)args;
    reply_line(reply, "+PONG");
}

static void do_set(arguments args, struct reply *reply) {
    struct wal_request change = {
        .op = OP_SET, .key = args[1], .value = args[2], .time = kvclock_recent()};
    if (mutate(&change, reply)) reply_line(reply, "+OK");
}

static void do_get(arguments args, struct reply *reply) {
    const struct entry *e = store_find(ENTRY_VALUE, args[1]);
    reply->needs = e == NULL ? store_last_removal() : e->sequence;
    if (e == NULL) {
        reply_line(reply, "$-1");
    } else if (entry_is_in_memory(e)) {
        reply_bulk(reply, (struct bytes){e->value, e->value_length});
    } else {
        reply->sector = e->sector;
        reply->sector_count = entry_sectors(e);
        reply->sequence = e->sequence;
    }
}

static void do_incr(arguments args, struct reply *reply) {
    const struct entry *e = store_find(ENTRY_VALUE, args[1]);
    int64_t number = 0;
    if (e != NULL) {
        bool is_number = entry_is_in_memory(e) &&
                         parse_number((struct bytes){e->value, e->value_length}, &number);
        if (!is_number || number == INT64_MAX) {
            reply->needs = e->sequence;
            reply_line(reply, NOT_A_NUMBER);
            return;
        }
    }
    number++;
    uint8_t text[20];
    struct wal_request change = {
        .op = OP_SET,
        .key = args[1],
        .value = {text, format_number(text, number)},
        .time = kvclock_recent(),
    };
    if (mutate(&change, reply)) reply_number(reply, number);
}

static void do_del(arguments args, struct reply *reply) {
    if (store_find(ENTRY_VALUE, args[1]) == NULL) {
        reply->needs = store_last_removal();
        reply_number(reply, 0);
        return;
    }
    struct wal_request change = {.op = OP_DEL, .key = args[1], .time = kvclock_recent()};
    if (mutate(&change, reply)) reply_number(reply, 1);
}

static void do_lock(arguments args, struct reply *reply) {
    int64_t milliseconds;
    if (!parse_number(args[3], &milliseconds) || milliseconds < 1 || milliseconds > LEASE_MAX) {
        reply_line(reply, NOT_A_NUMBER);
    } else {
        lock_acquire(args[1], args[2], (uint64_t)milliseconds, reply);
    }
}

static void do_unlock(arguments args, struct reply *reply) {
    lock_release(args[1], args[2], reply);
}

static const struct command {
    const char *name;
    uint32_t argument_count;
    uint32_t last_limit;  // the longest last argument; all others are keys
    void (*run)(arguments args, struct reply *reply);
} commands[] = {
    {"PING", 1, KEY_MAX, do_ping},     {"SET", 3, VALUE_MAX, do_set},
    {"GET", 2, KEY_MAX, do_get},       {"INCR", 2, KEY_MAX, do_incr},
    {"DEL", 2, KEY_MAX, do_del},       {"LOCK", 4, KEY_MAX, do_lock},
    {"UNLOCK", 3, KEY_MAX, do_unlock},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static bool is_named(struct bytes text, const char *name) {
    for (size_t i = 0; i < text.length; i++) {
        // Letters of either case; name is in capitals.
        if (name[i] == '\0' || (text.at[i] & ~0x20) != name[i]) return false;
    }
    return name[text.length] == '\0';
}

static const struct command *find_command(struct bytes name) {
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        if (is_named(name, commands[i].name)) return &commands[i];
    }
    return NULL;
}

static bool sizes_are_allowed(const struct command *command, const struct resp_parser *request) {
    if (request->is_oversized) return false;
    for (uint32_t i = 1; i < command->argument_count; i++) {
        bool is_last = i + 1 == command->argument_count;
        uint32_t limit = is_last ? command->last_limit : KEY_MAX;
        if (request->arguments[i].length > limit) return false;
    }
    return true;
}

void command_execute(const struct resp_parser *request, struct reply *reply) {
    const struct command *command = find_command(request->arguments[0]);
    if (command == NULL) {
        reply_line(reply, "-ERR unknown command");
    } else if (request->argument_count != command->argument_count) {
        reply_line(reply, "-ERR wrong number of arguments");
    } else if (!sizes_are_allowed(command, request)) {
        reply_line(reply, "-ERR argument too large");
    } else {
        command->run(request->arguments, reply);
    }
}
