#!/bin/sh
# match_fast -- the experimental fast path between two real nodes on this machine, 2^16 and 2^18 keys each: with
# what fast_bench.c leaves out, the store, the log, the journal.  MATCH_POWER=20 for the size that is judged.  Beside
# it what its AES and SHA-256 alone take here, and what volepsi's authors' code took elsewhere, quoted.
set -eu
record=yes # what crosses the links, for the bytes
bench=build/release-gcc/bench/fast
make -s "$bench" >&2
for power in ${MATCH_POWER:-16 18}; do
    (
        . tests/bench/nodes
        sets_compare "$power" --fast-experimental
        sets_say fast "s from the question to the last hit, two nodes, TLS" null
        printf '{"bench":"match/2^%d/fast/bare","value":%s,"unit":"s of processor, the AES and SHA-256 of the protocol alone, both sides","against":null}\n' "$power" "$("$bench" bare "$power")"
        if [ "$power" -eq 20 ]; then
            printf '{"bench":"match/2^20/fast/%s,"against":"volepsi (RR22, ExConv): the protocol alone, no node","quoted":true}\n' \
                'cpu_seconds","value":1.2,"unit":"s of processor"' 'traffic","value":34000000,"unit":"bytes, both ways"'
        fi
    )
done
