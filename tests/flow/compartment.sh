#!/bin/sh
# compartments: who is not in all of a record's compartments finds it nowhere, and what it is told is
# byte for byte what is said of something that is not held.
set -u
entente=${ENTENTE:-$PWD/entente}
unset ENTENTE_HOME
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/#   /' "$work/out" "$work/err"; fi
}
run() { "$entente" --home "$work/home" --json "$@" >"$work/out" 2>"$work/err"; }
has() { grep -q -- "$1" "$work/out"; }

printf 'a good passphrase\n' >"$work/pass"
ENTENTE_PASSPHRASE_FILE=$work/pass
ENTENTE_REASON=TEST-0001
export ENTENTE_PASSPHRASE_FILE ENTENTE_REASON
run init --name Test --code TST --exercise 2024-11-10T12:00:00Z
for user in in:analyst out:analyst lea:legal eye:oversight fdo:disclosure two:disclosure adm:admin; do
    run user add "${user%%:*}" --role "${user##*:}"
done
hidden=identity--11111111-1111-4111-8111-111111111111
open=identity--21111111-1111-4111-8111-111111111111
other=identity--31111111-1111-4111-8111-111111111111
link=relationship--41111111-1111-4111-8111-111111111111
second=relationship--51111111-1111-4111-8111-111111111111
report=report--61111111-1111-4111-8111-111111111111
absent=identity--71111111-1111-4111-8111-111111111111
stamp='"spec_version":"2.1","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z"'
person() { printf '{"type":"identity",%s,"id":"%s","identity_class":"individual","name":"%s"}' "$stamp" "$1" "$2"; }
tie() { printf '{"type":"relationship",%s,"id":"%s","relationship_type":"related-to","source_ref":"%s","target_ref":"%s"}' "$stamp" "$1" "$2" "$3"; }
{
    printf '{"type":"bundle","id":"bundle--81111111-1111-4111-8111-111111111111","objects":['
    person $hidden "Hakob Verdure" && printf ',' && person $open "Osanna Verdure" && printf ',' && person $other "Otar Pell"
    printf ',' && tie $link $open $hidden && printf ',' && tie $second $hidden $other
    printf ',{"type":"report",%s,"id":"%s","name":"On two","published":"2024-01-01T00:00:00Z","object_refs":["%s","%s"]}]}' "$stamp" $report $hidden $open
} >"$work/all.json"
run import "$work/all.json" --rating B2 --purpose CT-INV --category suspect --discover pointer --retention 2025-12-31
run --as out show $hidden && has Hakob
ok $? "in no compartment, everybody reads it"
run --as out path $open $other && has "\"to\":\"$hidden\""
ok $? "and a path goes through it"
before=$("$entente" --home "$work/home" --json status | grep -o '"objects":[0-9]*')
run --as in hypo open --title 'Hakob is there' --confidence likely --purpose CT-INV --basis $hidden && run --as out hypo views && has Hakob
ok $? "and a joint view on it is read by all"
# A partner, an agreement in force with it, and a draft.
"$entente" --home "$work/partner" init --name Partner --code PAR >"$work/out" 2>"$work/err"
run peer reader PAR --certificate "$work/partner/keys/courier.crt"
printf '{"name":"Paper","purposes":["CT-INV"],"release":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}' >"$work/terms.json"
run --as lea agreement propose "$work/terms.json" --with PAR
agreement=$(sed -n 's/.*"agreement":"\([^"]*\)".*/\1/p' "$work/out")
run --as fdo agreement sign "$agreement"
run --as two agreement sign "$agreement"
run --as in release draft $hidden --to PAR --purpose CT-INV && run --as out release drafts && has "$hidden"
ok $? "and a draft with it"
draft=$(sed -n 's/.*"draft":"\([^"]*\)".*/\1/p' "$work/out" | head -1)

run --as in compartment put $hidden OPAL
test $? -eq 77
ok $? "nobody puts a record where he is not himself"
run user clearance in --compartment OPAL,ONYX && run user clearance lea --compartment OPAL && has '"compartments":\["OPAL"\]'
ok $? "an administrator says who is in a compartment"
run --as in compartment members && has '"name":"lea","role":"legal","compartments":\["OPAL"\]' && has '"name":"in".*\["ONYX","OPAL"\]\|"name":"in".*\["OPAL","ONYX"\]'
ok $? "a member sees who else is in it"
run --as lea compartment members && has OPAL && ! has ONYX && has '"name":"eye","role":"oversight","compartments":\["\*"\]'
ok $? "and nothing of a compartment that is not one's own"
run --as out compartment members && ! has OPAL && ! has '"name":"in"'
ok $? "who is in none is told of none"
run --as adm compartment members && has OPAL && has ONYX && ! run --as adm compartment list
ok $? "an administrator sees who is in which, and not what"
run user clearance out --compartment 'o pal'
test $? -eq 2
ok $? "and is told what is no name"
run --as in compartment put $absent OPAL
test $? -eq 66
ok $? "what is not held cannot be put anywhere"
run --as in compartment put $hidden OPAL
ok $? "a member puts a record there"
run --as in compartment put $hidden OPAL
test $? -eq 65 || test -s "$work/err"
ok $? "once"

