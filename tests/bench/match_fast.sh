#!/bin/sh
# match_fast -- the experimental fast path between two real nodes on this machine, 2^16 and 2^18 keys each: with
# what fast_bench.c leaves out, the store, the log, the journal.  MATCH_POWER=20 for the size that is judged.
set -eu
record=yes # what crosses the links, for the bytes
for power in ${MATCH_POWER:-16 18}; do
    (
        . tests/bench/nodes
        sets_compare "$power" --fast-experimental
        sets_say fast "s from the question to the last hit, two nodes, TLS" null
    )
done
