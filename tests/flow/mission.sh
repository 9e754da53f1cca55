#!/bin/sh
# Lessons of the mission notes that need real nodes: each line bears the lesson's id.
. "$(dirname "$0")/lib/nodes"

handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
label='"rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect","retention":"2029-01-01"'
# id_of TYPE N; person ID NAME BORN [MORE]; paper ID NUMBER
id_of() { printf '%s--0b51a6f0-1c4e-4c7a-9f7e-%012d' "$1" "$2"; }
person() { printf '{"type":"identity","spec_version":"2.1","id":"%s","created":"2024-11-01T10:11:12.000Z","modified":"2024-11-01T10:11:12.000Z","name":"%s","identity_class":"individual","extensions":{"%s":{"extension_type":"property-extension",%s,%s}}}\n' "$1" "$2" $handling "$label" "${3:-\"discover\":\"pointer\"}"; }
# approve NODE DRAFT: two officers
approve() { as fdo1 "$1" release approve "$2"; as fdo2 "$1" release approve "$2"; }
at() { printf '%s' "$2" >"$dir/$1/exercise-clock"; }
# same NAME TEXT: the output is what it was when `keep NAME` was said
keep() { cp "$dir/out" "$dir/kept.$1"; }
same() { if cmp -s "$dir/out" "$dir/kept.$1"; then ok "$2"; else not_ok "$2"; fi; }

for node in DSV SVB; do
    make_node $node fdo1:disclosure fdo2:disclosure law:legal lia:liaison lib:liaison ana:analyst anb:analyst cas:case col:collector ove:oversight
    serve $node
done
cat >"$dir/agreement.json" <<'J'
{"name":"Lessons","purposes":["CT-INV"],"match":{"keys_per_day":2000,"set_max":2000},"release":true,
 "emergency":true,"hypotheses":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J
pair DSV SVB; agree DSV SVB "$dir/agreement.json"

a=$(id_of identity 1) b=$(id_of identity 2) source=$(id_of identity 3)
person "$a" 'Boris Orlov' '"discover":"pointer","keys":["doc:QBZ:650018823"]' >"$dir/a"
person "$b" 'Boris Orlow' '"discover":"pointer","keys":["doc:QBZ:650018823"]' >"$dir/b"
person "$source" 'CANARY-HERON-7Q2' '"discover":"silent","prohibit":["disclose"]' >"$dir/source"
run DSV import "$dir/a"; has "a record at one" '"added":1'
run SVB import "$dir/b"; has "the same man at the other" '"added":1'
run SVB import "$dir/source"; has "and a source that is never spoken of" '"added":1'

# ---- a hit acts on nothing ----
acts='alert%cases task%list tip%list same%list case%list release%list release%drafts'
for act in $acts; do run DSV "${act%%\%*}" "${act##*\%}"; keep "$act"; done
expect 0 "both hold a key" as ana DSV match run --with SVB --purpose CT-INV
has "PAR_3 the answer says who was asked and who answered" '"asked":\["SVB"\],"answered":\["SVB"\],"silent":\[\]'
for act in $acts; do run DSV "${act%%\%*}" "${act##*\%}"; same "$act" "DP_18 a hit changes nothing in ${act%%\%*} ${act##*\%}"; done

# ---- the release desk ----
expect 0 "NIN_3 the release desk proposes the recipient by the match" run DSV release queue
has "NIN_3 it is the partner who holds the key, and the record is named" '"kind":"proposal".*"peer":"SVB"'
has "NIN_3 and the record" "$a"
as ana DSV release draft "$a" --to SVB --purpose CT-INV
draft=$(member draft)
run DSV release queue
has "NIN_1 a draft that waits is in the queue" "\"kind\":\"draft\",\"id\":\"$draft\""
at DSV 2024-11-14T12:00:00Z
run DSV release queue
has "NIN_1 with its age, and marked when it has waited" "\"id\":\"$draft\".*\"aged\":true"
at DSV $time
expect 0 "NIN_2 a request is asked" as ana DSV rfi new --to SVB --purpose CT-INV --reference RFI-1 --key doc:QBZ:650018823 --text who
until_has SVB RFI-1 rfi list
as ana SVB rfi answer RFI-1 --release 00000000-0000-4000-8000-000000000001
[ $rc -ne 0 ] && ok "NIN_2 it is not answered by a release that nobody has" || not_ok "NIN_2 it is not answered by a release that nobody has"
expect 0 "one officer approves" as fdo1 DSV release approve "$draft"
has "one is not enough" '"waiting"'
as fdo2 DSV release approve "$draft"
until_has SVB 'Boris Orlov' show "$a" && ok "two send it" || not_ok "two send it"

# ---- some recipients need assurance ----
expect 0 "ARA_3 a partner is put on the list of those that need assurance" run DSV peer assure SVB
as ana DSV release draft "$a" --to SVB --purpose CT-INV
draft=$(member draft)
approve DSV "$draft"
has "ARA_3 two officers are then not enough" '"missing":\["a third officer"\]'
expect 0 "DP_20 the legal officer is the third" as law DSV release approve "$draft"
has "DP_20 and with him it leaves" '"state":"sent"'
run DSV peer assure SVB --off

# ---- within the hour ----
as ana SVB release draft "$b" --to DSV --purpose CT-INV
draft=$(member draft)
expect 77 "MET_1 the drafter does not send alone" as ana SVB release emergency "$draft" --ground 'attack within the hour'
expect 0 "MET_1 one officer does, with a ground" as fdo1 SVB release emergency "$draft" --ground 'attack within the hour'
urgent=$(member release)
until_has DSV 'Boris Orlow' show "$b" && ok "MET_1 it is there at once" || not_ok "MET_1 it is there at once"
run SVB release queue
has "MET_1 and waits for review" '"kind":"review"'
expect 77 "MET_1 not by who sent it" as fdo1 SVB release review "$urgent" --finding upheld --note x
at SVB 2024-11-12T12:00:00Z
as ove SVB audit list --oversight
has "MET_1 oversight has heard" 'emergency'
expect 0 "MET_1 another officer reviews it" as fdo2 SVB release review "$urgent" --finding upheld --note 'rightly so'
at SVB $time

# ---- lists ----
awk 'BEGIN { for (i = 0; i < 837; i++) printf "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--0b51a6f0-1c4e-4c7a-8f7e-%012d\",\"created\":\"2024-11-01T10:11:12.000Z\",\"modified\":\"2024-11-01T10:11:12.000Z\",\"name\":\"Name %d\",\"identity_class\":\"individual\"}\n", i, i }' >"$dir/list"
run DSV import "$dir/list"
has "PAR_4 of 837 names without a reason none is taken in" '"added":0.*"quarantined":837'
[ "$(grep -c '"reason":' "$dir/out")" -ge 837 ] && ok "PAR_4 and each row is told why" || not_ok "PAR_4 and each row is told why"
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "doc:QV:%08d\n", i }' >"$dir/keys"
expect 77 "DP_7 a list beyond the day's budget is refused" as ana DSV match run --with SVB --purpose CT-INV --incident A --keys "$dir/keys"
says "DP_7 by the budget or the bound of a set" '\[\(budget\|set_max\)\]'
as ove DSV audit list --oversight
has "DP_7 and oversight is told" '"verb":"match run"'

