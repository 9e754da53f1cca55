#!/bin/sh
# same and person on one node: suggested, proposed, confirmed by a second, undone; a page of
# assertions; a path over the join.
set -u
entente=${ENTENTE:-./entente}
dir=$(mktemp -d /tmp/entente-person.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
unset ENTENTE_HOME
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/#   /' "$dir/out" "$dir/err" 2>/dev/null
    fi
}
run() { "$entente" --home "$dir/home" --json "$@" >"$dir/out" 2>"$dir/err"; rc=$?; }
exits() { want=$1 text=$2; shift 2; run "$@"; test $rc -eq "$want"; ok $? "$text"; }
has() { grep -q -- "$2" "$dir/out"; ok $? "$1"; }
hasnt() { grep -q -- "$2" "$dir/out"; test $? -ne 0; ok $? "$1"; }
says() { grep -q -- "$2" "$dir/err"; ok $? "$1"; }
member() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$dir/out" | head -1; }

printf 'a good passphrase\n' >"$dir/pass"
ENTENTE_PASSPHRASE_FILE=$dir/pass
ENTENTE_REASON=TEST-0001
export ENTENTE_PASSPHRASE_FILE ENTENTE_REASON
run init --name DSV --code DSV
for user in ana:analyst boris:analyst law:legal col:collector; do
    run user add "${user%%:*}" --role "${user##*:}"
done

handling='extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa'
person='extension-definition--86a0dc31-d438-42da-82df-fd0d7736d75c'
u=0b51a6f0-1c4e-4c7a-9f7e-0000000000
label='"rating":{"scale":"admiralty","source":"B","information":"2"},"purposes":["CT-INV"],"retention":"2029-01-01"'
times='"created":"2024-11-01T10:11:12.000Z","modified":"2024-11-01T10:11:12.000Z"'
# identity ID NAME BIRTH RAW CATEGORY
identity() {
    printf '{"type":"identity","spec_version":"2.1","id":"identity--%s%s",%s,"name":"%s","identity_class":"individual","extensions":{"%s":{"extension_type":"property-extension",%s,"category":"%s","discover":"pointer"},"%s":{"extension_type":"property-extension","births":[{"value":"%s","raw":"%s"}]}}}\n' \
        $u "$1" "$times" "$2" $handling "$label" "$5" $person "$3" "$4"
}
{
    identity 01 'Elkhan Djouranaïev' 1991-03-07 '07.03.91' suspect
    identity 02 'Juranayef, El Khan' 1991-07-03 '07/03/1991' suspect
    identity 03 'Hedi Marouane Tellab' 1979-05-30 1979-05-30 victim
    identity 04 'Elkhan Juranaev' 1988-07-03 1988-07-03 suspect
    printf '{"type":"identity-document","spec_version":"2.1","id":"identity-document--%s21","document_type":"passport","issuer":"QBZ","number":"650018823","extensions":{"%s":{"extension_type":"property-extension",%s,"category":"suspect","discover":"pointer"}}}\n' $u $handling "$label"
    printf '{"type":"relationship","spec_version":"2.1","id":"relationship--%s31",%s,"relationship_type":"holds","source_ref":"identity--%s01","target_ref":"identity-document--%s21","confidence":90}\n' $u "$times" $u $u
} >"$dir/holdings.jsonl"
exits 0 "holdings are imported" import "$dir/holdings.jsonl"
a=identity--${u}01 b=identity--${u}02 victim=identity--${u}03 violin=identity--${u}04
passport=identity-document--${u}21

exits 0 "what may be one person is suggested" same suggest $a
has "with score, decision and why" "\"b\":\"$b\",\"score\":0\\.[0-9]*,\"decision\":\"same\",\"why\":\\[\"[^\"]"
exits 1 "no path yet" path $b $passport --evidential
exits 2 "nobody says it who is not known" same propose $a $b
exits 77 "a collector does not say it" --as col same propose $a $b
exits 77 "a victim is joined to nobody" --as ana same propose $a $victim
says "and the clause is named" '\[category\]'
exits 66 "what is not held cannot be joined" --as ana same propose $a identity--${u}99
exits 0 "an analyst proposes" --as ana same propose $a $b
id=$(member id)
has "with the evidence" '"why":\["[^"]'
has "signed" '"act":"propose","by":"ana","node":"DSV","role":"analyst".*"signed":true'
exits 77 "and cannot confirm it" --as ana same confirm "$id"
exits 65 "nor can it be said twice" --as boris same propose $b $a
exits 0 "it waits" same list --state proposed
exits 0 "a second confirms" --as boris same confirm "$id"
has "both stand behind it" '"by":"ana".*"by":"boris"'

exits 0 "one page" person $b
has "has both records" "\"records\":\\[{\"id\":\"$b\".*\"id\":\"$a\""
has "a birth as a reading with what was written" '"assertion":"birth","value":"1991-07-03","raw":"07/03/1991"'
has "and the other reading beside it" '"assertion":"birth","value":"1991-03-07","raw":"07.03.91"'
has "the passport, with owner, rating and label" '"assertion":"document","value":"document QBZ 650018823".*"owner":"DSV".*"label":{'
has "and who says that they are one" '"assertion":"same".*"state":"confirmed"'
"$entente" --home "$dir/home" person $b >"$dir/out" 2>"$dir/err"
has "people read it as a table" '^birth  *1991-07-03  *DSV  *B2 '
exits 66 "a stranger is no peer" person $b --as-known-by XYZ
exits 0 "the join is a step of a path" path $b $passport --evidential
has "with its authors" '"link":"same-person-as".*"owner":"DSV/ana, DSV/boris","confidence":85'

exits 0 "one step undoes it" --as ana same undo "$id" --reason 'another year'
exits 0 "the page" person $b
hasnt "is what it was" '"raw":"07.03.91"'
has "and remembers" '"state":"undone".*"why":"another year"'
exits 1 "and the path is gone" path $b $passport --evidential

printf '{"type":"relationship","spec_version":"2.1","id":"relationship--%s32",%s,"relationship_type":"presumed-same-as","source_ref":"%s","target_ref":"%s","confidence":70}\n' \
    $u "$times" $violin $a >"$dir/link.jsonl"
exits 0 "a link says that two are one, which nobody confirmed" import "$dir/link.jsonl"
exits 0 "it is evidence as any link is" path $violin $passport --evidential
exits 0 "never is said by one" --as law same never $a $violin --reason 'redress'
never=$(member id)
exits 1 "and the link is none any more, in the graph that was kept either" path $violin $passport --evidential
exits 0 "it stays to be seen" path $violin $passport
has "as no evidence" '"link":"presumed-same-as".*"evidential":false'
exits 1 "nor in the graph that is kept from then on" path $violin $passport --evidential
exits 77 "and stands against a proposal" --as ana same propose $violin $a
says "by name" '\[never\]'
exits 77 "its author does not take it back" --as law same undo "$never"
exits 0 "somebody else does" --as ana same undo "$never"
exits 0 "and the link is evidence again" path $violin $passport --evidential
exits 65 "what is undone is not confirmed" --as boris same confirm "$id"
exits 66 "an unknown statement is not found" --as boris same confirm "${u}77"
echo "1..$n"
