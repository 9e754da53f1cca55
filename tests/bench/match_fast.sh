#!/bin/sh
# match_fast -- the experimental fast path between two real nodes on this machine, 2^18 keys each: with
# what fast_bench.c leaves out, the store, the log, the journal.  MATCH_POWER=20 for the size that is judged.
set -eu
. tests/bench/nodes
sets_compare "${MATCH_POWER:-18}" --fast-experimental
sets_say fast "s from the question to the last hit, two nodes, TLS" null
