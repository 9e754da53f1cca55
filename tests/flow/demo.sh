#!/bin/sh
# demo: the story in the program and a small one with twists hold on real nodes; what is
# wrong with a story is said before anything is started.
# limit: 1800 s
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
here=${0%/*}
unset ENTENTE_HOME
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
has() { grep -qF -- "$2" "$1"; }
# Shows what was broken, for the log of the test.
broken() { grep -o '{"what":"[^"]*","ok":false}' "$1" | sed 's/^/# /'; }

# ---- the story in the program ----
"$entente" demo --json --dir "$work/two" >"$work/out" 2>"$work/err"
ok $? "the story of two incidents holds"
broken "$work/out"
tail -n 1 "$work/out" | grep -qE '^\{"passed":[1-9][0-9]+,"failed":0,"skipped":[0-9]+\}$'
ok $? "the last line counts what held, and nothing was broken"
test "$(grep -c '^{"step":' "$work/out")" -eq 41
ok $? "the eight steps, the 31 of the case, the attempts and the sum have a line each"
grep -c '"name":"timeline' "$work/out" | grep -qx 31
ok $? "the case has 31"
has "$work/out" '"chains_complete":["C","D","F","M"]'
ok $? "the four chains are whole after the last release"
has "$work/out" '"key":"tel:+999885550147","first":["V-T1"],"second":["B-T1"],"status":"time-conflict"'
ok $? "the recycled number is a time conflict, in the story's own ids"
test -d "$work/two/V" && test -d "$work/two/B" && test -d "$work/two/C" && test -d "$work/two/traffic"
ok $? "there is a home for each service id, and the bytes that crossed the links"
test ! -e "$work/two/.demo"
ok $? "nothing of the demo itself is left"
grep -rqF CANARY-V-HERON-7Q2 "$work/two/V"
ok $? "the owner has its secret"
! grep -rqF CANARY-V-HERON-7Q2 "$work/two/B" "$work/two/C" "$work/two/traffic"
ok $? "and nobody else"

# ---- a small story: ids that mislead, every mark, keys that a type has no member for ----
"$entente" demo --json --step 8 --scenario "$here/stories/pier.json" --dir "$work/pier" >"$work/out" 2>"$work/err"
ok $? "the story of the pier holds"
broken "$work/out"
tail -n 1 "$work/out" | grep -qE '^\{"passed":[1-9][0-9]+,"failed":0,'
ok $? "nothing of it was broken"
test -d "$work/pier/north pier" && test -d "$work/pier/south"
ok $? "a home is named as its service, blank and all"

# ---- a second story, with other names, keys, dates and graph, and the whole case on it ----
"$entente" demo --json --scenario "$here/stories/depot.json" >"$work/out" 2>"$work/err"
ok $? "the story of the depot holds, and the case that follows it"
broken "$work/out"
test "$(grep -c '^{"step":' "$work/out")" -eq 41
ok $? "in all its steps"

# ---- a third: four services, three scripts, no plans, no hypotheses, a step without expectations ----
"$entente" demo --json --scenario "$here/stories/harbour.json" >"$work/out" 2>"$work/err"
ok $? "the story of the harbour holds, and the case that follows it"
broken "$work/out"
test "$(grep -c '^{"step":' "$work/out")" -eq 41
ok $? "in all its steps"

# ---- forms that no other story has: open and instant intervals, no asker, no ends, clashes to be computed ----
"$entente" demo --json --scenario "$here/stories/forms.json" --step 8 >"$work/out" 2>"$work/err"
ok $? "the forms that FORM.md allows are played"
broken "$work/out"
grep -q '"what":"the clashes that the story names","why":"the story has no plan_clashes' "$work/out" &&
    has "$work/out" '["p1","p2","sea"]' && has "$work/out" '["p1","p2","land"]' && ! has "$work/out" '"p3","p'
ok $? "what the story does not name is said, and computed from its plans"

# ---- four services in four scripts, two from the right; a person who is known by a telephone alone ----
"$entente" demo --json --scenario "$here/stories/caravan.json" --step 8 >"$work/out" 2>"$work/err"
ok $? "the story of the caravan holds"
broken "$work/out"
has "$work/out" '"failed":0,"skipped":0}'
ok $? "and nothing of it is skipped"
"$entente" demo --json --scenario "$here/stories/ferry.json" --step 8 >"$work/out" 2>"$work/err"
ok $? "the story of the ferry holds, with ids that are words of other languages and most members left out"
broken "$work/out"

# ---- nothing but two services ----
"$entente" demo --json --scenario "$here/stories/bare.json" >"$work/out" 2>"$work/err"
ok $? "a story without a record is played, and the whole case on it"
broken "$work/out"
test "$(grep -c '^{"step":' "$work/out")" -eq 41
ok $? "in all its steps"

# ---- every kind of record, with every mark, with odd keys and with nothing ----
"$entente" demo --json --scenario "$here/stories/kinds.json" --step 4 >"$work/out" 2>"$work/err"
ok $? "every kind of record is taken in and can be released"
broken "$work/out"

# ---- the sample files ----
"$entente" stix check "$here"/../../examples/two-incidents/*.json >"$work/out" 2>"$work/err"
ok $? "the sample files are STIX 2.1"
"$entente" demo --samples "$work/samples" && cmp -s "$work/samples/CTB.stix.json" "$here/../../examples/two-incidents/CTB.stix.json"
ok $? "they are what the program writes"

# ---- what cannot be played ----
"$entente" demo --json --dir "$work/pier2" --scenario "$here/stories/none.json" >"$work/out" 2>"$work/err"
test $? -eq 66 && test ! -e "$work/pier2"
ok $? "a story that is not there is not found"
sed 's/"mark": "O"/"mark": "Q"/' "$here/stories/pier.json" >"$work/bad.json"
"$entente" demo --json --dir "$work/pier2" --scenario "$work/bad.json" >"$work/out" 2>"$work/err"
test $? -eq 65 && test ! -e "$work/pier2" && has "$work/err" "entities.south[2].mark"
ok $? "a wrong story is refused with the place, and nothing is made"
"$entente" demo --step 42 >"$work/out" 2>"$work/err"
test $? -eq 2
ok $? "there is no step after the last"
"$entente" demo --json --scenario - --step 1 <"$here/stories/pier.json" >"$work/out" 2>"$work/err"
tail -n 1 "$work/out" | grep -qE '"failed":0,'
ok $? "a story comes by standard input, and stops after the step asked for"
