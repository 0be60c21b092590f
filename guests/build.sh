#!/bin/sh
# Builds every guest: each folder here with a guest.json becomes <name>/<name>.elf
# from its own C files and those of lib/.  The result depends on the sources and
# the compiler only: no path, time or build id gets into the file.
set -eu
cd "$(dirname "$0")"

TOOLS=riscv64-unknown-elf-
FLAGS="-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mstrict-align
    -std=gnu11 -O2 -ffreestanding -nostdlib -static -fno-pic -fno-common
    -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections
    -ffile-prefix-map=$PWD=. -Wall -Wextra -Werror -Ilib"
LINK="-Wl,--build-id=none -Wl,--gc-sections -Wl,-T,lib/link.ld"

for description in */guest.json; do
    guest=$(dirname "$description")
    uses=
    if grep -q '"udpPort"' "$description"; then uses=-DGUEST_USES_UDP; fi
    uses="$uses $(sed -n 's/.*"tcpConnections": *\([0-9]*\).*/-DTCP_CONNECTIONS=\1u/p;
        s/.*"tcpRing": *\([0-9]*\).*/-DTCP_RING=\1u/p
        s/.*"neighbours": *\([0-9]*\).*/-DNEIGHBOURS=\1u/p' "$description" | tr '\n' ' ')"
    # shellcheck disable=SC2086
    "${TOOLS}gcc" $FLAGS $uses $LINK -I"$guest" -o "$guest/$guest.elf" \
        lib/start.S lib/*.c "$guest"/*.c
    (cd "$guest" && sha256sum "$guest.elf" >"$guest.elf.sha256")
    "${TOOLS}size" "$guest/$guest.elf"
done