# ---- the encounter ----
cat >"$dir/alert" <<'J'
{"name":"AL-1","keys":["doc:QBZ:650018823"],"action":"ask","reason":"known to SVB for travel","call":"duty desk 7","valid_to":"2025-05-18","notify":["SVB"],"purpose":"CT-INV"}
J
expect 0 "PAR_1 an alert is put up" as cas DSV alert add "$dir/alert"
run DSV alert list
for language in en fr ru; do has "PAR_1 what it asks for, in words ($language)" "\"$language\":\"[^\"]"; done
printf '{"ref":"S-1","time":"2024-11-10T12:00:00Z","place":"a ferry","names":["ORLOV BORIS"],"keys":["doc:QBZ:650018823"]}' >"$dir/seen"
expect 0 "PAR_2 he is seen" as col DSV sighting add "$dir/seen"
case=$(member case)
begin=$(date +%s)
until_has SVB "$case" alert cases && ok "PAR_2 the partner is told" || not_ok "PAR_2 the partner is told"
run DSV alert cases
has "PAR_1 with the reason, the action in words and whom to call" 'ask for what is written.*known to SVB for travel.*duty desk 7'
expect 0 "PAR_2 it says more, to the case" as cas SVB msg send --to DSV --purpose CT-INV --precedence FLASH --text "to $case: hold him, warrant 9"
until_has DSV "$case: hold him, warrant 9" msg list && ok "PAR_2 and its word is on the officer's screen" || not_ok "PAR_2 and its word is on the officer's screen"
[ $(($(date +%s) - begin)) -le 60 ] && ok "PAR_2 within sixty seconds" || not_ok "PAR_2 within sixty seconds"

