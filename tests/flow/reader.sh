#!/bin/sh
# A partner without a node: it has a TAXII client and a certificate, and sees at the border
# what was released to it, as long as it is, and nothing that tells of the rest.
. "$(dirname "$0")/lib/nodes"

# reads HOME METHOD PATH [curl...]: as the holder of that home's key; status in $got, head in $dir/head
reads() {
    key=$1 method=$2 path=$3; shift 3
    got=$(curl -s --max-time 60 --cacert "$dir/SVC/keys/border.crt" --cert "$dir/$key/keys/courier.crt" \
        --key "$dir/$key/keys/courier.key" -X "$method" -H "$accept" -D "$dir/head" -o "$dir/out" \
        -w '%{http_code}' "$@" "$url$path" 2>"$dir/err")
}
is() { if [ "$got" = "$2" ]; then ok "$1"; else echo "# status $got, not $2"; not_ok "$1"; fi; }
# until_is STATUS HOME PATH
until_is() {
    tries=0
    while reads "$2" GET "$3"; [ "$got" != "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || return 1
    done
}
accept='Accept: application/taxii+json;version=2.1'

make_node SVC fdo1:disclosure fdo2:disclosure law:legal lia:liaison ana:analyst
# The others lend their keys: what a partner has is a certificate and its key, no node.
for node in HARBOUR EVE COAST; do make_node $node; done
mkfifo "$dir/said"
"$entente" --home "$dir/SVC" serve >"$dir/said" 2>"$dir/log" &
pids=$!
exec 9<"$dir/said"
read -r _ _ <&9
read -r _ url <&9
url=${url%/}

# ---- becoming one ----
expect 65 "a partner has a certificate" run SVC peer reader HARBOUR --certificate "$dir/pass"
expect 0 "and is known by its key" run SVC peer reader HARBOUR --name 'Harbour police' --certificate "$dir/HARBOUR/keys/courier.crt"
collection=$(member collection)
objects=/released/collections/$collection/objects/
has "it is told where it reads" '"root":"released"'
expect 2 "no code, no partner" run SVC peer reader harbour --certificate "$dir/HARBOUR/keys/courier.crt"
expect 65 "one key is one partner" run SVC peer reader OTHER --certificate "$dir/HARBOUR/keys/courier.crt"
run SVC peer list
has "it is a peer like others" '"peer":"HARBOUR","name":"Harbour police","state":"confirmed"'
has "without a node" '"reader":true'
until_is 200 HARBOUR /taxii2/ && ok "its certificate lets it in at the border" || not_ok "its certificate lets it in at the border"
has "where it sees one root" '"api_roots":\["/released/"\]'
reads EVE GET /taxii2/; is "another's key sees nothing" 404
got=$(curl -s --max-time 60 --cacert "$dir/SVC/keys/border.crt" -H "$accept" -o "$dir/out" -w '%{http_code}' "$url/taxii2/" 2>"$dir/err")
is "nor does one without a key" 000
reads HARBOUR GET /released/collections/
has "there is one collection, to read" '"id":"'"$collection"'".*"can_read":true,"can_write":false'
reads HARBOUR GET "$objects"
[ "$(cat "$dir/out")" = '{}' ] && ok "with nothing in it yet" || not_ok "with nothing in it yet"
reads HARBOUR GET /entente/v1/checkpoint; is "it reads no files" 404
reads HARBOUR GET /entente/v1/taxii.db; is "not even its own" 404

# ---- what can be agreed with it ----
terms() { printf '{"name":"Paper","purposes":["CT-INV"],"release":true,"onward":"H2",%s"retention_months":12,"not_before":"2024-01-01","not_after":"%s"}' "$1" "$2"; }
terms '"match":{"keys_per_day":1000,"set_max":1000},' 2025-12-31 >"$dir/match.json"
expect 2 "no match can be agreed with who has no node" as lia SVC agreement propose "$dir/match.json" --with HARBOUR
says "and that is said" 'HARBOUR has no node'
terms '' 2025-12-31 >"$dir/paper.json"
expect 0 "a release can" as lia SVC agreement propose "$dir/paper.json" --with HARBOUR
agreement=$(member agreement)

handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
u=0b51a6f0-1c4e-4c7a-9f7e
label='"rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"category":"suspect"'
person() { printf '{"type":"identity","spec_version":"2.1","id":"identity--%s","created":"2024-11-01T10:11:12.000Z","modified":"2024-11-0%sT10:11:12.000Z","name":"%s","identity_class":"individual","description":"CANARY-NOTE","extensions":{"%s":{"extension_type":"property-extension",%s,"retention":"%s","discover":"pointer"}}}\n' "$1" "$2" "$3" $handling "$label" "${4:-2029-01-01}"; }
anna=identity--$u-00000000000c boris=identity--$u-00000000000d clara=identity--$u-00000000000e
{ person ${anna#identity--} 1 'Anna Orlova'; person ${boris#identity--} 1 'Boris Orlov'; person ${clara#identity--} 1 'Clara Orlova' 2024-12-01; } >"$dir/own.jsonl"
expect 0 "holdings are imported" run SVC import "$dir/own.jsonl"
expect 77 "nothing goes before it is in force" as ana SVC release draft $anna --to HARBOUR --purpose CT-INV
as fdo1 SVC agreement sign "$agreement"
expect 0 "our two officers put it in force" as law SVC agreement sign "$agreement"
run SVC agreement list
has "for ours is the only side that signs" '"in_force":true'
expect 77 "no message goes to who cannot hear it" as ana SVC msg send --to HARBOUR --purpose CT-INV --text hello
expect 2 "nor is it pulled from" run SVC pull HARBOUR

# ---- released to it, by two ----
# released ID: drafts, approves; the release in $release, what it goes by in $sent
released() {
    as ana SVC release draft "$1" --to HARBOUR --purpose CT-INV
    draft=$(member draft)
    as fdo1 SVC release approve "$draft"
    as fdo2 SVC release approve "$draft"
    release=$(member release)
    [ -n "$release" ] || not_ok "$1 is released"
}
as ana SVC release draft $anna --to HARBOUR --purpose CT-INV
draft=$(member draft)
as fdo1 SVC release approve "$draft"
reads HARBOUR GET "$objects"
[ "$(cat "$dir/out")" = '{}' ] && ok "one officer releases nothing" || not_ok "one officer releases nothing"
as fdo2 SVC release approve "$draft"
release=$(member release)
reads HARBOUR GET "$objects"
has "with the second it is there, at once" 'Anna Orlova'
hasnt "as it was approved: without what was withheld" CANARY-NOTE
hasnt "and nothing else is" Boris
has "and says that it is of an exercise" '"exercise":true'
sent=$(member id)
grep -i -q '^x-taxii-date-added-last:' "$dir/head" && ok "with the dates that clients go on from" || not_ok "with the dates that clients go on from"
grep -i -q '^content-type: application/taxii+json;version=2.1' "$dir/head" && ok "in the media type of TAXII" || not_ok "in the media type of TAXII"
sent=$(grep -o 'identity--[0-9a-f-]*' "$dir/out" | head -1)
reads HARBOUR GET "$objects$sent/"; is "it is found by its id" 200
reads HARBOUR GET "/released/collections/$collection/manifest/"
has "it is in the manifest" "$sent"
reads HARBOUR GET "$objects$sent/versions/"
has "with its version" '2024-11-01T10:11'
reads HARBOUR GET "$objects?match%5Btype%5D=malware"
[ "$(cat "$dir/out")" = '{}' ] && ok "filters apply" || not_ok "filters apply"
run SVC log verify HARBOUR
[ $rc -eq 0 ] && ok "the log of what left verifies" || not_ok "the log of what left verifies"
run SVC export --to HARBOUR
has "and it is known what the partner has" 'Anna Orlova'
run SVC release list
has "under which agreement" '"agreement":"'"$agreement"'"'
grep -q '"user":"HARBOUR","verb":"objects".*'"$collection" "$dir/SVC/journal/reads/HARBOUR.jsonl" && ok "what it read is in the journal" || not_ok "what it read is in the journal"

# ---- what is not there tells nothing ----
# The answer to an id, as far as it could differ: status, head without its date, body.
answer() { reads HARBOUR GET "$objects$1/"; { echo "$got"; grep -v -i '^date:' "$dir/head"; cat "$dir/out"; } >"$dir/answer.$2"; }
answer $boris withheld
answer identity--aaaaaaaa-1c4e-4c7a-9f7e-00000000000c absent
cmp -s "$dir/answer.withheld" "$dir/answer.absent" && ok "withheld and absent are one answer" || not_ok "withheld and absent are one answer"
is "not found" 404
expect 0 "another partner" run SVC peer reader COAST --certificate "$dir/COAST/keys/courier.crt"
other=$(member collection)
until_is 200 COAST /taxii2/ || not_ok "the other partner is let in"
until_is 200 HARBOUR /taxii2/ || not_ok "the partner is let in again"
answer $anna own
reads COAST GET "$objects"; is "does not see the collection of the first" 404
cp "$dir/out" "$dir/foreign"
reads COAST GET "/released/collections/10000000-0000-4000-8000-000000000009/objects/"
cmp -s "$dir/out" "$dir/foreign" && ok "which is as if there were none" || not_ok "which is as if there were none"
reads COAST GET "/released/collections/$other/objects/"
[ "$(cat "$dir/out")" = '{}' ] && ok "its own is empty" || not_ok "its own is empty"
reads COAST GET /exchange/; is "other roots do not exist" 404

# ---- it cannot write ----
body='{"objects":[{"type":"identity","spec_version":"2.1","id":"identity--bbbbbbbb-1c4e-4c7a-9f7e-00000000000c"}]}'
reads HARBOUR POST "$objects" -H 'Content-Type: application/taxii+json;version=2.1' -d "$body"; is "adding is refused" 403
has "with a TAXII error" '"http_status":"403"'
reads HARBOUR DELETE "$objects$sent/"; is "so is removing" 403
reads HARBOUR PUT "$objects"; is "and what TAXII has not" 405
reads HARBOUR GET "$objects$sent/"; is "all is as it was" 200

# ---- corrected, expired, called back, suspended ----
released $clara
reads HARBOUR GET "$objects"
has "another release is beside it" 'Clara Orlova'
person ${anna#identity--} 9 'Anna Orlowa' >"$dir/corrected.jsonl"
run SVC import "$dir/corrected.jsonl"
as ana SVC correct $anna --reason misspelt
draft=$(member draft)
as fdo1 SVC release approve "$draft"
as fdo2 SVC release approve "$draft"
reads HARBOUR GET "$objects"
has "a correction takes its place" 'Anna Orlowa'
hasnt "wholly" 'Anna Orlova'
printf '2024-12-02T00:00:00Z\n' >"$dir/clock" && mv "$dir/clock" "$dir/SVC/exercise-clock"
tries=0
while reads HARBOUR GET "$objects"; grep -q Clara "$dir/out" && [ $tries -lt 500 ]; do tries=$((tries + 1)); done
hasnt "what is past its last day goes by itself" Clara
has "and only that" 'Anna Orlowa'
run SVC release list
for one in $(grep -o '"release":"[^"]*"' "$dir/out" | cut -d'"' -f4 | sort -u); do
    as fdo1 SVC recall "$one" --reason 'not his'
done
reads HARBOUR GET "$objects"
[ "$(cat "$dir/out")" = '{}' ] && ok "what is called back is gone from the next answer" || not_ok "what is called back is gone from the next answer"
reads HARBOUR GET "$objects$sent/"; is "by its id too" 404
if grep -q -a Orlowa "$dir/SVC/links/HARBOUR/view/taxii.db"; then not_ok "and from the file"; else ok "and from the file"; fi

# Released and not in the log yet: who appends to it is kept waiting.
as ana SVC release draft $boris --to HARBOUR --purpose CT-INV
draft=$(member draft)
as fdo1 SVC release approve "$draft"
exec 8>"$dir/SVC/links/HARBOUR/out.lock"
flock 8
"$entente" --home "$dir/SVC" release approve "$draft" --as fdo2 >/dev/null 2>&1 8>&- &
approving=$!
tries=0
while run SVC release list; ! grep -q '"state":"sent"' "$dir/out" && [ $tries -lt 500 ]; do tries=$((tries + 1)); done
has "what two have approved is sent" '"state":"sent"'
run SVC peer reader HARBOUR --name 'Harbour police' --certificate "$dir/HARBOUR/keys/courier.crt"
until_is 200 HARBOUR "$objects" || not_ok "the partner is let in again"
[ "$(cat "$dir/out")" = '{}' ] && ok "but not to be seen before it stands in the log" || not_ok "but not to be seen before it stands in the log"
exec 8>&-
wait $approving
reads HARBOUR GET "$objects"
has "and then it is" Boris
expect 0 "an agreement that is suspended" as fdo1 SVC agreement suspend "$agreement" --reason 'for now'
reads HARBOUR GET "$objects"
[ "$(cat "$dir/out")" = '{}' ] && ok "takes away all that came under it" || not_ok "takes away all that came under it"
expect 0 "another certificate takes the place of the first" run SVC peer reader HARBOUR --name 'Harbour police' --certificate "$dir/EVE/keys/courier.crt"
until_is 200 EVE /taxii2/ && ok "which lets in" || not_ok "which lets in"
reads HARBOUR GET /taxii2/; is "while the old one does not" 404
expect 0 "a partner that is suspended" run SVC peer suspend HARBOUR --reason 'its key was lost'
until_is 404 EVE /taxii2/ && ok "is not let in" || not_ok "is not let in"
