#!/bin/sh
# stix: what `check`, `pattern`, `match` and `id` write, and with which exit status.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
here=$(dirname "$0")
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
same() {
    test "$1" = "$2"
    ok $? "$3"
}
good='{"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300","name":"a"}'
bad='{"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300"}'

# ---- check ----
printf '{"type":"bundle","id":"bundle--44af6c39-c09b-49c5-9de2-394224b04982","objects":[%s,%s]}' \
    "$good" "$bad" >"$work/bundle.json"
"$entente" stix check --json "$work/bundle.json" >"$work/out"
same $? 1 "a bundle with an invalid object is exit status 1"
test "$(wc -l <"$work/out")" -eq 3
ok $? "each object and the bundle has a row"
grep -q '"index":0,"at":1,"id":"mutex--.*"valid":false,"errors":\[{"rule":"required","path":"","message":' "$work/out"
ok $? "the row of the invalid object says which rule"
grep -q '"index":0,"id":"bundle--44af6c39-c09b-49c5-9de2-394224b04982","type":"bundle","valid":true' "$work/out"
ok $? "the bundle's own row has no place"
printf '%s\n%s\n' "$good" "$bad" | "$entente" stix check --json >"$work/out"
same "$(grep -c '"index":[01],' "$work/out")" 2 "JSON Lines are read from standard input"
printf '[%s]' "$good" | "$entente" stix check >"$work/out"
same "$?:$(cat "$work/out")" "0:1 objects, 0 not valid, 0 with warnings" "a list of valid objects is exit status 0"
echo '{"type":"mutex","id":"mutex--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","name":"a"}' >"$work/v4.json"
"$entente" stix check "$work/v4.json" >/dev/null
same $? 0 "a warning alone is valid"
"$entente" stix check --strict "$work/v4.json" >/dev/null
same $? 1 "but not with --strict"
echo '{"type":' | "$entente" stix check 2>"$work/err"
same $? 65 "what is not JSON is exit status 65"
grep -q 'line 2 column 1' "$work/err"
ok $? "and says where"
"$entente" stix check "$here/../../schema/extension-definitions.json" >/dev/null
same $? 0 "the published extension definitions are valid"

# ---- pattern ----
printf "[file:name = 'a']\n\"[file:name =\\\\n'a']\"\n[file:name = ]\n" >"$work/patterns"
"$entente" stix pattern --json "$work/patterns" >"$work/out"
same $? 1 "a line that is no pattern is exit status 1"
same "$(grep -c '"valid":true' "$work/out")" 2 "a JSON string is a pattern with line breaks"
grep -q '{"line":3,"valid":false,"error":{"column":14,"message":' "$work/out"
ok $? "the column is named"

# ---- match ----
cat >"$work/seen.json" <<'END'
{"type":"bundle","id":"bundle--44af6c39-c09b-49c5-9de2-394224b04982","objects":[
{"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf","number_observed":1,
"first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","object_refs":["ipv4-addr--1"]}]}
END
echo '{"type":"ipv4-addr","id":"ipv4-addr--1","value":"10.1.2.3"}' >"$work/objects.json"
out=$("$entente" stix match --json --pattern "[ipv4-addr:value ISSUBSET '10.0.0.0/8']" "$work/seen.json" "$work/objects.json")
same "$?:$out" '0:{"matched":true,"objects":["observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf"]}' "files are taken together"
"$entente" stix match --json --pattern "[ipv4-addr:value = 'x']" "$work/seen.json" >"$work/out"
same "$?:$(cat "$work/out")" '1:{"matched":false,"objects":[]}' "no match is exit status 1"
"$entente" stix match --pattern "[a:b MATCHES '(']" "$work/seen.json" 2>"$work/err"
same $? 65 "what cannot be matched is exit status 65"

# ---- id ----
out=$(printf '{"type":"ipv4-addr","value":"198.51.100.3"}\n{"type":"process","pid":1}\n' | "$entente" stix id --json)
same "$out" '{"index":0,"id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"}
{"index":1,"id":null}' "deterministic ids, and null where only a random one is allowed"
echo "1..$n"
