#!/bin/sh
# match_unbalanced -- few keys against many, between two real nodes on this machine: a holder of 2^18 keys ships
# the tags of them once, and who has 8,192 asks about its own (a standing match, match/standing.h).
# MATCH_POWER=23 is what is judged; a holder keeps 1.7 KB a key in memory, and 1 GiB of it ends the match.
set -eu
record=yes # what crosses the links, for the bytes
. tests/bench/nodes
power=${MATCH_POWER:-18} patience=10000
cat >"$dir/terms" <<J
{"name":"Few against many","purposes":["SANCTIONS"],"match":{"keys_per_day":10000,"set_max":$((1 << power))},
 "release":false,"retention_months":12,"not_before":"2026-01-01","not_after":"2026-12-31"}
J
keys_make ONE $(((1 << power) - 1024)) 13 >"$dir/a.jsonl"
keys_make TWO 0 "$power" >"$dir/b.jsonl"
node_make ONE "$dir/a.jsonl"
node_make TWO "$dir/b.jsonl"
link ONE TWO
bytes=$(traffic)
start=$(date +%s.%N)
run ONE match standing start --with TWO --purpose SANCTIONS --as ana >/dev/null
until_has ONE '"asked":8192' match standing list
seconds=$(awk "BEGIN { printf \"%.2f\", $(date +%s.%N) - $start }")
bytes=$(($(traffic) - bytes))
hits=$("$entente" --home "$dir/ONE" --json match hits | grep -c '"key":')
[ "$hits" -eq 1024 ] || { echo "bench: $hits hits, not 1024" >&2; exit 1; }
memory=$(memory_most)
sets_say unbalanced "s from the offer to the last of 8,192 answers, two nodes, TLS" null
