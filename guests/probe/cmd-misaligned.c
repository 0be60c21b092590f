// misaligned <salt>: loads and stores of every size at every offset across a
// page boundary; atomics at addresses that are not theirs; a store that ends
// beyond RAM, of which no byte may be seen.
#include <stdbool.h>

#include "commands.h"
#include "mix.h"
#include "riscv.h"
#include "string.h"

#define PAGE 4096u
#define WINDOW 32u
#define RAM_END 0x81000000ul

static _Alignas(4096) uint8_t pages[2 * PAGE] __attribute__((section(".noinit")));

#define MISALIGNED_LOAD(instruction, address)                                           \
    ({                                                                                  \
        uint64_t value_;                                                                \
        __asm__ volatile(instruction " %0, (%1)" : "=r"(value_) : "r"(address) : "memory"); \
        value_;                                                                         \
    })

#define MISALIGNED_STORE(instruction, address, value) \
    __asm__ volatile(instruction " %1, (%0)" ::"r"(address), "r"(value) : "memory")

// Runs one instruction with interrupts off and a trap vector of its own: 0, or 1 +
// the cause of its exception.
#define CAUSE_OF(instruction, address)                               \
    ({                                                               \
        uint64_t cause_, vector_, scratch_;                          \
        interrupts_off();                                            \
        __asm__ volatile(                                            \
            "la %2, 1f\n"                                            \
            "csrrw %1, mtvec, %2\n"                                  \
            "li %0, 0\n"                                             \
            "li %2, -1\n" instruction                                \
            "\n"                                                     \
            "j 2f\n"                                                 \
            ".balign 4\n"                                            \
            "1: csrr %0, mcause\n"                                   \
            "addi %0, %0, 1\n"                                       \
            "2: csrw mtvec, %1\n"                                    \
            : "=&r"(cause_), "=&r"(vector_), "=&r"(scratch_)         \
            : "r"(address)                                           \
            : "memory");                                             \
        interrupts_on();                                             \
        cause_;                                                      \
    })

static bool crosses_wrongly(uint8_t *at, uint64_t *seen) {
    uint8_t expected[8];
    uint64_t value = observe(*seen, (uintptr_t)at);
    MISALIGNED_STORE("sd", at, value);
    for (uint32_t i = 0; i < 8; i++) expected[i] = (uint8_t)(value >> 8 * i);
    if (memcmp(at, expected, 8) != 0) return true;
    if (MISALIGNED_LOAD("ld", at) != value) return true;
    if (MISALIGNED_LOAD("lwu", at + 1) != (value >> 8 & 0xffffffff)) return true;
    if (MISALIGNED_LOAD("lhu", at + 3) != (value >> 24 & 0xffff)) return true;
    MISALIGNED_STORE("sw", at + 2, value);
    MISALIGNED_STORE("sh", at + 5, value);
    *seen = observe(value, MISALIGNED_LOAD("ld", at));
    return false;
}

static void cmd_misaligned(const struct request *request, struct reply *reply) {
    uint64_t seen = request->numbers[0];
    memset(pages, 0, sizeof pages);
    for (uint32_t offset = 0; offset < WINDOW; offset++) {
        if (crosses_wrongly(pages + PAGE - WINDOW / 2 - 4 + offset, &seen)) {
            reply_broken(reply, "a misaligned access is not the sum of its bytes");
            return;
        }
    }
    uint8_t *odd = pages + PAGE - 2;
    uint64_t causes = CAUSE_OF("lr.w %2, (%3)", odd);
    causes = causes << 8 | CAUSE_OF("sc.d %2, %2, (%3)", odd);
    causes = causes << 8 | CAUSE_OF("amoadd.w %2, %2, (%3)", odd);
    uint8_t *end = (uint8_t *)RAM_END - 3;
    uint8_t before[3];
    memcpy(before, end, 3);
    causes = causes << 8 | CAUSE_OF("sd %2, (%3)", end);
    causes = causes << 8 | CAUSE_OF("ld %2, (%3)", end);
    reply_begin(reply, "misaligned");
    reply_hex(reply, causes);
    reply_word(reply, memcmp(before, end, 3) == 0 ? "whole" : "partial");
    reply_hex(reply, observe(seen, sum_bytes(SUM_START, pages, sizeof pages)));
}

COMMAND(misaligned, 1)  // salt