# ---- one who relays has a deputy ----
expect 0 "BRU_3 who is on duty, and the deputies" run DSV duty set lia lib law
as ana SVB tip new --to DSV --purpose CT-INV --precedence IMMEDIATE --rating B2 --reference TIP-1 --text 'left today'
as fdo1 SVB tip approve TIP-1
as fdo2 SVB tip approve TIP-1
until_has DSV TIP-1 tip list
at DSV 2024-11-10T13:01:00Z
until_has DSV '"what":"escalated".*"by":"lib"' tip list && ok "BRU_3 unacknowledged in an hour it goes to the deputy" || not_ok "BRU_3 unacknowledged in an hour it goes to the deputy"
at DSV 2024-11-10T14:01:00Z
until_has DSV '"what":"escalated".*"by":"law"' tip list && ok "BRU_3 and after two to the next" || not_ok "BRU_3 and after two to the next"
at DSV $time

# ---- somebody whom nobody holds ----
expect 1 "NIC_1 nobody holds such a man" as ana DSV hypo ask --region=-60,-100,5 --from 2024-09-01 --to 2024-09-30 --tied-to "$a" --purpose CT-INV --seconds 30
has "NIC_1 all have answered" '"answered":\["DSV","SVB"\],"silent":\[\]'
has "NIC_1 and are counted" '"asked_count":2,"answered_count":2,"hold_count":0,"coverage":"2 of 2 answered, none of them holds one"'
hasnt "NIC_1 and there is no score" 'score\|confidence\|probability'
if grep -rqiE 'have (been )?prevented' README.md doc/guide src/cli src/demo 2>/dev/null; then not_ok "NIC_3 nothing claims that an attack would not have happened"; else ok "NIC_3 nothing claims that an attack would not have happened"; fi

# ---- fourteen records of one man ----
number=100
while [ $number -lt 114 ]; do person "$(id_of identity $number)" "Alias $(printf '%b' "\\$(printf %o $((number - 35)))") Amiri" >>"$dir/aliases"; number=$((number + 1)); done
run DSV import "$dir/aliases"
has "BER_1 fourteen records with fourteen names" '"added":14'
first=$(id_of identity 100) number=101 joined=0
while [ $number -lt 114 ]; do
    as ana DSV same propose "$first" "$(id_of identity $number)" --reason 'the same photograph'
    last=$(member id)
    as anb DSV same confirm "$last"
    [ $rc -eq 0 ] && joined=$((joined + 1))
    number=$((number + 1))
done
[ $joined -eq 13 ] && ok "BER_1 are joined one by one, each by two" || not_ok "BER_1 are joined one by one, each by two"
as ana DSV person "$first"
[ "$(grep -o '"Alias [A-Z] Amiri"' "$dir/out" | sort -u | wc -l)" -eq 14 ] && ok "BER_1 the page has every alias" || not_ok "BER_1 the page has every alias"
has "BER_1 each with its own record" "$(id_of identity 113)"
expect 0 "BER_1 one step undoes one" as ana DSV same undo "$last" --reason 'another man'
as ana DSV person "$first"
[ "$(grep -o '"Alias [A-Z] Amiri"' "$dir/out" | sort -u | wc -l)" -eq 13 ] && ok "BER_1 and leaves the others" || not_ok "BER_1 and leaves the others"

# ---- oversight, reasons, secrets ----
expect 0 "DP_15 the own overseer reads what a partner gave" as ove SVB show "$a"
has "DP_15 with its content" 'Boris Orlov'
expect 77 "DP_15 and exports nothing" as ove SVB export
unset ENTENTE_REASON
expect 77 "DP_17 a look-up without a reason is refused" as ana DSV show "$a"
expect 0 "DP_17 with one it is not" as ana DSV show "$a" --reason RFI-1
expect 0 "DP_17 oversight draws a sample" as ove DSV audit sample --n 1
has "DP_17 with who and why" '"reason":"RFI-1"'
for node in DSV SVB; do expect 0 "NIC_2 the journal of $node verifies" as ove $node audit verify; done
expect 0 "DP_16 the journals agree" as ove DSV audit cross SVB
expect 0 "DP_16 both ways" as ove SVB audit cross DSV
if grep -rqF CANARY-HERON-7Q2 "$dir/DSV"; then not_ok "DP_5 no byte of a source is at the partner"; else ok "DP_5 no byte of a source is at the partner"; fi
grep -rqF CANARY-HERON-7Q2 "$dir/SVB" && ok "DP_5 though its owner has it" || not_ok "DP_5 though its owner has it"
kill "$pid_DSV"; wait "$pid_DSV"
file=$(find "$dir/DSV/journal" -type f -size +0 -name '*' | while read -r f; do echo "$(wc -c <"$f") $f"; done | sort -n | tail -1 | cut -d' ' -f2-)
size=$(wc -c <"$file")
{ head -c $((size / 2)) "$file"; printf '#'; tail -c +$((size / 2 + 2)) "$file"; } >"$dir/altered" && cat "$dir/altered" >"$file"
expect 1 "NIC_2 one altered byte of a journal is found" as ove DSV audit verify
