#!/bin/sh
# Builds lib/tcp*.c for the host, with the sanitizers, and runs tcp-test.c.
set -eu
cd "$(dirname "$0")/.."
program=$(mktemp)
trap 'rm -f "$program"' EXIT
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined \
    -fno-sanitize-recover=all -iquote lib -o "$program" \
    test/tcp-test.c lib/tcp*.c lib/checksum.c
timeout 300 "$program"
