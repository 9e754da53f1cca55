#!/bin/sh
# A private match by pouch alone: two nodes that agreed while there was a line, and then have none.
. "$(dirname "$0")/lib/nodes"

for node in DSV SVB; do
    make_node $node fdo1:disclosure fdo2:disclosure law:legal lia:liaison ana:analyst
    serve $node
done
pair DSV SVB
cat >"$dir/agreement.json" <<'J'
{"name":"Two","purposes":["CT-INV"],"match":{"keys_per_day":100000,"set_max":65536,"fast_experimental":true},
 "text":"Keys may be compared over the fast-experimental path.",
 "release":false,"retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J
agree DSV SVB "$dir/agreement.json"
handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
passport() { printf '{"type":"identity-document","spec_version":"2.1","id":"identity-document--0b51a6f0-1c4e-4c7a-9f7e-%s","document_type":"passport","issuer":"QBZ","number":"%s","extensions":{"%s":{"extension_type":"property-extension","rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect","retention":"2029-01-01","discover":"pointer"}}}\n' "$1" "$2" $handling; }
passport 00000000000a 650018823 >"$dir/dsv.jsonl"
{ passport 00000000001a 650018823; passport 00000000001b 7741902; } >"$dir/svb.jsonl"
run DSV import "$dir/dsv.jsonl"
run SVB import "$dir/svb.jsonl"
for node in DSV SVB; do
    eval "kill \$pid_$node; wait \$pid_$node" 2>/dev/null
done
pids=

# by_pouch OPTION... -- the run that DSV begins is carried to and fro until both have ended.
by_pouch() {
    expect 75 "$way: a run is begun without a line" as ana DSV match run --with SVB --purpose CT-INV --seconds 0 "$@"
    rounds=0
    while [ $rounds -lt 8 ]; do
        rounds=$((rounds + 1))
        run DSV pouch pack SVB "$dir/there"
        run SVB pouch open "$dir/there"
        [ $rounds -ne 2 ] || run SVB pouch open "$dir/there" # once more
        run SVB pouch pack DSV "$dir/back"
        run DSV pouch open "$dir/back"
        run DSV match runs
        grep -q '"state":"open"' "$dir/out" || break
    done
    hasnt "$way: it ends after $rounds rounds" '"state":"open"'
    run DSV match hits
    has "$way: with the hit at one" '"key":"doc:QBZ:650018823".*00000000000a'
    run SVB match hits
    has "$way: and at the other" '"key":"doc:QBZ:650018823".*00000000001a'
    [ "$(grep -c '"key":' "$dir/out")" -eq 1 ] && ok "$way: and no other" || not_ok "$way: and no other"
}
way="the standard path" && by_pouch
way="the fast path" && by_pouch --fast-experimental
