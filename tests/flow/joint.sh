#!/bin/sh
# joint: a drawn story of hypotheses and plans holds on three real nodes, and the commands about
# plans, alerts, sightings, views and tasks keep their forms and exit statuses.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
here=${0%/*}
unset ENTENTE_HOME
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$work/err" | head -5; fi
}
has() { grep -qF -- "$2" "$1"; }
run() { "$entente" --home "$work/node" --json "$@" >"$work/out" 2>"$work/err"; }
# exits STATUS WHAT COMMAND...
exits() { want=$1 what=$2; shift 2; run "$@"; test $? -eq "$want"; ok $? "$what"; }

# ---- ties over three holdings, and plans, on real nodes ----
"$entente" demo --json --step 6 --scenario "$here/stories/ties.json" >"$work/out" 2>"$work/err"
ok $? "the drawn story holds"
grep -o '{"what":"[^"]*","ok":false}' "$work/out" | sed 's/^/# /'
grep '"step":5' "$work/out" | grep -qF '"one_of_mine_fits":["s'
ok $? "somebody fits who is not named"
grep '"step":6' "$work/out" | grep -qF '"clashes":[["P'
ok $? "plans clash"

# ---- one node alone ----
printf 'a passphrase' >"$work/pass"
export ENTENTE_PASSPHRASE_FILE="$work/pass" ENTENTE_REASON=TEST-0001
"$entente" --home "$work/node" init --name Node --code NODE --exercise 2024-11-29T16:10:00Z >/dev/null 2>"$work/err"
ok $? "a node is made"
for role in analyst case collector admin; do
    "$entente" --home "$work/node" user add "$role" --role "$role" >/dev/null 2>"$work/err" || ok 1 "user $role"
done
cat >"$work/plans.json" <<'J'
{"name":"ferry","activity":"patrol","domains":["sea","land"],"lat":[-46.4,-46.0],"lon":[-122.9,-122.5],"start":"2024-12-06T18:00:00Z","stop":"2024-12-06T23:00:00Z"}
{"name":"air","activity":"exercise","domains":["air"],"lat":[-46.3,-46.1],"lon":[-122.6,-122.3],"height_m":[0,600],"start":"2024-12-05T09:00:00Z","stop":"2024-12-05T12:00:00Z"}
J
exits 0 "two plans are added" plan add "$work/plans.json" --as case
has "$work/out" '{"exercise":true,"added":2}'
ok $? "and counted"
exits 65 "a plan of the same name is refused" plan add "$work/plans.json" --as case
exits 77 "an administrator has no plans" plan add "$work/plans.json" --as admin
exits 0 "plans are listed" plan list
test "$(wc -l <"$work/out")" -eq 2
ok $? "a line for each"
exits 1 "alone, nothing clashes" plan check --as case
has "$work/out" '{"exercise":true,"asked":[],"answered":[],"silent":[],"clashes":0}'
ok $? "and nobody was asked"
sed 's/"patrol"/"strike"/; s/"ferry"/"x"/' "$work/plans.json" | head -1 >"$work/bad.json"
exits 77 "an activity that is not in the list is refused" plan add "$work/bad.json" --as case
has "$work/err" '[activity]'
ok $? "with the clause"
exits 0 "a plan is withdrawn" plan withdraw ferry --as case
exits 66 "but not twice" plan withdraw ferry --as case

# ---- hypotheses without partners ----
exits 0 "a region is defined" hypo region "Ras Murjan" --as analyst
exits 1 "nobody was there" hypo ask --region "Ras Murjan" --from 2024-09-01 --to 2024-09-30 \
    --tied-to incident--00000000-0000-4000-8000-000000000001 --purpose CT-INV --as analyst
has "$work/out" '"asked":["NODE"],"answered":["NODE"],"silent":[]'
ok $? "and the answer says who was asked"
exits 2 "without a tie it is no hypothesis" hypo ask --region X --from 2024-09-01 --to 2024-09-30 --purpose CT-INV --as analyst
exits 66 "a place must be held here" hypo region X location--00000000-0000-4000-8000-000000000001 --as analyst
exits 0 "it is listed" hypo list

# ---- a hypothesis and the link that it rests on ----
times='"spec_version":"2.1","created":"2024-09-21T00:00:00.000Z","modified":"2024-09-21T00:00:00.000Z"'
tie() { echo "{\"type\":\"relationship\",$times,\"id\":\"relationship--00000000-0000-4000-8000-00000000000$1\",\"source_ref\":\"$2\",\"relationship_type\":\"$3\",\"target_ref\":\"$4\"}"; }
one=identity--00000000-0000-4000-8000-00000000000a
two=identity--00000000-0000-4000-8000-00000000000b
there=location--00000000-0000-4000-8000-00000000000c
went=event--00000000-0000-4000-8000-00000000000d
{
    echo "{\"type\":\"identity\",$times,\"id\":\"$one\",\"identity_class\":\"individual\",\"name\":\"One\"}"
    echo "{\"type\":\"identity\",$times,\"id\":\"$two\",\"identity_class\":\"individual\",\"name\":\"Two\"}"
    echo "{\"type\":\"location\",$times,\"id\":\"$there\",\"name\":\"quay\",\"latitude\":-46.2,\"longitude\":-122.7}"
    echo "{\"type\":\"event\",$times,\"id\":\"$went\",\"name\":\"journey\",\"start_time\":\"2024-09-20T10:00:00Z\"}"
    tie 1 "$one" travelled "$went"
    tie 2 "$went" to "$there"
    tie 3 "$one" contact-of "$two"
} >"$work/holdings.json"
exits 0 "persons, a place and a journey come in" import "$work/holdings.json" --purpose CT-INV --category suspect \
    --rating B2 --retention 2026-01-01 --discover pointer --as collector
exits 0 "somebody was there and is tied" hypo ask --region -46.2,-122.7,5 --from 2024-09-20 --to 2024-09-20 \
    --tied-to "$two" --purpose CT-INV --as analyst
hypo=$(sed -n 's/.*"hypothesis":"\([^"]*\)".*/\1/p' "$work/out" | head -1)
has "$work/out" '"asked_count":1,"answered_count":1,"hold_count":1,"coverage":"1 of 1 answered, 1 of these holds one"'
ok $? "how many were asked, answered and hold one is counted, and said"
"$entente" --home "$work/node" hypo show "$hypo" >"$work/out" 2>"$work/err"
has "$work/out" '; 1 of 1 answered, 1 of these holds one; 0 distances told'
ok $? "in text, too"
exits 1 "nobody on an earlier day" hypo ask --region -46.2,-122.7,5 --from 2024-09-10 --to 2024-09-19 \
    --tied-to "$two" --purpose CT-INV --as analyst
exits 1 "nothing has changed" basis list --as analyst
tie 3 "$one" contact-of "$two" | sed 's/"modified":"2024-09-21/"revoked":true,"modified":"2024-09-22/' >"$work/revoked.json"
exits 0 "the link is revoked" import "$work/revoked.json" --as collector
exits 0 "what rests on it is listed" basis list --as analyst
has "$work/out" "\"thing\":\"$hypo\",\"kind\":\"hypothesis\",\"basis\":\"withdrawn\""
ok $? "and that is the hypothesis"
exits 1 "asked again, nobody is tied" hypo ask --region -46.2,-122.7,5 --from 2024-09-20 --to 2024-09-20 \
    --tied-to "$two" --purpose CT-INV --as analyst

# ---- alerts ----
cat >"$work/alerts.json" <<'J'
[{"name":"AL-C-03","names":["DZHURANAEV ELKHAN","Эльхан Джуранаев"],"dob":["1991-03-07","1991-07-03"],"action":"ask","reason":"tip","valid_to":"2025-06-03"},
 {"name":"AL-V-01","keys":["doc:QBZ:650018823"],"action":"locate","basis":"VJI-2024-311","reason":"attack","valid_to":"2025-05-18","call":"v.case"}]
J
exits 0 "alerts are put up" alert add "$work/alerts.json" --as case
cat >"$work/detain.json" <<'J'
{"name":"AL-X","keys":["doc:QV:1"],"action":"detain","reason":"r","valid_to":"2025-06-03"}
J
exits 77 "an action without a legal basis is refused" alert add "$work/detain.json" --as case
has "$work/err" '[basis]'
ok $? "with the clause"
exits 0 "alerts are listed" alert list
has "$work/out" '"fr":"indiquer où se trouve'
ok $? "with their action in words"
cat >"$work/s2.json" <<'J'
{"ref":"S-2","time":"2024-11-12T09:10:00Z","place":"Easthaven","names":["JURANAEV ELKHAN"],"dob":"1988-07-03","keys":["doc:QCL:C0447120"]}
J
exits 0 "the violinist is seen" sighting add "$work/s2.json" --as collector
has "$work/out" '"outcome":"nothing"'
ok $? "and nothing happens"
cat >"$work/s1.json" <<'J'
{"ref":"S-1","time":"2024-11-29T16:05:00Z","place":"Dramos","names":["JURANAIEV ELKHANE"],"dob":"1991-03-07","keys":["doc:QBZ:650018823"]}
J
exits 0 "the man is seen" sighting add "$work/s1.json" --as collector
has "$work/out" '"outcome":"case"' && has "$work/out" '"AL-C-03"' && has "$work/out" '"AL-V-01"'
ok $? "and both alerts are one case"
case=$(sed -n 's/.*"case":"\([^"]*\)".*/\1/p' "$work/out")
exits 0 "the same sighting again" sighting add "$work/s1.json" --as collector
has "$work/out" '"outcome":"repeated"'
ok $? "is nothing new"
exits 2 "a rejection needs a reason" alert ack "$case" --reject --as analyst
exits 0 "a case is taken" alert ack "$case" --note "on my way" --as case
exits 65 "once" alert ack "$case" --as case
exits 0 "cases are listed" alert cases
has "$work/out" '"state":"acknowledged"' && has "$work/out" '"by":"case"'
ok $? "with who took it"

# ---- views and tasks ----
exits 0 "a joint view is opened" hypo open --title "one maker" --confidence likely --purpose CT-INV --as analyst
view=$(sed -n 's/.*"view":"\([^"]*\)".*/\1/p' "$work/out")
exits 0 "an opinion is given" hypo opinion "$view" disagree --note "not D" --as analyst
exits 2 "of the closed list" hypo opinion "$view" maybe --as analyst
exits 0 "views are listed" hypo views
has "$work/out" '"opinion":"disagree"'
ok $? "with the opinions"
exits 0 "a task is proposed" task new interview --for NODE --due 2024-12-15 --purpose CT-INV --as case
task=$(sed -n 's/.*"task":"\([^"]*\)".*/\1/p' "$work/out")
exits 77 "only of the closed list" task new eliminate --for NODE --due 2024-12-15 --purpose CT-INV --as case
exits 0 "taken" task take "$task" --as case
exits 0 "and done" task done "$task" --as case
exits 0 "tasks are listed" task list
has "$work/out" '"state":"done"'
ok $? "as done"
exits 1 "nothing may be repeated that nobody was asked for" repeat list
