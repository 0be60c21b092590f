// selfmod <rounds> <salt>: writes a function, executes it, and writes it anew.
// Its first instruction lies across a page boundary; every other round changes
// only the half on the second page.
#include "commands.h"
#include "mix.h"

#define PAGE 4096u
#define ROUNDS_MAX 1000u
#define ADD_IMMEDIATE 0x00050513u  // addi a0, a0, 0
#define RETURN 0x8082u             // c.jr ra

static _Alignas(4096) uint16_t pages[PAGE] __attribute__((section(".noinit")));

static void fence_instructions(void) { __asm__ volatile("fence.i" ::: "memory"); }

static void cmd_selfmod(const struct request *request, struct reply *reply) {
    uint32_t rounds = request->numbers[0], state = pattern_start(request->numbers[1]);
    if (rounds > ROUNDS_MAX) {
        reply_error(reply, "too many rounds");
        return;
    }
    uint16_t *code = pages + PAGE / 2 - 1;
    uint64_t (*function)(uint64_t) = (uint64_t(*)(uint64_t))(uintptr_t)code;
    code[0] = (uint16_t)ADD_IMMEDIATE;
    code[2] = RETURN;
    uint64_t value = 0, expected = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        state = pattern_next(state);
        uint32_t immediate = state & 0x7ff;  // never negative
        code[1] = (uint16_t)((ADD_IMMEDIATE | immediate << 20) >> 16);
        if (i % 2 == 0) code[0] = (uint16_t)ADD_IMMEDIATE;
        fence_instructions();
        value = function(value);
        expected += immediate;
    }
    if (value != expected) {
        reply_broken(reply, "an old instruction was executed after fence.i");
        return;
    }
    reply_begin(reply, "selfmod");
    reply_number(reply, value);
}

COMMAND(selfmod, 2)  // rounds, salt
