#!/bin/sh
# A node whose store is a PostgreSQL database: the same commands, several processes, backup
# and restore, and no password in what it says.  The server is this test's own, on a socket
# in its folder.  Skipped where PostgreSQL 15 is not installed.
set -u
entente=${ENTENTE:-$PWD/entente}
unset ENTENTE_HOME
bin=/usr/lib/postgresql/15/bin
if ! [ -x $bin/initdb ]; then
    echo "ok 1 # skip PostgreSQL 15 is not installed"
    exit 0
fi
work=$(mktemp -d) || exit 1
server=
finish() {
    if [ -n "$server" ]; then kill -QUIT "$server" 2>/dev/null; wait "$server" 2>/dev/null; fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/#   /' "$work/out" "$work/err"; fi
}
run() { "$entente" --home "$work/home" --json "$@" >"$work/out" 2>"$work/err"; }
has() { grep -qF -- "$1" "$work/out"; }

# The server does not run as root; it dies with this shell.
mkdir "$work/pg"
as=
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    id -u $user >/dev/null 2>&1 || user=nobody
    chmod 711 "$work"
    chown $user "$work/pg"
    as="setpriv --reuid=$user --regid=$(id -g $user) --clear-groups"
fi
# shellcheck disable=SC2086
(cd "$work/pg" && LC_ALL=C $as $bin/initdb -D "$work/pg/data" -U entente -A trust -N --encoding=UTF8 --locale=C) >"$work/log" 2>&1 ||
    { echo "not ok 1 - initdb"; sed 's/^/#   /' "$work/log"; exit 1; }
# shellcheck disable=SC2086
(cd "$work/pg" && exec setpriv --pdeathsig QUIT ${as#setpriv} $bin/postgres -D "$work/pg/data" -c listen_addresses= -k "$work/pg") >>"$work/log" 2>&1 &
server=$!
tries=0
until $bin/pg_isready -q -h "$work/pg" -U entente; do
    tries=$((tries + 1))
    [ $tries -lt 2000 ] || { echo "not ok 1 - the server starts"; sed 's/^/#   /' "$work/log"; exit 1; }
done
sql() { psql -q -h "$work/pg" -U entente -d "${2:-postgres}" -c "$1" >/dev/null 2>>"$work/err"; }
sql 'CREATE DATABASE one'
sql 'CREATE DATABASE two'
url="postgresql://entente:verysecret@/one?host=$work/pg"

run init --name Test --code TST --store "postgresql://entente:verysecret@/one?host=$work/nowhere"
test $? -eq 69 && ! grep -q verysecret "$work/err" && ! test -e "$work/home/entente.conf"
ok $? "a server that is not there is said, without the password, and no home is made"
run init --name Test --code TST --store "$url"
ok $? "a node is made on a database"
test ! -e "$work/home/holdings.db"
ok $? "and there is no file of holdings"

label="--rating B2 --purpose CT-INV --category suspect --retention 2099-01-01 --discover pointer"
i=0
while [ $i -lt 1200 ]; do
    printf '{"id":"%d","schema":"person","names":[{"full":"Elkhan Djuranaev%d"}],"dob":["19%02d-03-07"],"ids":[{"type":"passport","number":"A%06d","country":"qb"}]}\n' $i $i $((i % 90 + 10)) $i
    i=$((i + 1))
done >"$work/records.jsonl"
# shellcheck disable=SC2086
run import $label "$work/records.jsonl" && has '"added":1200,'
ok $? "records are imported"
# shellcheck disable=SC2086
run import $label "$work/records.jsonl" && has '"added":0,"updated":0,"unchanged":1200,'
ok $? "importing again changes nothing"
run search 'Эльхан Djuranaev77' && has 'Elkhan Djuranaev77"'
ok $? "a name is found across scripts"
printf '{"type":"location","spec_version":"2.1","id":"location--11111111-1111-4111-8111-111111111111","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z","name":"Ras Murjan","latitude":-46.2,"longitude":179.9}' >"$work/place.json"
run import "$work/place.json" && run search '' --near=-46.2,-179.9,50 && has 'Ras Murjan'
ok $? "a place is found round by the date line"
run doctor
has 'store'
ok $? "doctor looks at it"
! grep -q verysecret "$work/out" "$work/err"
ok $? "and tells no password"

pids=
for k in 1 2 3; do
    sed "s/\"id\":\"/\"id\":\"$k-/" "$work/records.jsonl" | head -300 >"$work/part$k.jsonl"
    # shellcheck disable=SC2086
    "$entente" --home "$work/home" import $label "$work/part$k.jsonl" >"$work/out$k" 2>&1 &
    pids="$pids $!"
done
failed=0
for pid in $pids; do wait "$pid" || failed=1; done
ok $failed "three processes import at once"
run status && has '"own":2101'
ok $? "and nothing of it is lost"

run backup "$work/backup.tar"
ok $? "the node is backed up while its store is a server's"
mv "$work/home" "$work/gone"
run restore "$work/backup.tar"
test $? -eq 65 && grep -q 'must be empty' "$work/err"
ok $? "a database that holds something is not written over"
rm -rf "$work/home.restoring"
sql 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' one
run restore "$work/backup.tar" && run status && has '"own":2101'
ok $? "an empty one is filled"
run search 'Djuranaev77' && has 'Elkhan Djuranaev77"'
ok $? "with its indexes"
"$entente" --home "$work/home" export --query 'type:identity' >"$work/restored" 2>"$work/err"
test "$(grep -c '"identity--' "$work/restored")" -ge 1
ok $? "and its objects"

# An index that a program of other rules left.
older() {
    sql "UPDATE key SET key='old:'||key" one
    sql "UPDATE words SET text='oldword'" one
    sql "UPDATE doc SET json=replace(json,'\"names\":','\"names\":9') WHERE kind='index'" one
}
left() { psql -q -h "$work/pg" -U entente -d one -tAc "SELECT count(*) FROM key WHERE key LIKE 'old:%'"; }
older
run doctor
test $? -eq 1 && has '0 of 2101 objects are found by the rules of this program' && run status && has '"index":{"current":false,"done":0,"of":2101'
ok $? "an index of other rules is told by doctor and status, which leave it"
test "$(left)" -gt 0 && run search 'Djuranaev77' && has 'Elkhan Djuranaev77"' && test "$(left)" -eq 0
ok $? "the first command that opens the holdings derives it again"
run status && has '"index":{"current":true,"done":2101,"of":2101'
ok $? "and says so"
older
run reindex && has '"objects":2101,"kept":0' && test "$(left)" -eq 0
ok $? "so does reindex"
older
"$entente" --home "$work/home" serve --client 127.0.0.1:0 --border 127.0.0.1:0 >"$work/said" 2>"$work/err" &
serving=$!
tries=0
until grep -q '^client' "$work/said" || [ $tries -ge 600 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
grep -q '^client' "$work/said" && test "$(left)" -eq 0
ok $? "and serve, before anything of it answers"
kill "$serving" && wait "$serving"
ok $? "which ends as ever"

kill -QUIT "$server" && wait "$server" 2>/dev/null
server=
run search Djuranaev77
test $? -eq 69 && ! grep -q verysecret "$work/err"
ok $? "a server that is gone is said, without the password"
echo "1..$n"
