#!/bin/sh
# match_fast -- the experimental fast path between two real nodes on this machine, 2^20 keys each: with
# what fast_bench.c leaves out, the store, the log, the journal.  MATCH_POWER=16 for a quick look.
set -eu
. tests/bench/nodes
sets_compare "${MATCH_POWER:-20}" --fast-experimental
sets_say fast "s from the question to the last hit, two nodes, TLS" null
