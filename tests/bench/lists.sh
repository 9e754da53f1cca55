#!/bin/sh
# lists -- real published lists, one at each of five real nodes: what does a private match find, how
# much of it is true, what does it cost?  OFAC's against those of the UN, the EU, Canada and the UK;
# truth is the open part of pairs_open.jsonl for the two agencies.
# Prints JSON Lines for `make bench`; seconds are from the command to the last hit, bytes are what
# crossed the link for it inside TLS, both ways.  Nothing is compared with a peer here: nothing
# else that finds this can be installed from Debian or npm.
set -eu
corpus=../shared/corpus/names
if [ ! -r $corpus/lists/ofac.jsonl ]; then
    echo "lists: skipped: $corpus is not here" >&2
    exit 0
fi
record=yes
. tests/bench/nodes
others="UN EU CA UK"
file_of() { case $1 in UN) echo un ;; EU) echo eu_oj ;; CA) echo ca_sema ;; UK) echo uk_hmt_2014 ;; *) echo ofac ;; esac; }

figure() { printf '{"bench":"match/lists/%s","value":%s,"unit":"%s"}\n' "$1" "$2" "$3"; }
for node in OFAC $others; do node_make $node $corpus/lists/"$(file_of $node)".jsonl; done
cat >"$dir/terms" <<'J'
{"name":"Lists","purposes":["SANCTIONS"],"match":{"keys_per_day":1000000,"set_max":524288,"graded_names":true},
 "release":false,"retention_months":12,"not_before":"2026-01-01","not_after":"2026-12-31"}
J

# KEY REF for every own record of every hit, then every pair that one key ties.
refs() {
    sed -n 's/.*"key":"\([^"]*\)".*"refs":\[\([^]]*\)\].*/\1\t\2/p' "$1" |
        awk -F'\t' '{ n = split($2, r, ","); for (i = 1; i <= n; i++) { gsub(/"/, "", r[i]); sub(/^[^:]*:/, "", r[i]); if (r[i] ~ /^(ofac|un|eu|ca|uk)-/) print $1 "\t" r[i] } }'
}

# compare OTHER -- one run over all of both lists, and its figures.
compare() {
    name=$(echo "ofac-$1" | tr 'A-Z' 'a-z')
    before=$(traffic)
    start=$(date +%s.%N)
    run OFAC match run --with $1 --purpose SANCTIONS --seconds 300 --as ana >"$dir/own.hits"
    end=$(date +%s.%N)
    until_has $1 '"key"' match hits
    run $1 match hits >"$dir/other.hits"
    bytes=$(($(traffic) - before))
    refs "$dir/own.hits" >"$dir/own.refs"
    refs "$dir/other.hits" >"$dir/other.refs"
    awk -F'\t' 'NR == FNR { of[$1] = of[$1] " " $2; next }
        $1 in of { n = split(of[$1], o, " "); for (i = 1; i <= n; i++) if (!seen[o[i], $2]++) print o[i] "\t" $2 }' \
        "$dir/own.refs" "$dir/other.refs" >"$dir/pairs"
    sed -n 's/.*"a": "\([^"]*\)", "b": "\([^"]*\)", "label": \([01]\), "tier": "\([^"]*\)".*"agencies": "\(OFAC-'$1'\|'$1'-OFAC\)".*/\1\t\2\t\3\t\4/p' \
        $corpus/pairs_open.jsonl | awk -F'\t' '{ if ($1 !~ /^ofac/) { t = $1; $1 = $2; $2 = t } print $1 "\t" $2 "\t" $3 "\t" $4 }' >"$dir/truth"
    awk -F'\t' 'NR == FNR { found[$1, $2] = 1; next }
        $3 == 1 { p++; tp += (($1, $2) in found) } $3 == 0 { n++; fp += (($1, $2) in found) }
        END { printf "%d %d %d %d\n", p, tp, n, fp }' "$dir/pairs" "$dir/truth" >"$dir/score"
    read -r positives found negatives wrong <"$dir/score"
    if [ -n "${LISTS_MISSED:-}" ]; then
        awk -F'\t' 'NR == FNR { found[$1, $2] = 1; next }
            $3 == 1 && !(($1, $2) in found) { print "missed\t" $0 } $3 == 0 && (($1, $2) in found) { print "wrong\t" $0 }' \
            "$dir/pairs" "$dir/truth" >"$LISTS_MISSED-$name"
    fi
    figure $name/recall "$(awk "BEGIN { printf \"%.3f\", $found / ($positives + ($positives == 0)) }")" "of $positives labelled pairs; .97 are wanted"
    figure $name/precision "$(awk "BEGIN { printf \"%.3f\", $found / ($found + $wrong + ($found + $wrong == 0)) }")" "of $((found + wrong)) revealed labelled pairs ($negatives hard and random negatives); .95 are wanted"
    figure $name/revealed "$(wc -l <"$dir/pairs" | tr -d ' ')" pairs
    figure $name/seconds "$(awk "BEGIN { printf \"%.2f\", $end - $start }")" seconds
    figure $name/bytes "$bytes" bytes
}

for other in $others; do
    link OFAC $other
    compare $other
done
