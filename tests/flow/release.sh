#!/bin/sh
# Two real nodes: agreement, private match, release by two persons, recall.
. "$(dirname "$0")/lib/nodes"

for node in DSV SVB; do
    make_node $node fdo1:disclosure fdo2:disclosure law:legal lia:liaison ana:analyst
    serve $node
done
pair DSV SVB
cat >"$dir/agreement.json" <<'J'
{"name":"Two incidents","purposes":["CT-INV"],"match":{"keys_per_day":100000,"set_max":65536,"audit":300},
 "release":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J

expect 77 "a match before the agreement is refused" as ana DSV match run --with SVB --purpose CT-INV
says "and names the clause" '\[agreement\]'
expect 0 "an agreement is proposed" as lia DSV agreement propose "$dir/agreement.json" --with SVB
agreement=$(member agreement)
expect 0 "its clauses are said in words" as law DSV agreement show "$agreement"
has "clause by clause" 'passed on only with its originator.s consent'
has "and why it is not in force" 'not all parties have signed'
expect 77 "the drafter cannot approve" as lia DSV agreement sign "$agreement"
as fdo1 DSV agreement sign "$agreement"
expect 77 "one person alone cannot sign" as fdo1 DSV agreement sign "$agreement"
expect 0 "with the second the node signs" as fdo2 DSV agreement sign "$agreement"
expect 77 "before the other party signed, nothing flows" as ana DSV match run --with SVB --purpose CT-INV
until_has SVB "$agreement" agreement list && ok "the other party hears of it" || not_ok "the other party hears of it"
as fdo1 SVB agreement sign "$agreement"
expect 0 "and signs" as law SVB agreement sign "$agreement"
until_has DSV '"in_force":true' agreement list && ok "it is in force" || not_ok "it is in force"

# ---- holdings, match ----
label='"rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect","retention":"2029-01-01"'
handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
u=0b51a6f0-1c4e-4c7a-9f7e
passport() { printf '{"type":"identity-document","spec_version":"2.1","id":"identity-document--%s","document_type":"passport","issuer":"QBZ","number":"%s","extensions":{"%s":{"extension_type":"property-extension",%s,"discover":"%s"}}}\n' "$1" "$2" $handling "$label" "$3"; }
person() { printf '{"type":"identity","spec_version":"2.1","id":"identity--%s","created":"2024-11-01T10:11:12.000Z","modified":"2024-11-01T10:11:12.000Z","name":"%s","identity_class":"individual","description":"CANARY-NOTE","extensions":{"%s":{"extension_type":"property-extension",%s,"discover":"pointer"}}}\n' "$1" "$2" $handling "$label"; }
link() { printf '{"type":"relationship","spec_version":"2.1","id":"relationship--%s","created":"2024-11-01T10:11:12.000Z","modified":"2024-11-01T10:11:12.000Z","relationship_type":"holder-of","source_ref":"%s","target_ref":"%s","confidence":80}\n' "$1" "$2" "$3"; }
{
    passport $u-00000000000a 650018823 pointer
    passport $u-00000000000b 7741902 silent
    person $u-00000000000c 'Anna Orlova'
    person $u-00000000000d 'Boris Orlov'
    link $u-00000000000e identity--$u-00000000000c identity-document--$u-00000000000a
    link $u-00000000000f identity--$u-00000000000c identity--$u-00000000000d
} >"$dir/dsv.jsonl"
{
    passport $u-00000000001a 'QBZ 650018823' pointer
    passport $u-00000000001b 7741902 pointer
} | sed 's/QBZ 650/650/' >"$dir/svb.jsonl"
expect 0 "holdings are imported" run DSV import "$dir/dsv.jsonl"
expect 0 "at the other node too" run SVB import "$dir/svb.jsonl"
expect 0 "a match finds what both hold" as ana DSV match run --with SVB --purpose CT-INV
has "by its key" '"key":"doc:QBZ:650018823","own":\["identity-document--'$u'-00000000000a"\]'
has "and nothing else" '"asked":\["SVB"\],"answered":\["SVB"\],"silent":\[\],"hits":1'
until_has SVB 00000000001a match hits && ok "the other side has its own record" || not_ok "the other side has its own record"
hasnt "and not ours" 00000000000a

# The frames of the run are erased at both ends: their key files say so, their bodies gone.
frames() { n=0; for f in "$dir/$1/links/$2/$3"/key/*; do ! grep -qsx erased "$f" || n=$((n + 1)); done; echo $n; }
run DSV status
tries=0
while [ "$(frames DSV SVB out)" -lt 2 ] && [ $tries -lt 300 ]; do run DSV status; tries=$((tries + 1)); done
[ "$(frames DSV SVB out)" -ge 2 ] && ok "the frames of the run are erased where they were said" || not_ok "the frames of the run are erased where they were said: $(frames DSV SVB out)"
[ "$(frames SVB DSV in)" -ge 2 ] && ok "and where they were heard" || not_ok "and where they were heard: $(frames SVB DSV in)"

# ---- what is told, and what is refused at home ----
as ana DSV match run --with SVB --purpose CT-INV
runid=$(member run)
expect 0 "a run is explained" run DSV match explain "$runid"
has "in plain words" 'which of its own keys we hold too: 1 of them'
expect 1 "about how many keys both hold" as ana DSV match size --with SVB --purpose CT-INV
has "and no more" '"estimate":"fewer than 10"'
seq -f 'doc:QBZ:%.0f' 650010000 650014999 >"$dir/list"
run DSV user add col --role collector
expect 77 "a collector compares no list" as col DSV match run --with SVB --keys "$dir/list"
expect 77 "nor does an analyst without a purpose" as ana DSV match run --with SVB --keys "$dir/list"
expect 77 "or without an incident" as ana DSV match run --with SVB --keys "$dir/list" --purpose CT-INV
run DSV user add ov --role oversight
as ov DSV audit list
has "who tried is in the journal, for oversight" '"oversight":true,"reason":"refused.*"verb":"match run","who":"col"'
run DSV match runs
has "and what was refused for its want of an incident among the runs" '"state":"denied","clause":"incident".*"user":"ana"'
expect 0 "one key for an incident is compared" as ana DSV match run --with SVB --key doc:QBZ:650018823 --purpose CT-INV --incident A
brought=$(member run)
expect 77 "a sample of a set is not the analyst's to open" as ana DSV match audit "$runid"
expect 0 "but oversight's" as ov DSV match audit "$runid"
has "each place is a record's key" '"state":"holds","key":"doc:.*"record":"identity-.*"purposes":\["CT-INV"'
has "or padding" '"state":"padding"'
expect 0 "what a user brought" as ov DSV match audit "$brought"
has "is there too" '"state":"holds","key":"doc:QBZ:650018823","record":null'

# ---- an alarm: in the signed journal of both, until somebody has looked ----
seq -f 'doc:QBZ:%.0f' 650018800 650018849 >"$dir/range"
expect 0 "a range of numbers is compared" as ana DSV match run --with SVB --keys "$dir/range" --purpose CT-INV --incident A
as ana DSV match alarms
has "which is an alarm" '"alarm":"probing","by":"DSV".*"key":"doc:QBZ:650018823"'
alarm=$(member id)
run SVB user add ov --role oversight
until_has SVB '"alarm":"probing","by":"DSV"' match alarms && ok "at the other side too" || not_ok "at the other side too"
for node in DSV SVB; do
    as ov $node audit list --oversight
    has "$node: the journal has it, for oversight" '"reason":"probing by DSV.*"verb":"alarm raised"'
done
expect 77 "an analyst clears no alarm" as ana DSV match clear "$alarm" --reason x
expect 2 "nobody does without a reason" as lia DSV match clear "$alarm"
expect 0 "a liaison does" as lia DSV match clear "$alarm" --reason "an exercise"
as ov DSV audit list --oversight
has "who and why is in the journal" '"reason":"an exercise".*"verb":"alarm cleared","who":"lia"'
expect 0 "which verifies" run DSV log verify
expect 65 "once" as lia DSV match clear "$alarm" --reason "again"

# ---- a match that goes on ----
expect 2 "a standing match needs a user once there are users" run DSV match standing start --with SVB --purpose CT-INV
expect 77 "whose work it is" as fdo1 DSV match standing start --with SVB --purpose CT-INV
expect 0 "a standing match is offered" as ana DSV match standing start --with SVB --purpose CT-INV
standing=$(member standing)
until_has DSV '"state":"open"' match standing list && ok "and accepted" || not_ok "and accepted"
passport $u-00000000002b LATE1 pointer >"$dir/late"
expect 0 "a new record here" run SVB import "$dir/late"
passport $u-00000000002a LATE1 pointer >"$dir/late"
expect 0 "and there" run DSV import "$dir/late"
until_has DSV 'LATE1' match hits && ok "is found without a run" || not_ok "is found without a run"
until_has SVB 'LATE1' match hits && ok "at both" || not_ok "at both"
expect 0 "it is stopped" as ana DSV match standing stop "$standing"
until_has SVB '"state":"stopped"' match standing list && ok "at both nodes" || not_ok "at both nodes"

# ---- release ----
expect 0 "a draft" as ana DSV release draft identity--$u-00000000000c --to SVB --purpose CT-INV
draft=$(member draft)
has "says what is withheld" '"property":"description"'
expect 0 "whoever approves sees what waits" as fdo1 DSV release drafts
has "by whom, and what is missing" '"drafter":"ana".*"missing":\["disclosure","disclosure"\],"changed":false'
expect 0 "and every byte that would leave" as fdo1 DSV release show "$draft"
has "as it is signed" '"statement":{.*"kind":"release","objects":\['
expect 77 "the drafter cannot approve it" as ana DSV release approve "$draft"
as fdo1 DSV release approve "$draft"
has "one person alone does not release" '"state":"waiting"'
expect 77 "nor twice the same" as fdo1 DSV release approve "$draft"
as fdo1 DSV release drafts
has "who has approved is shown" '"approvals":\["fdo1"\],"missing":\["disclosure"\]'
expect 0 "two do" as fdo2 DSV release approve "$draft"
release=$(member release)
as fdo1 DSV release drafts
hasnt "what is sent waits no more" "$draft"
until_has SVB '"state":"stored"' release list && ok "it arrives" || not_ok "it arrives"
has "with owner, rating and label" '"owner":"DSV","type":"identity","rating":"B2"'
until_has DSV '"state":"received"' release list && ok "with a receipt" || not_ok "with a receipt"
run DSV export --to SVB
has "an export for the peer is what was released" "identity--$u-00000000000c"
run SVB show identity--$u-00000000000c
has "the peer holds the name" 'Anna Orlova'
hasnt "but not the note" CANARY-NOTE
if grep -r -q CANARY-NOTE "$dir/SVB" "$dir/DSV/links" 2>/dev/null; then not_ok "the note is nowhere else"; else ok "the note is nowhere else"; fi
run SVB show identity--$u-00000000000d
[ $rc -eq 66 ] && ok "nor the other person" || not_ok "nor the other person"

# ---- what a partner released, over TAXII, for those of the receiver who may see it ----
view=40000000-0000-4000-8000-000000000001
# taxii USER PATH: the answer in $dir/out, its status in $got
taxii() {
    got=$(curl -s --max-time 60 --cacert "$dir/SVB/keys/client.crt" -u "$1:$(cat "$ENTENTE_PASSPHRASE_FILE")" \
        -H 'Accept: application/taxii+json;version=2.1' -o "$dir/out" -w '%{http_code}' "$url$2")
}
run SVB status
url=$(member client_url)
url=${url%/}
expect 2 "a root for a partner is not public" run SVB taxii root add from-dsv --partner DSV --public
expect 0 "a root for what a partner releases" run SVB taxii root add from-dsv --partner DSV
expect 2 "has views only" run SVB taxii collection add from-dsv new --title Plain --read ana
expect 0 "such as of all of it" run SVB taxii collection add from-dsv $view --title Released --query '' --read ana
taxii ana /taxii2/
has "the root is listed to who may read in it" /from-dsv/
taxii fdo1 /taxii2/
hasnt "and to nobody else" from-dsv
taxii fdo1 /from-dsv/
[ "$got" = 404 ] && ok "for whom it does not exist" || not_ok "for whom it does not exist: $got"
taxii ana /from-dsv/collections/$view/objects/
has "what was released is there" 'Anna Orlova'
hasnt "and the receiver's own is not" 7741902
expect 0 "who is cleared for another purpose" run SVB user clearance ana --purpose SANCTIONS
taxii ana /from-dsv/collections/$view/objects/
[ "$(cat "$dir/out")" = '{}' ] && ok "sees none of it" || not_ok "sees none of it"
expect 0 "until that is taken back" run SVB user clearance ana --reset
taxii ana /from-dsv/collections/$view/objects/identity--$u-00000000000c/
[ "$got" = 200 ] && ok "and then does" || not_ok "and then does: $got"
has "each record says that it is of an exercise" '"exercise":true'

# ---- to a person by name ----
# red ID NAME: a record in red, released to that user of SVB
red() {
    printf '{"type":"bundle","id":"bundle--%s-0000000000f0","objects":[{"type":"identity","spec_version":"2.1","id":"%s","created":"2024-11-01T10:00:00.000Z","modified":"2024-11-01T10:00:00.000Z","name":"Rudolf Redmayne","identity_class":"individual"}]}' $u "$1" >"$dir/red.json"
    run DSV import "$dir/red.json" --rating A1 --purpose CT-INV --category suspect --discover pointer --retention 2029-01-01 --handling TLP:RED
    expect 77 "what is red goes to nobody in particular" as ana DSV release draft "$1" --to SVB --purpose CT-INV
    says "as it says" '\[tlp\]'
    expect 0 "but to a person by name" as ana DSV release draft "$1" --to SVB --purpose CT-INV --for "$2"
    draft=$(member draft)
    as fdo1 DSV release show "$draft"
    has "whoever approves is told so" "there only to $2"
    as fdo1 DSV release approve "$draft"
    expect 0 "two officers sign the name, too" as fdo2 DSV release approve "$draft"
}
first=identity--$u-0000000000f1 second=identity--$u-0000000000f2
red $first ana
until_has DSV '"for":\["ana"\].*"state":"received"\|"state":"received".*"for":\["ana"\]' release list && ok "it arrives" || not_ok "it arrives"
expect 0 "who is named reads it" as ana SVB show $first
has "with its colour" 'TLP:RED'
expect 0 "and finds it" as ana SVB search Redmayne
as ov SVB audit list
has "which stays in the journal" "$first"
for who in fdo1 law; do
    expect 66 "who is not, does not" as $who SVB show $first
    expect 1 "nor finds it" as $who SVB search Redmayne
    as $who SVB release list
    hasnt "nor hears of the release" "$draft"
done
expect 66 "nor who does not say who he is" run SVB show $first
taxii ana /from-dsv/collections/$view/objects/
has "in the view it is there for the one who is named" 'Redmayne'
red $second fdo1
until_has DSV '"for":\["fdo1"\].*"state":"received"\|"state":"received".*"for":\["fdo1"\]' release list && ok "another is for another" || not_ok "another is for another"
taxii ana /from-dsv/collections/$view/objects/
hasnt "and not in the view of the first" $second
expect 66 "nor elsewhere" as ana SVB show $second
expect 77 "what everybody there has is not made a person's" as ana DSV release draft identity--$u-00000000000c --to SVB --purpose CT-INV --for ana
says "as it says" '\[named\]'

# ---- correction ----
as ana SVB case new 'The Orlov matter' --purpose CT-INV
case=$(member case)
expect 0 "the receiver works with what it got" as ana SVB case add "$case" identity--$u-00000000000c
# ---- a court file ----
court() { as law SVB case court "$case" --court 'Assize of Dramos' --out "$dir/court.json" "$@"; }
second() { python3 "$(dirname "$0")/../../tools/verify-log" --court "$1" >"$dir/out" 2>"$dir/err"; rc=$?; }
expect 77 "DP_21 a fact of another owner is no fact for a court" court
says "without its owner's consent" 'consent, DP-21'
[ ! -e "$dir/court.json" ] && ok "and there is no file" || not_ok "and there is no file"
expect 0 "its owner is asked for this court" as law SVB repeat ask identity--$u-00000000000c --owner DSV --to 'Assize of Dramos' --purpose CT-INV
asked=$(member repeat)
until_has DSV "$asked" repeat list || not_ok "the owner hears of it"
expect 0 "and grants it" as fdo1 DSV repeat answer "SVB/$asked" --grant identity--$u-00000000000c
until_has SVB '"state":"answered"' repeat list && ok "which is heard" || not_ok "which is heard"
expect 77 "whose case it is does not make the file" as ana SVB case court "$case" --court 'Assize of Dramos' --out "$dir/court.json"
expect 77 "another court is not this one" as law SVB case court "$case" --court 'Assize of Kestria' --out "$dir/court.json"
expect 0 "then the file is made" court
law_court() { as law SVB case court "$case" --court 'Assize of Dramos' --out -; }
expect 0 "on standard output too" law_court
cp "$dir/out" "$dir/court.out"
expect 0 "where nothing else stands" run none court verify "$dir/court.out"
expect 0 "it holds by what stands in it" run none court verify "$dir/court.json"
has "with the proof of how it came" '"facts":1,"proved":1'
sed 's/Anna Orlova/Anna Orlovb/' "$dir/court.json" >"$dir/forged.json"
expect 1 "a changed letter is found" run none court verify "$dir/forged.json"
sed 's/"consent":"[^"]*"/"consent":""/' "$dir/court.json" >"$dir/forged.json"
expect 1 "and so is that nobody consented" run none court verify "$dir/forged.json"
sed 's/"salt":"0/"salt":"1/; t; s/"salt":"./"salt":"0/' "$dir/court.json" >"$dir/forged.json"
expect 1 "and another commitment" run none court verify "$dir/forged.json"
sed 's/"key":"[0-9a-f]*"/"key":"'"$(printf '%064d' 0)"'"/' "$dir/court.json" >"$dir/forged.json"
expect 1 "and a key that is not the owner's" run none court verify "$dir/forged.json"
if command -v python3 >/dev/null; then
    expect 0 "another program finds the chain of proofs" second "$dir/court.json"
    has "from the fact to its owner's log" 'it is what its owner released, and the entry stands in the log'
    sed 's/Anna Orlova/Anna Orlovb/' "$dir/court.json" >"$dir/forged.json"
    expect 1 "and that a letter was changed" second "$dir/forged.json"
fi

# ---- a third state ----
message() { as ana SVB repeat draft identity--$u-00000000000c --to Kestria --purpose CT-INV --text 'please look for her'; }
expect 77 "what was granted to a court is not granted to a state" message
as ana SVB repeat ask identity--$u-00000000000c --owner DSV --to Kestria --purpose CT-INV
asked=$(member repeat)
until_has DSV "$asked" repeat list || not_ok "the owner hears of it"
as fdo1 DSV repeat answer "SVB/$asked" --grant identity--$u-00000000000c
until_has SVB "$asked.*\"state\":\"answered\"" repeat list || not_ok "which is heard"
expect 0 "what its owner granted for it goes into a message" message
letter=$(member message)
expect 77 "who drafts it does not approve it" as ana SVB repeat approve "$letter"
expect 66 "nothing is written before it is approved" as fdo1 SVB repeat write "$letter" --out "$dir/letter"
expect 0 "a disclosure officer approves" as fdo1 SVB repeat approve "$letter"
expect 77 "the second is the legal officer" as fdo2 SVB repeat approve "$letter"
expect 0 "and he does" as law SVB repeat approve "$letter"
expect 0 "then it is written" as fdo1 SVB repeat write "$letter" --out "$dir/letter"
grep -q 'Anna Orlova' "$dir/letter" && ok "with the fact" || not_ok "with the fact"
as fdo1 SVB repeat write "$letter" --out - >/dev/null
cmp -s "$dir/out" "$dir/letter" && [ ! -e ./- ] && ok "on standard output the same, and nothing else" || not_ok "on standard output the same, and nothing else"
expect 0 "and is listed" run SVB repeat messages
has "as written, by whom" '"state":"written".*"approved_by":\["fdo1","law"\]'

expect 1 "and nothing that rests on it has changed" run SVB basis list
expect 2 "a correction needs a reason" as ana DSV correct identity--$u-00000000000c
person $u-00000000000c 'Anna Orlowa' | sed 's/"modified":"2024-11-01/"modified":"2024-11-09/' >"$dir/corrected.jsonl"
expect 0 "a record is corrected" run DSV import "$dir/corrected.jsonl"
expect 0 "a correction is drafted for who has it" as ana DSV correct identity--$u-00000000000c --reason 'misspelt'
correction=$(member draft)
as fdo1 DSV release approve "$correction"
expect 0 "and approved" as fdo2 DSV release approve "$correction"
until_has SVB 'Anna Orlowa' show identity--$u-00000000000c && ok "it arrives" || not_ok "it arrives"
expect 0 "what rests on it is flagged" run SVB basis list
has "the case, with the reason" '"state":"changed","thing":"'$case'".*"reason":"misspelt"'
expect 0 "the case says so itself" run SVB case show "$case"
has "that its basis has changed" '"basis":"changed"'
expect 2 "who has read it again says what follows" as ana SVB basis read "$case"
expect 0 "and takes the flag off" as ana SVB basis read "$case" --note 'nothing follows'
expect 0 "the message to the third state had one, too" as ana SVB basis read "$letter" --note 'Kestria was told'
expect 1 "then it is gone" run SVB basis list
expect 0 "from the list, not from the record" run SVB basis list --all
has "of who read it" '"read_by":"ana","note":"nothing follows"'
run SVB history identity--$u-00000000000c
[ "$(grep -c '"version"' "$dir/out")" -eq 2 ] && ok "the old value stays in the history" || not_ok "the old value stays in the history"
run DSV trace identity--$u-00000000000c
[ "$(grep -c '"direction":"out"' "$dir/out")" -eq 2 ] && ok "both releases are traced" || not_ok "both releases are traced"
expect 0 "the correction is called back" as law DSV recall "$correction" --reason 'worse than before'

# ---- recall ----
expect 77 "an analyst cannot call it back" as ana DSV recall "$release" --reason mistake
expect 0 "an officer can" as law DSV recall "$release" --reason 'mistaken identity'
until_has DSV "\"release\":\"$release\",\"direction\".*\"state\":\"erased\"" release list && ok "the peer says that it erased it" || not_ok "the peer says that it erased it"
run SVB case show "$case"
has "the case rests on what was withdrawn" '"basis":"withdrawn"'
run SVB repeat messages
has "so does the message to the third state" '"basis":"withdrawn"'
expect 77 "which is not written again" as fdo1 SVB repeat write "$letter" --out "$dir/letter.again"
run DSV export --to SVB
hasnt "and the export for the peer has it no more" "identity--$u-00000000000c"
run SVB show identity--$u-00000000000c
hasnt "and has" 'Anna Orlova'
taxii ana /from-dsv/collections/$view/objects/identity--$u-00000000000c/
[ "$got" = 404 ] && ok "nor is it served to tools" || not_ok "nor is it served to tools: $got"
expect 65 "once" as law DSV recall "$release" --reason again

expect 0 "that it was released is proved" run DSV log prove "$release" --out "$dir/proof"
expect 0 "to whoever has the keys" run SVB log verify --proof "$dir/proof"
expect 0 "also by the one who received it" run SVB log prove "$release" --out "$dir/proof.in"
expect 0 "our log still verifies, with what was erased" run DSV log verify SVB
expect 0 "and the peer's" run SVB log verify DSV

# ---- a file that goes with a release ----
head -c 3000000 /dev/zero | tr '\0' 'p' >"$dir/page.txt"
printf 'another page\n' >"$dir/other.txt"
page=$(sha256sum <"$dir/page.txt" | cut -d' ' -f1)
other=$(sha256sum <"$dir/other.txt" | cut -d' ' -f1)
boris=identity--$u-00000000000d
at() { echo "$dir/$1/evidence/$(printf %.2s "$page")/$page"; }
expect 0 "two files are attached to a record" run DSV evidence add "$boris" "$dir/page.txt" "$dir/other.txt"
expect 66 "a file of another record cannot be chosen" as ana DSV release draft identity--$u-00000000000c --to SVB --purpose CT-INV --evidence "$page"
expect 0 "one of them is chosen" as ana DSV release draft "$boris" --to SVB --purpose CT-INV --evidence "$page"
has "it goes" '"evidence":\[{"object":"'"$boris"'","hash":"'"$page"'","type":"text/plain","size":3000000}\]'
has "the other stays, and is said to stay" "evidence $other"
with=$(member draft)
as fdo1 DSV release approve "$with"
expect 0 "two persons approve" as fdo2 DSV release approve "$with"
until_has SVB '"hash":"'"$page"'".*"state":"stored"' release list && ok "it arrives" || not_ok "it arrives"
until_has DSV '"hash":"'"$page"'".*"state":"received"' release list && ok "with a receipt" || not_ok "with a receipt"
expect 0 "the receiver has it" run SVB evidence get "$page" --out "$dir/got.txt"
cmp -s "$dir/page.txt" "$dir/got.txt" && ok "byte for byte" || not_ok "byte for byte"
run SVB evidence list "$boris"
hasnt "and not the other" "$other"
expect 0 "the release is called back" as law DSV recall "$with" --reason 'wrong page'
until_has DSV "$with.*\"state\":\"erased\"" release list && ok "and is erased" || not_ok "and is erased"
tries=0
while [ -e "$(at SVB)" ] && [ $tries -lt 500 ]; do run SVB status; tries=$((tries + 1)); done
[ ! -e "$(at SVB)" ] && ok "with its file" || not_ok "with its file"
expect 66 "which is nowhere to be had" run SVB evidence get "$page" --out "$dir/got.txt"
expect 0 "its owner keeps it" run DSV evidence get "$page" --out "$dir/got.txt"
expect 0 "the log verifies without it" run DSV log verify SVB

# ---- an end ----
expect 0 "an agreement is suspended" as law SVB agreement suspend "$agreement" --reason 'key lost'
until_has DSV '"state":"suspended"' agreement list && ok "the other party hears it" || not_ok "the other party hears it"
expect 77 "nothing is drafted any more" as ana DSV release draft identity--$u-00000000000c --to SVB --purpose CT-INV
expect 77 "nothing is matched any more" as ana SVB match run --with DSV --purpose CT-INV
