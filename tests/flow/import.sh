#!/bin/sh
# import: files into the holdings and out again, bad input, and kill -9 in the middle.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
unset ENTENTE_HOME
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
has() { grep -qF -- "$2" "$1"; }
run() { "$entente" --home "$work/home" "$@"; }

run init --name Test --code TST >/dev/null
label="--rating B2 --purpose CT-INV --category suspect --retention 2099-01-01 --discover pointer"
id=1111111

# ---- STIX ----
{
    printf '{"type":"bundle","id":"bundle--%s1-1111-4111-8111-111111111111","objects":[\n' $id
    printf '{"type":"malware","id":"malware--%s1-1111-4111-8111-111111111111","spec_version":"2.1",' $id
    printf '"created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z","name":"Tritón","x_note" : 1.50e1,"is_family":false},\n'
    printf '{"type":"phone-number","id":"phone-number--%s2-1111-4111-8111-111111111111","value":"+999 88 555 0147"}\n' $id
    printf ']}'
} >"$work/bundle.json"
run --json import "$work/bundle.json" >"$work/out" 2>"$work/err"
ok $? "a bundle is imported"
has "$work/out" '"format":"stix","read":2,"added":1,"updated":0,"unchanged":0,"quarantined":1,"rejected":0'
ok $? "the line of the file counts what became of its items"
has "$work/out" '"result":"quarantined","reason":"it is about a person and has no label'
ok $? "personal data without a label is held back, and it is said what it lacks"
has "$work/out" '"reason_said":{"code":"import.lacks"'
ok $? "and which sentence it is, for a console of another language"
run search 5550147 >/dev/null 2>&1
test $? -eq 1
ok $? "what is held back is not found"
run --json quarantine list | grep -q phone-number
ok $? "the quarantine lists it"
# shellcheck disable=SC2086
run --json quarantine release $label "phone-number--${id}2-1111-4111-8111-111111111111" | grep -q '"result":"added"'
ok $? "it is released with the label it lacked"
run --json search '+999 88 555 0147' | grep -q '"type":"phone-number".*"rating":"B2"'
ok $? "and is found by its number however it is written"
run --json show "phone-number--${id}2-1111-4111-8111-111111111111" | grep -q '"keys":\["tel:+999885550147"\]'
ok $? "show gives its match key"
phone="phone-number--${id}2-1111-4111-8111-111111111111" malware="malware--${id}1-1111-4111-8111-111111111111"
run --json show "$phone" "${malware%1}2" "$malware" >"$work/out"
test $? -eq 0 && test "$(wc -l <"$work/out")" -eq 2 && sed -n 1p "$work/out" | grep -q "\"id\":\"$phone\"" && has "$work/out" "\"id\":\"$malware\""
ok $? "of several ids those that are held are shown, in their order"
run show "${malware%1}2" "${malware%1}3" >"$work/out" 2>"$work/err"
test $? -eq 66 && has "$work/err" "${malware%1}3"
ok $? "none of them: there is no such object"
run export >"$work/export"
has "$work/export" '"modified":"2024-01-01T00:00:00.000Z","name":"Tritón","x_note" : 1.50e1,'
ok $? "export gives the very bytes that came in"
run --json import "$work/bundle.json" | grep -q '"added":0,"updated":0,"unchanged":2,"quarantined":0'
ok $? "importing again changes nothing"
sed 's/"modified":"2024-01-01T00:00:00.000Z","name":"Tritón"/"modified":"2024-01-02T00:00:00.000Z","name":"Trisis"/' "$work/bundle.json" >"$work/second.json"
run --json import "$work/second.json" | grep -q '"updated":1,"unchanged":1'
ok $? "a newer version updates"
test "$(run --json history "malware--${id}1-1111-4111-8111-111111111111" | wc -l)" -eq 2
ok $? "history has both versions"

