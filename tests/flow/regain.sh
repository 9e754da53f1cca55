#!/bin/sh
# A node comes back from an old backup, with real nodes over TLS: what it said since is fetched back
# from its partner, the log goes on, and the partner sees one history.
. "$(dirname "$0")/lib/nodes"

label='"rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect","retention":"2029-01-01","discover":"pointer"'
handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
u=0b51a6f0-1c4e-4c7a-9f7e-00000000000
person() { printf '{"type":"identity","spec_version":"2.1","id":"identity--%s","created":"2024-11-01T10:11:12.000Z","modified":"2024-11-01T10:11:12.000Z","name":"%s","identity_class":"individual","extensions":{"%s":{"extension_type":"property-extension",%s}}}\n' "$1" "$2" $handling "$label"; }
# release NODE PERSON: drafted, approved by two, received; its id in $release
release() {
    as ana "$1" release draft "identity--$u$2" --to SVB --purpose CT-INV
    draft=$(member draft)
    as fdo1 "$1" release approve "$draft"
    expect 0 "$2 is released by two" as fdo2 "$1" release approve "$draft"
    release=$(member release)
    until_has "$1" '"release":"'"$release"'".*"state":"received"\|"state":"received".*"release":"'"$release"'"' release list &&
        ok "and received" || not_ok "and received"
}
# until_says PATTERN: a line of DSV's serve
until_says() {
    tries=0
    while [ $tries -lt 2000 ] && ! grep -q -- "$1" "$dir/DSV.log"; do run SVB status; tries=$((tries + 1)); done
    grep -q -- "$1" "$dir/DSV.log"
}

for node in DSV SVB; do
    make_node $node fdo1:disclosure fdo2:disclosure law:legal lia:liaison ana:analyst
    serve $node
done
# The address that partners know is the one that it comes back to.
run DSV status
port=$(member border_url | sed 's/.*://; s|/.*||')
sed "s/^\(border *= *[^ ]*\):0/\1:$port/" "$dir/DSV/entente.conf" >"$dir/conf"
cp "$dir/conf" "$dir/DSV/entente.conf"
pair DSV SVB
printf '{"name":"One","purposes":["CT-INV"],"match":{"keys_per_day":1000,"set_max":1000},"release":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}\n' >"$dir/terms.json"
agree DSV SVB "$dir/terms.json"
{ person ${u}a 'Anna Orlova'; person ${u}b 'Boris Orlov'; person ${u}c 'Clara Orlova'; } >"$dir/dsv.jsonl"
expect 0 "holdings are imported" run DSV import "$dir/dsv.jsonl"
release DSV a
first=$release

expect 0 "the node is backed up" run DSV backup "$dir/old.tar"
expect 0 "the partner's key is replaced, which the backup does not know" run SVB key rotate --recovery "$dir/SVB/keys/recovery"
release DSV b
second=$release
expect 0 "and then something is called back" as fdo1 DSV recall "$first" --reason "wrong person"
until_has DSV '"state":"erased"' release list && ok "and erased at the partner" || not_ok "and erased at the partner"
run DSV log head SVB
size=$(sed -n 's/.*"side":"out".*"size":\([0-9]*\).*/\1/p' "$dir/out")

# ---- the disk is lost ----
kill -9 "$pid_DSV"
wait "$pid_DSV" 2>/dev/null
rm -rf "$dir/DSV"
word=$(cksum <"$dir/SVB/links/DSV/out/cosignature")
expect 0 "and the partner's key is replaced once more" run SVB key rotate --recovery "$dir/SVB/keys/recovery"
tries=0
while [ $tries -lt 2000 ] && [ "$(cksum <"$dir/SVB/links/DSV/out/cosignature")" = "$word" ]; do run SVB status; tries=$((tries + 1)); done
[ $tries -lt 2000 ] && ok "by which it says how much it has read, though nothing can be pulled" || not_ok "by which it says how much it has read, though nothing can be pulled"
expect 0 "an old backup is restored" run DSV restore "$dir/old.tar"
says "which says what to do" 'log regain'
run DSV log head SVB
old=$(sed -n 's/.*"side":"out".*"size":\([0-9]*\).*/\1/p' "$dir/out")
[ "$old" -lt "$size" ] && ok "the log is shorter than it was: $old of $size" || not_ok "the log is shorter than it was: $old of $size"
run DSV doctor
has "doctor says so" 'SVB: held.*log regain SVB'
expect 77 "nothing can be said meanwhile" as ana DSV release draft identity--${u}c --to SVB --purpose CT-INV
run DSV release list
hasnt "the store does not know the second release" "$second"

expect 0 "what was said since is fetched back" run DSV log regain SVB
has "all of it" '"had":'"$old"',"regained":'$((size - old))',"size":'"$size"
says "and where it is listed" 'log regained'
expect 0 "our log is whole" run DSV log verify SVB
expect 0 "once more changes nothing" run DSV log regain
has "there is nothing to fetch" '"regained":0'
expect 0 "what the store does not know is listed" run DSV log regained
has "a release" '"state":"lost".*"kind":"release"'
has "and a recall" '"state":"lost".*"kind":"recall"'

words=$(run DSV peer list; member words)
expect 0 "the link is confirmed anew" run DSV peer confirm SVB "$words"
serve DSV
until_has DSV '"state":"received","release":"'"$second" log regained && ok "the receipt is read again, and names the release" || not_ok "the receipt is read again, and names the release"
until_has DSV '"state":"erased".*"kind":"recall"' log regained && ok "that of the recall too" || not_ok "that of the recall too"

# ---- and goes on ----
release DSV c
run SVB log verify
[ $rc -eq 0 ] && ok "the partner's log of us verifies" || not_ok "the partner's log of us verifies"
[ ! -e "$dir/SVB/links/DSV/stopped" ] && [ -z "$(ls "$dir/SVB/links/DSV/evidence" 2>/dev/null)" ] &&
    ok "and no partner has seen two histories" || not_ok "and no partner has seen two histories"
run SVB peer list
hasnt "nor is there an alarm" '"alarm"'
expect 0 "a release that only the partner knows can be called back" as fdo1 DSV recall "$second" --reason "after the restore"
until_has DSV '"state":"erased","release":"'"$second" log regained && ok "and is erased there" || not_ok "and is erased there"
run SVB show identity--${u}b
has "the partner holds it no more" "\"erased\":\"recalled: $second"

# ---- a disk that was set back without a word: a snapshot ----
kill "$pid_DSV"; wait "$pid_DSV" 2>/dev/null
cp -a "$dir/DSV" "$dir/snapshot"
serve DSV
person ${u}d 'Dora Orlova' >"$dir/late.jsonl"
run DSV import "$dir/late.jsonl"
release DSV d
kill "$pid_DSV"; wait "$pid_DSV" 2>/dev/null
rm -rf "$dir/DSV"; mv "$dir/snapshot" "$dir/DSV"
serve DSV
until_says 'link SVB: the peer has cosigned more of our log than is on this disk' && ok "it finds out before it serves anybody" || not_ok "it finds out before it serves anybody"
run DSV peer list
has "and holds the link" '"state":"held"'
expect 0 "it regains its log while it serves" run DSV log regain
expect 0 "and the link goes on" run DSV peer confirm SVB "$words"
person ${u}e 'Emma Orlova' >"$dir/late.jsonl"
run DSV import "$dir/late.jsonl"
release DSV e
[ ! -e "$dir/SVB/links/DSV/stopped" ] && ok "the partner noticed nothing" || not_ok "the partner noticed nothing"
