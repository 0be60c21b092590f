#!/bin/sh
# Builds the kv service without its network for the host and runs crash-test.c.
# (memcpy of nothing from a null pointer is fine with the guests' own memcpy.)
set -eu
cd "$(dirname "$0")/.."
program=$(mktemp)
trap 'rm -f "$program"' EXIT
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -fsanitize=undefined \
    -fno-sanitize=nonnull-attribute -fno-sanitize-recover=all -iquote lib -iquote kv -o "$program" \
    test/crash-test.c lib/crc32.c kv/command.c kv/compact.c kv/kvclock.c kv/lock.c \
    kv/mutate.c kv/record.c kv/recover.c kv/reply.c kv/store.c kv/superblock.c kv/wal.c
timeout 300 "$program" "${1:-100}"
