#!/bin/sh
# backup and restore: the whole node in one file, and never a second history.
set -u
entente=${ENTENTE:-./entente}
dir=$(mktemp -d) || exit 1
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
run() { home=$1; shift; "$entente" --home "$dir/$home" --json "$@" >"$dir/out" 2>"$dir/err"; rc=$?; }
says() { grep -q -- "$1" "$dir/err"; }

printf 'a good passphrase\n' >"$dir/pass"
ENTENTE_PASSPHRASE_FILE=$dir/pass
ENTENTE_REASON=TEST-0001
export ENTENTE_PASSPHRASE_FILE ENTENTE_REASON
for node in DSV SVB; do
    "$entente" --home "$dir/$node" init --name $node --code $node --border 127.0.0.1:17443 >"$dir/out" 2>"$dir/err"
done
run DSV user add lia --role liaison
run DSV peer invite --out "$dir/invite"
run SVB peer join "$dir/invite" --out "$dir/reply"
words=$(sed -n 's/.*"words":"\([^"]*\)".*/\1/p' "$dir/out" | head -1)
run DSV peer join "$dir/reply"
run DSV peer confirm SVB "$words"
ok $rc "two nodes are linked"
cat >"$dir/agreement.json" <<'J'
{"name":"One","purposes":["CT-INV"],"match":{"keys_per_day":100,"set_max":100},"release":true,
 "onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2099-12-31"}
J
run DSV agreement propose "$dir/agreement.json" --with SVB --as lia
ok $rc "something is said to the peer"
printf '{"names":["Ninth Hour"],"schema":"org","id":"1","agency":"UN"}\n' >"$dir/a.jsonl"
printf '{"names":["Tenth Hour"],"schema":"org","id":"2","agency":"UN"}\n' >"$dir/b.jsonl"
run DSV import "$dir/a.jsonl"

run DSV backup "$dir/one.tar"
ok $rc "the node is backed up"
test "$(stat -c %a "$dir/one.tar")" = 600
ok $? "for its owner's eyes"
tar tf "$dir/one.tar" | grep -q '^links/SVB/out/checkpoint$'
ok $? "as an archive that tar can list, with the links"
tar tf "$dir/one.tar" | grep -q '^run/\|-wal$'
test $? -ne 0
ok $? "and nothing that lives only while it runs"

run DSV import "$dir/b.jsonl"
run new restore "$dir/one.tar"
ok $rc "it is restored to a new place"
says 'every link is held'
ok $? "and it is said what to do about its links"
run new search Ninth
ok $rc "what was held is held"
run new search Tenth
test $rc -eq 1
ok $? "and nothing that came later"
run new peer list
grep -q '"state":"held"' "$dir/out"
ok $? "its links are held"
run new peer confirm SVB "$words"
ok $rc "until somebody confirms them anew"

run DSV restore "$dir/one.tar"
ok $rc "over the node itself, whose log is no longer than then"
run DSV search Tenth
test $rc -eq 1 && test -d "$dir/DSV.before-restore"
ok $? "what was there is kept beside"
rm -rf "$dir/DSV.before-restore"
run DSV peer confirm SVB "$words"
run DSV agreement propose "$dir/agreement.json" --with SVB --as lia
run DSV restore "$dir/one.tar"
test $rc -eq 65 && says 'second history'
ok $? "a log that has grown since is never forked"
run SVB restore "$dir/one.tar"
test $rc -eq 65 && says 'another node'
ok $? "another node's home is left alone"

head -c 20000 "$dir/one.tar" >"$dir/short.tar"
run new2 restore "$dir/short.tar"
test $rc -eq 65 && test ! -e "$dir/new2"
ok $? "a backup that was cut off changes nothing"
mkdir "$dir/x" && echo x >"$dir/x/evil" && (cd "$dir/x" && tar cf "$dir/evil.tar" --format=ustar -P ../x/evil 2>/dev/null)
run new3 restore "$dir/evil.tar"
test $rc -eq 65 && test ! -e "$dir/new3"
ok $? "an archive of something else is refused"
run new4 restore "$dir/nothing.tar"
test $rc -eq 66
ok $? "a file that is not there is 66"
echo "1..$n"
