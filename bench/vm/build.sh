#!/bin/sh
# Builds the benchmark guests; the result depends on the sources and the compiler only.
set -eu
cd "$(dirname "$0")"

FLAGS="-mcmodel=medany -std=gnu11 -O2 -ffreestanding -nostdlib -static -fno-pic
    -fno-tree-loop-distribute-patterns -ffp-contract=off -ffile-prefix-map=$PWD=. -Wall -Wextra -Werror
    -Wl,--build-id=none -Wl,-T,link.ld"

build() {
    # shellcheck disable=SC2086
    riscv64-unknown-elf-gcc -march="$2" -mabi="$3" $FLAGS -o "$1.elf" start.S "$1.c"
    riscv64-unknown-elf-strip "$1.elf"
    sha256sum "$1.elf" >"$1.elf.sha256"
}

build integer rv64imac_zicsr lp64
build memory rv64imac_zicsr lp64
build float rv64imafdc_zicsr lp64d