# same COMMAND...: with the hidden id and with the absent one, every byte that is said is the same
same() {
    run --as out "$@" $hidden; code=$?
    sed "s/$hidden/ID/g" "$work/out" "$work/err" >"$work/hidden"
    run --as out "$@" $absent
    test $? -eq $code || return 1
    sed "s/$absent/ID/g" "$work/out" "$work/err" >"$work/absent"
    cmp -s "$work/hidden" "$work/absent"
}
for command in show history "show $open" "show --owner TST" "path $open" "path --chain $open" ties "evidence list" "explain --to PAR --purpose CT-INV" "release draft --to PAR --purpose CT-INV" "compartment put"; do
    case $command in
    "compartment put") same compartment put ;;
    # shellcheck disable=SC2086
    *) same $command ;;
    esac
    ok $? "who is not in it is told of \`$command\` what is said of nothing"
done
run --as out show $open $hidden $other && has "$open" && has "$other" && ! has '"id":"'$hidden
ok $? "of several it is told those that it may know"
run --as out search Hakob
test $? -eq 1 && ! has "$hidden"
ok $? "a search does not find it"
run --as out search Verdure && has "$open" && ! has "$hidden"
ok $? "and finds the others of its name"
run --as out export && ! has 1111111-1111-4111-8111-111111111111.*Hakob && ! grep -q -e "$hidden" -e "$link" -e "$report" "$work/out" && has "$open"
ok $? "an export has neither it nor what names it"
run --as out show $link
test $? -eq 66
ok $? "a link to it is not there"
run --as out show $report
test $? -eq 66
ok $? "nor a report on it"
run --as out ties $open
! has "$hidden" && ! has "$link"
ok $? "nor is it among another's ties"
run --as out path $open $other
test $? -eq 1 && ! has "$hidden" && ! has "$link"
ok $? "no path goes through it"
run --as out hypo views
! has Hakob
ok $? "nor does a joint view speak of it"
run --as out release drafts
! has "$draft"
ok $? "nor is a draft with it listed"
run --as two release approve "$draft"
test $? -eq 66
ok $? "or approved by who may not know of it"
run show $hidden
test $? -eq 66
ok $? "who does not say who he is, is in no compartment"
after=$("$entente" --home "$work/home" --json status | grep -o '"objects":[0-9]*')
test "${before#*:}" = "$((${after#*:} + 4))"
ok $? "and no count has it"
run --as out compartment list
! has OPAL
ok $? "nor the list of compartments"

run --as in show $hidden && has Hakob && run --as in path $open $other && has "$hidden" && run --as in search Hakob && has "$hidden"
ok $? "a member sees it as before"
run --as in release drafts && has "$draft"
ok $? "and the draft"
run --as in compartment list && has "\"object\":\"$hidden\",\"compartments\":\[\"OPAL\"\]"
ok $? "and where it is"
run --as eye show $hidden && has Hakob
ok $? "so does oversight"
run --as in compartment put $hidden ONYX && run --as lea show $hidden
test $? -eq 66
ok $? "of several compartments one must be in all"
sed 's/"modified":"2024-01-01/"modified":"2024-02-01/g' "$work/all.json" >"$work/next.json"
run import "$work/next.json" --rating B2 --purpose CT-INV --category suspect --discover pointer --retention 2025-12-31 && has '"updated":6'
ok $? "a new version is taken"
run --as out show $hidden
test $? -eq 66
ok $? "and is in the same compartments"
run --as in compartment take $hidden ONYX --reason 'over'
test $? -eq 77
ok $? "an analyst takes nothing out"
run user clearance lea --compartment OPAL,ONYX && run --as lea compartment take $hidden ONYX --reason over && run --as lea compartment take $hidden OPAL --reason over && run --as out show $hidden && has Hakob
ok $? "the legal officer does, and everybody reads it again"

# ---- brought in hidden ----
first=identity--91111111-1111-4111-8111-111111111111
phone=phone-number--91111111-1111-4111-8111-111111111112
{
    printf '{"type":"bundle","id":"bundle--91111111-1111-4111-8111-111111111119","objects":['
    person $first "Verity Quill" && printf ',{"type":"phone-number","spec_version":"2.1","id":"%s","value":"+999 88 555 0199"}]}' $phone
} >"$work/hidden.json"
full="--rating B2 --purpose CT-INV --category suspect --discover pointer --retention 2025-12-31"
# shellcheck disable=SC2086
run --as out import "$work/hidden.json" --compartment OPAL $full
test $? -eq 77 && run show $first
test $? -eq 66
ok $? "nobody brings anything into a compartment where he is not himself"
# shellcheck disable=SC2086
run import "$work/hidden.json" --compartment OPAL $full
test $? -eq 2
ok $? "or without saying who he is"
# shellcheck disable=SC2086
run --as in import "$work/hidden.json" --compartment 'o pal' $full
test $? -eq 2
ok $? "a compartment has a name"
run --as in import "$work/hidden.json" --compartment OPAL && has '"quarantined":2'
ok $? "what lacks a label is held back all the same"
run quarantine list
! has $first
ok $? "and whoever is in no compartment does not see it there"
run --as in quarantine list && has $first
ok $? "while a member does"
# shellcheck disable=SC2086
run --as in import "$work/hidden.json" --compartment OPAL $full && has '"added":2'
ok $? "a member brings them in"
for id in $first $phone; do
    run --as out show $id
    test $? -eq 66
    ok $? "hidden from the first moment on"
    run --as in show $id
    ok $? "and shown to its members"
done
run --as out search Quill
test $? -eq 1
ok $? "no search of others finds it"
run --as in compartment list && has "\"object\":\"$first\",\"compartments\":\[\"OPAL\"\]"
ok $? "it is where it was brought"
# shellcheck disable=SC2086
run --as in import "$work/hidden.json" --compartment OPAL $full && has '"unchanged":2'
ok $? "twice is once"
echo "1..$n"
