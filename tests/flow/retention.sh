#!/bin/sh
# retention: what is past its last day is purged to a tombstone; two persons keep it longer.
set -u
entente=${ENTENTE:-$PWD/entente}
unset ENTENTE_HOME
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
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
for user in ana:analyst fdo1:disclosure fdo2:disclosure; do
    run user add "${user%%:*}" --role "${user##*:}"
done
person() { # NUMBER DAY
    printf '{"type":"identity","spec_version":"2.1","id":"identity--%s1111111-1111-4111-8111-111111111111",' "$1"
    printf '"created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z",'
    printf '"identity_class":"individual","name":"Elkhan Number%s"}\n' "$1"
}
label="--rating B2 --purpose CT-INV --category suspect --discover pointer"
for i in 1 2 3; do
    person $i >"$work/$i.json"
    # shellcheck disable=SC2086
    run import "$work/$i.json" $label --retention "2024-12-3$((i % 2))"
done
one=identity--11111111-1111-4111-8111-111111111111
two=identity--21111111-1111-4111-8111-111111111111

run retention list
test ! -s "$work/out"
ok $? "before its last day nothing is due"
run --as fdo1 retention purge $one --reason 'too early'
test $? -eq 77
ok $? "and nobody purges what is not due"
run --as ana retention extend $one --until 2026-12-31
test $? -eq 2
ok $? "an extension without a reason is refused"
run --as ana retention extend $one --until 2026-12-31 --reason 'open match with SVB'
ok $? "an analyst drafts an extension"
extension=$(sed -n 's/.*"extension":"\([^"]*\)".*/\1/p' "$work/out")
run --as ana retention approve "$extension"
test $? -eq 77
ok $? "and cannot approve it"
run --as fdo1 retention approve "$extension" && has '"state":"waiting".*"approvals":1'
ok $? "one officer is not enough"
run --as fdo1 retention approve "$extension"
test $? -eq 77
ok $? "nor the same one twice"

printf '2025-01-02T00:00:00Z' >"$work/home/exercise-clock"
run retention list && has "$one" && has "$two" && has '"extension".*"state":"waiting"'
ok $? "the day after, the list has what is due and what waits for approval"
run --as fdo2 retention approve "$extension" && has '"state":"done"'
ok $? "the second officer's approval makes it stand"
run show $one && has '"retention":"2026-12-31"'
ok $? "the record shows its new day"
run retention sweep && has '"purged":2,"waiting":0'
ok $? "the sweep purges the others"
run show $two && has 'its retention ended with 2024-12-30'
ok $? "a tombstone says when and why"
run show $two && ! has Number2
ok $? "and holds no content"
run search Number2
test $? -eq 1
ok $? "it is found no more"
"$entente" --home "$work/home" export >"$work/out" 2>"$work/err" && has Number1 && ! has Number2
ok $? "nor exported"
run import "$work/2.json" --rating B2 --purpose CT-INV --category suspect --retention 2027-01-01
run search Number2
test $? -eq 1
ok $? "the same version does not come back by another import"
run retention sweep && has '"purged":0,"waiting":0'
ok $? "a second sweep finds nothing"

# ---- by itself, while the node runs ----
person 4 >"$work/4.json"
# shellcheck disable=SC2086
run import "$work/4.json" $label --retention 2025-01-10
printf '2025-01-11T00:00:00Z' >"$work/home/exercise-clock"
mkfifo "$work/said"
"$entente" --home "$work/home" serve --client 127.0.0.1:0 --border 127.0.0.1:0 >"$work/said" 2>/dev/null &
serve=$!
read -r _ <"$work/said"
for _ in $(seq 200); do
    run show identity--41111111-1111-4111-8111-111111111111 && has 'its retention ended with 2025-01-10' && break
    sleep 0.1
done
has 'its retention ended with 2025-01-10'
ok $? "the clock of a running node purges what nothing holds"
kill "$serve"
wait "$serve"
echo "1..$n"
