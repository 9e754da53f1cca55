#!/bin/sh
# Three real nodes: SVB's fact goes through CTB to DSV by SVB's grant, is corrected, and is called
# back to the last of them.
. "$(dirname "$0")/lib/nodes"

# Two officers of NODE approve DRAFT.
approve() { as fdo1 "$1" release approve "$2"; as fdo2 "$1" release approve "$2"; }

for node in DSV SVB CTB; do
    make_node $node fdo1:disclosure fdo2:disclosure lia:liaison ana:analyst
    serve $node
done
cat >"$dir/agreement.json" <<'J'
{"name":"Two","purposes":["CT-INV"],"release":true,"onward":"H2","retention_months":12,
 "not_before":"2024-01-01","not_after":"2025-12-31"}
J
pair SVB CTB; agree SVB CTB "$dir/agreement.json"
pair CTB DSV; agree CTB DSV "$dir/agreement.json"
pair SVB DSV; agree SVB DSV "$dir/agreement.json"

handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
label='"rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect","retention":"2029-01-01","discover":"pointer"'
record=identity--0b51a6f0-1c4e-4c7a-9f7e-00000000000c
person() { printf '{"type":"identity","spec_version":"2.1","id":"%s","created":"2024-11-01T10:11:12.000Z","modified":"2024-11-%sT10:11:12.000Z","name":"%s","identity_class":"individual","extensions":{"%s":{"extension_type":"property-extension",%s}}}\n' $record "$1" "$2" $handling "$label"; }
person 02 'Boris Orlov' >"$dir/record"
run SVB import "$dir/record"
as ana SVB release draft $record --to CTB --purpose CT-INV
release=$(member draft)
approve SVB "$release"
until_has CTB 'Boris Orlov' show $record && ok "the owner's fact is at the partner" || not_ok "the owner's fact is at the partner"

# ---- asking ----
expect 2 "asking needs a reason" as ana CTB onward ask $record --to DSV --purpose CT-INV
expect 77 "what is one's own needs no asking" as ana SVB onward ask $record --to DSV --purpose CT-INV --reason x
expect 77 "it cannot be released as one's own" as ana CTB release draft $record --to DSV --purpose CT-INV
expect 0 "the owner is asked" as ana CTB onward ask $record --to DSV --purpose CT-INV --reason 'their witness knows him'
request=$(member request)
expect 77 "nothing goes before it has answered" as ana CTB release draft --onward "$request" --to DSV --purpose CT-INV
says "by the rule" '\[originator\]'
until_has SVB 'their witness knows him' onward list && ok "the owner hears who, what for and why" || not_ok "the owner hears who, what for and why"

# ---- granting ----
expect 0 "the owner drafts a grant" as ana SVB onward grant "$request" --until 2025-03-31
grant=$(member draft)
expect 77 "its drafter cannot approve it" as ana SVB release approve "$grant"
approve SVB "$grant"
until_has CTB '"state":"granted"' onward list && ok "the carrier has the grant" || not_ok "the carrier has the grant"
expect 77 "it is for nobody else" as ana CTB release draft --onward "$request" --to SVB --purpose CT-INV
expect 0 "the carrier releases it" as ana CTB release draft --onward "$request" --to DSV --purpose CT-INV
passed=$(member draft)
expect 0 "one of its own officers approves" as fdo1 CTB release approve "$passed"
run DSV show $record
hasnt "one is not enough" 'Boris Orlov'
expect 0 "two do" as fdo2 CTB release approve "$passed"
until_has DSV 'Boris Orlov' show $record && ok "the third node has it" || not_ok "the third node has it"
has "as the owner's" '"owner":"SVB"'
as ana DSV case new 'Somebody' --purpose CT-INV
case=$(member case)
as ana DSV case add "$case" $record

# ---- correcting ----
person 09 'Boris Orlow' >"$dir/record"
run SVB import "$dir/record"
expect 0 "the owner corrects it" as ana SVB correct $record --reason misspelt
cp "$dir/out" "$dir/drafts"
for draft in $(sed -n 's/.*"draft":"\([^"]*\)".*/\1/p' "$dir/drafts"); do approve SVB "$draft"; done
until_has CTB 'Boris Orlow' show $record && ok "the carrier has the correction" || not_ok "the carrier has the correction"
until_has DSV 'Boris Orlow' show $record && ok "and the third node" || not_ok "and the third node"
run DSV case show "$case"
has "where what rests on it is flagged" '"basis":"changed"'
until_has SVB '"receipt":{' onward list && ok "whose word comes back" || not_ok "whose word comes back"

# ---- three officers, one officer ----
run CTB user add law --role legal
expect 0 "a peer is put on the list of the assured" run SVB peer assure DSV
has "and shown so" '"assured":true'
run SVB user add law --role legal
as ana SVB release draft $record --to DSV --purpose CT-INV
direct=$(member draft)
approve SVB "$direct"
has "then two are not enough" '"missing":\["a third officer"\]'
expect 0 "the queue shows what waits" run SVB release queue
has "the draft" "\"kind\":\"draft\",\"id\":\"$direct\""
expect 0 "the third sends it" as law SVB release approve "$direct"
has "at last" '"state":"sent"'
as fdo1 SVB recall "$direct" --reason 'only a test'
as ana SVB release draft $record --to CTB --purpose CT-INV
expect 77 "nobody releases alone without the clause" as fdo1 SVB release emergency "$(member draft)" --ground 'no time'

# ---- calling back ----
expect 0 "the owner calls it back" as fdo1 SVB recall "$release" --reason fabricated
until_has DSV '"basis":"withdrawn"' case show "$case" && ok "the third node's case rests on nothing" || not_ok "the third node's case rests on nothing"
run DSV show $record
hasnt "the fact is erased there" 'Boris'
run CTB show $record
hasnt "and at the carrier" 'Boris'
until_has SVB '"erasure":{' onward list && ok "and the owner holds both words of it" || not_ok "and the owner holds both words of it"
until_has SVB "\"release\":\"$release\",\"direction\".*\"state\":\"erased\"" release list && ok "of the carrier, too" || not_ok "of the carrier, too"
# ---- gossip of heads ----
expect 1 "without an agreement of three nobody is told of heads" run SVB log gossip
cat >"$dir/heads.json" <<'J'
{"name":"Heads","purposes":["CT-INV"],"heads":true,"retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J
as lia SVB agreement propose "$dir/heads.json" --with CTB,DSV
agreement=$(member agreement)
for node in SVB CTB DSV; do
    until_has $node "$agreement" agreement list
    as fdo1 $node agreement sign "$agreement"
    as fdo2 $node agreement sign "$agreement"
done
for node in SVB CTB DSV; do until_has $node "$agreement.*\"in_force\":true" agreement list; done
has "three parties agree to tell each other" "$agreement"
expect 0 "then each is" run SVB log gossip
has "of the others" '"told":2'
run CTB log gossip
run DSV log gossip
run SVB log gossip
for node in DSV SVB CTB; do
    run $node log verify
    [ $rc -eq 0 ] && ok "the logs of $node verify" || not_ok "the logs of $node verify"
done
