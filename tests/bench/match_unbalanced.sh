#!/bin/sh
# match_unbalanced -- few keys against many, between two real nodes on this machine: a holder of 2^18 keys ships
# the tags of them once (a standing match, match/standing.h); then who had few imports 10,000 keys and asks about them;
# then the holder gets one key more.
# Set-up is beside what libsodium needs for it, measured at its end on the same processors, from 2^15 keys.  On a busy machine the
# seconds of processor say more than those of the clock.  HOLDINGS=10000000 is what is judged.
set -eu
record=yes # what crosses the links, for the bytes
. tests/bench/nodes
bench=build/release-gcc/bench/psi
make -s "$bench" >&2
holdings=${HOLDINGS:-$((1 << ${MATCH_POWER:-18}))} patience=100000 pause=.1 day=10600
cat >"$dir/terms" <<J
{"name":"Few against many","purposes":["SANCTIONS"],"match":{"keys_per_day":$day,"set_max":$((holdings + 1))},
 "release":false,"retention_months":12,"not_before":"2026-01-01","not_after":"2026-12-31"}
J
keys_some ONE 0 512 >"$dir/a.jsonl" # which TWO has too
keys_some TWO 0 "$holdings" >"$dir/b.jsonl"
keys_some ASK $((holdings - 1024)) 10000 >"$dir/ask.jsonl"
keys_some NEW $((holdings + 10240)) 1 >"$dir/new.jsonl"
node_make ONE "$dir/a.jsonl"
node_make TWO "$dir/b.jsonl"
link ONE TWO
say() { printf '{"bench":"match/10000x%d/%s","value":%s,"unit":"%s","against":%s}\n' "$holdings" "$1" "$2" "$3" "${4:-null}"; }
beside() { awk "BEGIN { printf \"\\\"libsodium: a hash and a multiplication a key, $1 s\\\",\\\"ratio\\\":%.3f\", $2 / $1 }"; }

bytes=$(traffic) busy=$(processor_of TWO) start=$(date +%s.%N)
run ONE match standing start --with TWO --purpose SANCTIONS --as ana >/dev/null
until_has ONE '"asked":512' match standing list
seconds=$(since "$start") busy=$(less "$(processor_of TWO)" "$busy") bytes=$(($(traffic) - bytes))
set -- $("$bench" rekey "$holdings")
say set-up/seconds "$seconds" "s from the offer until the holder's tags are here" "$(beside "$1" "$seconds")"
say set-up/cpu_seconds "$busy" "s of processor, the holder's node" "$(beside "$2" "$busy")"
say set-up/traffic "$bytes" "bytes, both ways, inside TLS" "null,\"a_key\":$((bytes / holdings))"
most=$(memory_of TWO)
say set-up/memory "$most" "MiB, the process of the holder that takes most" "null,\"a_key\":$((most * 1048576 / holdings))"
say set-up/memory_asker "$(memory_of ONE)" "MiB, the process of the asker that takes most"

until_has TWO "\"asked\":$day" match standing list # the day's questions the other way
bytes=$(traffic) busy=$(processor_of) own=$(own_processor) start=$(date +%s.%N)
run ONE import "$dir/ask.jsonl" >/dev/null
imported=$(since "$start") own=$(less "$(own_processor)" "$own")
until_has ONE '"asked":10512' match standing list
seconds=$(since "$start") busy=$(awk "BEGIN { print $(processor_of) - $busy + $own }") bytes=$(($(traffic) - bytes))
hits=$("$entente" --home "$dir/ONE" --json match hits | grep -c '"key":')
[ "$hits" -eq 1536 ] || { echo "bench: $hits hits, not 1536" >&2; exit 1; }
say questions/seconds "$seconds" "s from the beginning of an import of 10,000 keys to the last answer; 4 are wanted"
say questions/import_seconds "$imported" "s of these, the import, which says the questions"
say questions/cpu_seconds "$busy" "s of processor, both nodes and the import"
say questions/traffic "$bytes" "bytes, both ways, inside TLS"
say questions/memory "$(memory_of TWO)" "MiB, the process of the holder that takes most"
say questions/memory_asker "$(memory_of ONE)" "MiB, the process of the asker that takes most"

bytes=$(traffic) busy=$(processor_of) own=$(own_processor) start=$(date +%s.%N)
run TWO import "$dir/new.jsonl" >/dev/null
own=$(less "$(own_processor)" "$own")
until_has ONE "\"theirs\":$((holdings + 1))" match standing list
seconds=$(since "$start") busy=$(awk "BEGIN { print $(processor_of) - $busy + $own }") bytes=$(($(traffic) - bytes))
say one-more/seconds "$seconds" "s from the beginning of an import of one key at the holder until its tag is at the asker"
say one-more/cpu_seconds "$busy" "s of processor, both nodes and the import, which says the change"
say one-more/traffic "$bytes" "bytes, both ways, inside TLS"
say one-more/memory "$(memory_of TWO)" "MiB, the process of the holder that takes most"
say one-more/memory_asker "$(memory_of ONE)" "MiB, the process of the asker that takes most"
