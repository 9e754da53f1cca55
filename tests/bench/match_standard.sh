#!/bin/sh
# match_standard -- the standard path between two real nodes on this machine, 2^18 keys each, beside
# what libsodium needs for it: a hash and two multiplications a key and side, on all processors.
# MATCH_POWER=20 for the size that is judged (some five minutes), 16 for a quick look.
set -eu
. tests/bench/nodes
bench=build/release-gcc/bench/psi
make -s "$bench" >&2
sets_compare "${MATCH_POWER:-18}"
bare=$("$bench" bare "$power")
sets_say standard "s from the question to the last hit, two nodes, TLS; 1.15 times libsodium is wanted" \
    "$(awk "BEGIN { printf \"\\\"libsodium: a hash and two multiplications a key and side, on all processors, %s s\\\",\\\"ratio\\\":%.3f\", $bare, $seconds / $bare }")"
