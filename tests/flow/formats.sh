#!/bin/sh
# formats: sets of files, feeds, editions and older STIX through the program itself.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
unset ENTENTE_HOME
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/#   /' "$work/out" "$work/err" 2>/dev/null
    fi
}
run() { "$entente" --home "$work/home" --json "$@" >"$work/out" 2>"$work/err"; rc=$?; }
has() { grep -qF -- "$1" "$work/out"; }

run init --name Test --code TST
mkdir "$work/set" "$work/feed"
printf '1,"JURAN, Elian","individual","NINTH",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1990."\r\n\032' >"$work/set/sdn.csv"
printf '1,7,"aka","YURAN, Elian",-0- \r\n\032' >"$work/set/alt.csv"
printf '1,8,"1 Quay","Nice","France",-0- \r\n\032' >"$work/set/add.csv"
run import "$work/set"
ok $rc "a directory with OFAC's tables is imported"
test "$(wc -l <"$work/out")" -eq 1 && has '"format":"ofac-csv","read":1,"added":1'
ok $? "as one list"
run export
has '"full":"Elian YURAN"' && has '"contact_information":"1 Quay, Nice, France"'
ok $? "with aliases and addresses of their own files"
run import "$work/set/alt.csv"
test $rc -ne 0 && has "no row in sdn.csv"
ok $? "aliases alone say what they lack"

u=5ac337df-e078-4e99-8b17-02550a00020f
printf '{"%s":{"info":"x"}}' $u >"$work/feed/manifest.json"
printf '{"Event":{"uuid":"%s","info":"x","timestamp":"1700000000","Attribute":[]}}' $u >"$work/feed/$u.json"
printf 'not listed' >"$work/feed/other.txt"
run import "$work/feed"
ok $rc "a MISP feed is its manifest's events"
run show "grouping--$u"
ok $rc "under the id that MISP knows it by"
printf '{"../../etc/passwd":{}}' >"$work/feed/manifest.json"
run import "$work/feed"
test $rc -ne 0 && grep -q "no UUID" "$work/err"
ok $? "a manifest names nothing outside its directory"

list() {
    printf '<CONSOLIDATED_LIST dateGenerated="%s"><INDIVIDUALS>' "$1"
    shift
    for who; do
        printf '<INDIVIDUAL><FIRST_NAME>Nabil %s</FIRST_NAME><REFERENCE_NUMBER>QXi.%s</REFERENCE_NUMBER></INDIVIDUAL>' "$who" "$who"
    done
    printf '</INDIVIDUALS></CONSOLIDATED_LIST>'
}
list 2024-01-01 A B >"$work/one.xml"
list 2025-01-01 A C >"$work/two.xml"
run import "$work/one.xml" "$work/two.xml"
has '"added":1,"updated":0,"unchanged":1,"quarantined":0,"rejected":0,"dropped":0,"delisted":1,"upgraded":0,"edition":"UN"'
ok $? "a newer edition adds and delists"
run import "$work/one.xml"
test $rc -ne 0 && grep -q "2025-01-01" "$work/err"
ok $? "an older one is refused"
run search Nabil
grep -c . "$work/out" | grep -q '^3$'
ok $? "who was delisted is still held"
printf 'id,name\n1,Ann Example\n2,Bob Example\n' >"$work/t.csv"
label="--rating B2 --purpose CT-INV --category suspect --retention 2099-01-01"
# shellcheck disable=SC2086
run import $label --edition HOUSE "$work/t.csv"
printf 'id,name\n1,Ann Example\n' >"$work/t.csv"
# shellcheck disable=SC2086
run import $label --edition HOUSE "$work/t.csv"
has '"delisted":1'
ok $? "a table is an edition when that is said"
printf 'id,name\n9,Cara Example\n' >"$work/u.csv"
run import --rating B2 --purpose CT-INV --category suspect "$work/u.csv"
has '"quarantined":1' && has '"reason":"it is about a person and has no retention'
ok $? "what lacks only its retention is held back"

printf '{"type":"bundle","id":"bundle--%s","spec_version":"2.0","objects":[{"type":"tool","id":"tool--%s","created":"2017-01-01T00:00:00.000Z","modified":"2017-01-01T00:00:00.000Z","labels":["exploitation"],"name":"T"}]}' $u $u >"$work/old.json"
run import "$work/old.json"
has '"upgraded":1'
ok $? "STIX 2.0 is imported"
run export
has '"spec_version":"2.1","id":"tool--'
ok $? "and held as 2.1"
echo "1..$n"
