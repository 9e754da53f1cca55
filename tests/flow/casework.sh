#!/bin/sh
# Two real nodes: tips, requests and messages with receipts, clocks, answers, tripwires.
. "$(dirname "$0")/lib/nodes"

for node in DSV SVB; do
    make_node $node fdo1:disclosure fdo2:disclosure law:legal lia:liaison ana:analyst col:collector adm:admin ove:oversight
    serve $node
done
pair DSV SVB
cat >"$dir/agreement.json" <<'J'
{"name":"Two incidents","purposes":["CT-INV"],"match":{"keys_per_day":100000,"set_max":65536},
 "release":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J
agree DSV SVB "$dir/agreement.json"
# at NODE TIME: the clock on exercise moves
at() { printf '%s\n' "$2" >"$dir/clock.new" && mv "$dir/clock.new" "$dir/$1/exercise-clock"; }

# ---- a tip ----
expect 0 "a tip is written, and leaves" as ana SVB tip new --to DSV --purpose CT-INV --precedence PRIORITY --rating B3 \
    --reference TIP-B-0007 --key 'doc:QBZ:650018823' --name 'Джуранаев Эльхан' --born 1991-03-07 \
    --text 'Джуранаев Эльхан, 07.03.1991, выехал для подготовки'
tip=$(member id)
has "when two officers have approved it" '"state":"waiting"'
expect 77 "neither of them who wrote it" as ana SVB tip approve TIP-B-0007
expect 0 "one" as fdo1 SVB tip approve TIP-B-0007
expect 0 "and another" as law SVB tip approve TIP-B-0007
until_has DSV TIP-B-0007 tip list && ok "it arrives" || not_ok "it arrives"
has "with its words as they were" '"text":"Джуранаев Эльхан, 07.03.1991'
has "its clocks run" '"what":"outcome","due":"2025-01-09'
until_has SVB '"state":"delivered"' tip list && ok "and its sender has a receipt" || not_ok "and its sender has a receipt"
expect 0 "somebody reads it" as ana DSV tip show TIP-B-0007
until_has SVB '"state":"shown"' tip list && ok "its sender hears that it was shown" || not_ok "its sender hears that it was shown"
expect 0 "and acknowledges it" as lia DSV tip ack "$tip"
until_has SVB '"state":"acknowledged"' tip list && ok "its sender hears by whom" || not_ok "its sender hears by whom"
has "with that person's signature" '"by":"lia","note":"signed by an officer of the agreement"'
expect 0 "a reading stands beside the words" as ana DSV tip read TIP-B-0007 --name 'Juranayef, El Khan' --born 1991-07-03
expect 2 "an outcome is one of a list" as ana DSV tip outcome TIP-B-0007 GOOD --reason x
expect 0 "the tip is closed" as ana DSV tip outcome TIP-B-0007 'NO NEXUS' --reason 'CANARY-REASON'
until_has SVB '"state":"closed"' tip list && ok "its sender hears the outcome" || not_ok "its sender hears the outcome"
hasnt "and not the reason" CANARY-REASON

# ---- a tripwire ----
handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
printf '{"type":"identity-document","spec_version":"2.1","id":"identity-document--0b51a6f0-1c4e-4c7a-9f7e-00000000000a","document_type":"passport","issuer":"QBZ","number":"650018823","extensions":{"%s":{"extension_type":"property-extension","rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect","retention":"2029-01-01","discover":"pointer"}}}\n' $handling >"$dir/passport.jsonl"
expect 0 "a record comes later" run DSV import "$dir/passport.jsonl"
says "and the import says what it opened" 'tip is open again'
until_has SVB '"state":"reopened"' tip list && ok "the sender hears: your tip has a hit" || not_ok "the sender hears: your tip has a hit"
hasnt "and not which" 00000000000a
expect 0 "the loop is closed" as ana DSV tip outcome TIP-B-0007 CONTRIBUTED --reason 'arrest'
until_has SVB CONTRIBUTED tip list && ok "the sender hears that it helped" || not_ok "the sender hears that it helped"
run SVB desk list
has "and its score" '"tips":1,"contributed":1'

# ---- requests ----
expect 77 "a purpose that is not agreed is refused" as ana DSV rfi new --to SVB --purpose POLITICS --text x
expect 0 "a request" as ana DSV rfi new --to SVB --purpose CT-INV --precedence IMMEDIATE --text 'what is it?' --reference RFI-V-0101
until_has SVB RFI-V-0101 rfi list
expect 0 "its answer is drafted" as ana SVB rfi answer RFI-V-0101 --text 'a trace of a tool'
expect 0 "an officer reads what waits" as fdo1 SVB rfi drafts
has "its words and its drafter" '"drafter":"ana","approvals":\[\],"statement":{.*a trace of a tool'
expect 77 "who drafted does not approve" as ana SVB rfi approve RFI-V-0101
expect 0 "one officer" as fdo1 SVB rfi approve RFI-V-0101
has "is not enough" '"state":"waiting"'
expect 0 "two are" as fdo2 SVB rfi approve RFI-V-0101
has "and it is sent" '"state":"sent"'
until_has DSV '"state":"answered"' rfi list && ok "it arrives" || not_ok "it arrives"
has "with its words" 'a trace of a tool'

expect 0 "a request about what nobody holds" as ana DSV rfi new --to SVB --purpose CT-INV --precedence ROUTINE --text 'who flew?' --reference RFI-V-0110 --key doc:QBZ:700441191
until_has SVB RFI-V-0110 rfi list
expect 0 "nothing to release" as lia SVB rfi answer RFI-V-0110 --nothing
has "leaves at a fixed hour after the receipt" '"state":"held","leaves":"2024-11-11T12:00:00'
at SVB 2024-11-11T11:59:00Z
run SVB rfi list
run DSV rfi list
hasnt "and not before" '"reference":"RFI-V-0110".*nothing to release'
at SVB 2024-11-11T12:00:01Z
until_has DSV 'nothing to release' rfi list && ok "the clock sends it" || not_ok "the clock sends it"

# ---- nobody answers ----
at DSV 2024-11-11T12:00:01Z
expect 0 "who is on duty" run DSV duty set lia ana law
expect 0 "a message in a hurry" as lia SVB msg send --to DSV --purpose CT-INV --precedence IMMEDIATE --text 'call us' 
until_has DSV 'call us' msg list
message=$(sed -n 's/.*"id":"\([0-9a-f-]*\)".*call us.*/\1/p' "$dir/out" | head -1)
expect 66 "nobody is handed what is not there" as lia DSV desk assign nothing --to ana
expect 77 "an administrator is handed nothing" as lia DSV desk assign "$message" --to adm
expect 0 "it is handed to a colleague" as lia DSV desk assign "$message" --to law --note 'you know them'
has "whose turn it is now, and who said so" '"owner":"law".*"what":"assigned".*"by":"lia","note":"law: you know them"'
expect 0 "or to the next on duty" as law DSV desk assign "$message"
has "which is the last" '"owner":"law".*"what":"escalated"'
at DSV 2024-11-11T13:00:02Z
until_has DSV '"what":"escalated".*"by":"ana"' msg list && ok "after an hour it goes to the deputy" || not_ok "after an hour it goes to the deputy"
at DSV 2024-11-11T14:00:02Z
at SVB 2024-11-11T14:00:02Z
until_has DSV '"escalated":2' msg list && ok "after two to the next" || not_ok "after two to the next"
until_has SVB '"what":"not acknowledged"' msg list && ok "and its sender sees that nobody has acknowledged it" || not_ok "and its sender sees that nobody has acknowledged it"

# ---- roles ----
"$entente" --json help >"$dir/out" 2>/dev/null
sed -n 's/.*"command":"\([^"]*\)".*/\1/p; s/.*"name":"\([^"]*\)".*/\1/p' "$dir/out" | sort -u >"$dir/commands"
sed -n 's/^X("\([^"]*\)".*/\1/p' src/casework/roles.def | sort -u >"$dir/rows"
comm -23 "$dir/commands" "$dir/rows" >"$dir/out"
[ -s "$dir/commands" ] && [ ! -s "$dir/out" ] && ok "every command has a row in the table of roles" || not_ok "every command has a row in the table of roles (src/casework/roles.def)"
passport=identity-document--0b51a6f0-1c4e-4c7a-9f7e-00000000000a
expect 77 "an administrator sees no content" as adm DSV search 650018823
says "and hears why" '\[roles\]'
expect 0 "oversight reads" as ove DSV tip show TIP-B-0007
expect 77 "oversight exports nothing" as ove DSV export
expect 77 "and changes nothing" as ove DSV tip outcome TIP-B-0007 UNFOUNDED --reason x
expect 77 "a collector approves no release" as col DSV release approve x
expect 77 "a look-up in another's name needs his passphrase" env ENTENTE_PASSPHRASE_FILE=/dev/null "$entente" --home "$dir/DSV" show $passport --as ana

# ---- cases ----
expect 0 "a case is opened" as ana DSV case new 'Two incidents' --purpose CT-INV
case=$(member case)
expect 0 "a record belongs to it" as ana DSV case add "$case" $passport
expect 0 "it is offered to another" as ana DSV case transfer "$case" --to lia
has "and is still its owner's" '"owner":"ana","offered_to":"lia"'
expect 0 "who accepts it owns it" as lia DSV case accept "$case"
has "alone" '"owner":"lia","members"'
expect 77 "who handed it over closes it no more" as ana DSV case close "$case" --reason done --review 2026-01-01

# ---- the journal ----
expect 0 "a record is looked up" as ana DSV show $passport --reason TIP-B-0007
as ana DSV search 650018823 --reason TIP-B-0007
as ana DSV show report--00000000-0000-4000-8000-000000000000 $passport --reason TIP-B-0009
expect 0 "who saw it is known" as ove DSV audit who-saw $passport
has "by name, verb and reason" '"reason":"TIP-B-0007".*"verb":"show","who":"ana"'
has "also by what a search has shown" '"objects":\["'$passport'"\].*"verb":"search","who":"ana"'
has "and by a look-up of several, of which it is not the first" '"objects":\["'$passport'"\].*"reason":"TIP-B-0009".*"verb":"show"'
expect 0 "oversight sees what was refused" as ove DSV audit list --oversight
has "with the rule" '"reason":"refused: .*roles'
expect 77 "nobody else reads it" as ana DSV audit list
expect 0 "a sample of look-ups is drawn" as ove DSV audit sample --n 1
# silent WHO NODE COMMAND...: who works in a shell that has said no reason
silent() { reason=$ENTENTE_REASON; unset ENTENTE_REASON; as "$@"; ENTENTE_REASON=$reason; export ENTENTE_REASON; }
expect 77 "a look-up without a reason is refused at a node that decided nothing" silent ana DSV show $passport
says "by name" '\[reason\]'
expect 77 "blanks are no reason" silent ana DSV show $passport --reason ' - '
expect 0 "with one it is not" silent ana DSV show $passport --reason 'case 12'
expect 77 "oversight asks too and does not let the duty go" as ove DSV audit reasons optional --reason 'the Act'
expect 2 "who lets it go names the law" silent law DSV audit reasons optional
expect 2 "and for a year at most" as law DSV audit reasons optional --reason 'the Act' --until 2026-01-01
expect 0 "the legal officer does, for a law" as law DSV audit reasons optional --reason 'Household Act s 4' --until 2025-03-01
has "and signs" '"required":false,"until":"2025-03-01T00:00:00.000Z","signed":true,"by":"law","law":"Household Act s 4"'
expect 0 "then a look-up needs none" silent ana DSV show $passport
run DSV status
has "the state of the node says so" '"reasons":{"required":false,.*"by":"law"'
run DSV doctor
has "and so does the doctor" '"check":"reasons","ok":true,"finding":"look-ups need no reason until 2025-03-01'
expect 0 "oversight sees who did" as ove DSV audit list --oversight
has "and by which law" '"reason":"Household Act s 4".*"verb":"reasons waived","who":"law"'
expect 0 "and makes it a duty again" as ove DSV audit reasons required
expect 77 "at once" silent ana DSV show $passport
expect 0 "the journal verifies" as ove DSV audit verify
expect 0 "journal and logs agree" as ove DSV audit cross SVB
has "on every head that was noted" '"what":"said","ok":true,"entries":[0-9]*,"compared":[1-9]'
expect 0 "at the other end too" as ove SVB audit cross DSV
expect 0 "one oversight body tells the other what its journal knows" as ove SVB audit tell DSV
until_has DSV '"told":[1-9]' audit cross SVB --as ove && ok "and it agrees with the other's log" || not_ok "and it agrees with the other's log"

# ---- redress ----
expect 77 "a complaint comes through oversight alone" as ana DSV redress open RD-1 --name 'Elkhan Juranaev' --born 1991-03-07
expect 0 "oversight opens it" as ove DSV redress open RD-1 --name 'Elkhan Juranaev' --born 1991-03-07 --key 'doc:qbz:650018823'
has "with thirty days" '"state":"received","due":"2024-12-11'
expect 0 "its trace is made" as ove DSV redress trace RD-1
has "with the record that has the document" '"record":"'$passport'","owner":"","type":"identity-document","how":"key"'
has "and the tip" '"place":"tip, request, message","id":"'"$tip"
expect 77 "oversight does not decide" as ove DSV redress decide RD-1 --founded --reason x
expect 0 "the legal officer does" as law DSV redress decide RD-1 --founded --reason 'SECRET: taken for another' --exempt doc:QBZ:650018823 --tell SVB --purpose CT-INV
expect 0 "one officer approves the exemption for the partner" as fdo1 DSV redress approve RD-1
has "which is not enough" '"sent":0'
expect 0 "two do" as fdo2 DSV redress approve RD-1
has "and it leaves" '"sent":1'
until_has SVB 'exemption received' audit list --as ove && ok "and arrives" || not_ok "and arrives"
expect 0 "the person is answered" as ove DSV redress answer RD-1
has "in words that neither confirm nor deny" 'neither confirmed nor denied'
hasnt "nor say why" SECRET

# ---- what cannot wait ----
# shellcheck disable=SC2154 # `serve` sets it
kill "$pid_SVB" && wait "$pid_SVB" 2>/dev/null
pids=$(echo " $pids " | sed "s/ $pid_SVB / /")
for text in QUEUE-1 QUEUE-2 QUEUE-3; do
    expect 0 "a message waits for a node that is away" as ana DSV msg send --to SVB --purpose CT-INV --precedence ROUTINE --text $text
done
expect 0 "and one that cannot wait is said last" as ana DSV msg send --to SVB --purpose CT-INV --precedence FLASH --text QUEUE-NOW
serve SVB
until_has SVB QUEUE-3 msg list && ok "all arrive" || not_ok "all arrive"
grep -o 'QUEUE-[A-Z0-9]*' "$dir/out" | uniq >"$dir/order"
printf 'QUEUE-NOW\nQUEUE-1\nQUEUE-2\nQUEUE-3\n' | cmp -s - "$dir/order" && ok "what cannot wait is heard first" || { sed 's/^/# /' "$dir/order"; not_ok "what cannot wait is heard first"; }

# ---- the duty to warn ----
expect 0 "a threat to life is put down" as ana DSV warn new --threatened 'the ferry line' --text 'an attack on a ferry' --precedence FLASH
warning=$(member warning)
expect 77 "one person alone does not waive it" as ana DSV warn waive "$warning" --reason 'no'
at DSV 2024-11-11T14:16:00Z
until_has DSV '"what":"overdue"' warn list && ok "after a quarter of an hour it is overdue" || not_ok "after a quarter of an hour it is overdue"
expect 0 "somebody is warned" as lia DSV warn done "$warning" --who 'the duty manager' --how 'by telephone'
has "and it says who, how and by whom" '"what":"warned".*"by":"lia","note":"the duty manager: by telephone"'
for pid in $pids; do kill "$pid"; done
for pid in $pids; do wait "$pid" 2>/dev/null; done
pids=
# change FILE: one byte of it becomes another
change() { size=$(wc -c <"$1"); { head -c $((size / 2)) "$1"; tail -c $((size - size / 2)) "$1" | head -c 1 | tr '\000-\377' '\001-\377\000'; tail -c $((size - size / 2 - 1)) "$1"; } >"$dir/changed"; cat "$dir/changed" >"$1"; }
first() { find "$1" -type f | sort | head -1; }
expect 0 "after the end it verifies still" as ove DSV audit verify
run DSV backup "$dir/backup"
expect 0 "a backup is restored" run AGAIN restore "$dir/backup"
expect 0 "with its journal, which goes on" as ove AGAIN audit list --oversight
expect 0 "and verifies" as ove AGAIN audit verify
cp -a "$dir/DSV/journal" "$dir/kept"
change "$(first "$dir/DSV/journal/out/body")"
expect 1 "one altered byte of the journal is found" run DSV audit verify
rm -rf "$dir/DSV/journal" && mv "$dir/kept" "$dir/DSV/journal"
expect 0 "and none when it is as it was" run DSV audit verify
change "$(find "$dir/SVB/links/DSV/in/tile/entries" -type f | sort | tail -1)"
expect 1 "one altered byte of what was exchanged is found" run SVB audit cross DSV