# ---- records ----
cat >"$work/records.jsonl" <<'EOF'
{"id":"1","agency":"OFAC","schema":"person","names":[{"full":"Эльхан Джуранаев","script":"Cyrl"}],"dob":["1991-03-07"],"religion":"none of our business"}
{"id":"2","agency":"OFAC","schema":"org","names":["Ninth Hour"]}
{"id":"3","agency":"OFAC","names":[]}
EOF
run --json import "$work/records.jsonl" >"$work/out" 2>"$work/err"
test $? -eq 65
ok $? "a rejected record makes the exit status 65"
has "$work/out" '"read":3,"added":2,"updated":0,"unchanged":0,"quarantined":0,"rejected":1,"dropped":1'
ok $? "the others came in; religion was left out and counted"
has "$work/out" '"line":3,"offset":' && has "$work/out" 'the record has no name'
ok $? "the reason names the line"
run --json search Djouranaiev | grep -q 'Джуранаев'
ok $? "a name is found across scripts"
run --json search Djouranaiev --tried | head -n 1 | grep -q '"tried":\[{"word":"djouranaiev","script":"Latn","skeleton":"JRNV","found":\[.*"dzhuranaev"'
ok $? "a search says what it tried, and the spellings it met"
run --json search Djouranaiev | grep -q '"latin":"[^"]*Dzhuranaev'
ok $? "a name in another script is read in Latin letters beside it"
run export --format jsonl | grep -q religion
test $? -ne 0
ok $? "what was left out is not held"
sed -i '2s/Ninth Hour/Ninth Hour Front/' "$work/records.jsonl"
run --json import "$work/records.jsonl" 2>/dev/null | grep -q '"added":0,"updated":1,"unchanged":1'
ok $? "a newer edition of a list updates its records and adds none"

# ---- bad input ----
bad() { # name, what must be said
    run --json import "$work/bad" >"$work/out" 2>"$work/err"
    test $? -eq 65 && { has "$work/err" "$2" || has "$work/out" "$2"; }
    ok $? "$1"
}
head -c 200 "$work/bundle.json" >"$work/bad" && bad "a truncated bundle says where it ends" "byte 200"
printf '\037\213\010' >"$work/bad" && bad "a compressed file is refused with what to do" "unpack it first"
printf '\377\376{\000' >"$work/bad" && bad "UTF-16 is refused with what to do" "save it as UTF-8"
printf 'hello\n' >"$work/bad" && bad "a text of no format is refused" "no known format"
: >"$work/bad" && bad "an empty file is refused" "empty"
printf '[{"type":"tool","type":"tool"}]' >"$work/bad" && bad "two members of one name are refused" "RFC 7493"
run import "$work/nothing" 2>/dev/null
test $? -eq 66
ok $? "a file that is not there is 66"
run import --rating Z9 "$work/bundle.json" 2>/dev/null
test $? -eq 2
ok $? "a wrong label option is 2"

# ---- kill -9 anywhere loses nothing that was told ----
i=0
while [ $i -lt 20000 ]; do
    i=$((i + 1))
    printf '{"type":"malware","id":"malware--%08d-1111-4111-8111-111111111111","spec_version":"2.1","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z","name":"n%d","is_family":false}\n' $i $i
done >"$work/many.jsonl"
lost=0
for delay in 0.05 0.1 0.15 0.2 0.3; do
    rm -rf "$work/kill"
    "$entente" --home "$work/kill" init --name Kill --code KIL >/dev/null
    timeout -s KILL $delay "$entente" --home "$work/kill" --json import "$work/many.jsonl" >/dev/null 2>&1
    have=$("$entente" --home "$work/kill" export | grep -c '"type":"malware"')
    again=$("$entente" --home "$work/kill" --json import "$work/many.jsonl")
    case $again in
    *'"read":20000,"added":'$((20000 - have))',"updated":0,"unchanged":'"$have"',"quarantined":0,"rejected":0'*) ;;
    *) lost=1 && echo "# after $delay: $have held, then $again" ;;
    esac
    "$entente" --home "$work/kill" export | grep -c '"type":"malware"' | grep -qx 20000 || lost=1
done
ok $lost "an import that was killed is finished by importing again"
echo "1..$n"
