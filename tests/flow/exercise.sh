#!/bin/sh
# an exercise and what is live never mix: each way across, tried from both sides.
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
at() { home=$1; shift; "$entente" --home "$work/$home" "$@" >"$work/out" 2>"$work/err"; }
has() { grep -q -- "$1" "$work/out"; }
says() { grep -q -- "$1" "$work/err"; }

printf 'a good passphrase\n' >"$work/pass"
ENTENTE_PASSPHRASE_FILE=$work/pass
export ENTENTE_PASSPHRASE_FILE
person=identity--11111111-1111-4111-8111-111111111111
other=identity--21111111-1111-4111-8111-111111111111
link=relationship--41111111-1111-4111-8111-111111111111
stamp='"spec_version":"2.1","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z"'
label="--rating B2 --purpose CT-INV --category suspect --discover pointer --retention 2099-12-31"
who() { printf '{"type":"identity",%s,"id":"%s","identity_class":"individual","name":"%s"}' "$stamp" "$1" "$2"; }
{
    printf '{"type":"bundle","id":"bundle--81111111-1111-4111-8111-111111111111","objects":['
    who $person "Hakob Verdure" && printf ',' && who $other "Otar Pell"
    printf ',{"type":"relationship",%s,"id":"%s","relationship_type":"related-to","source_ref":"%s","target_ref":"%s"}]}' "$stamp" $link $person $other
} >"$work/all.json"
at play --json init --name Play --code PLY --exercise 2024-11-10T12:00:00Z && has '^{"exercise":true,'
ok $? "a node on exercise says so from its first line on"
at real --json init --name Real --code REA && ! has exercise
ok $? "a live one does not"
# shellcheck disable=SC2086
at play --json import "$work/all.json" $label && has '^{"exercise":true,.*"added":3'
ok $? "what is imported on exercise is of the exercise"

for command in "show $person" "search Hakob" "path $person $other" "ties $person" "history $person" status "peer list" "explain $person --to PLY" "import $work/all.json"; do
    # shellcheck disable=SC2086
    at play --json $command
    test "$(grep -c . "$work/out")" -eq "$(grep -c '^{"exercise":true[,}]' "$work/out")"
    ok $? "every line of \`${command%% *}\` says so, once"
    # shellcheck disable=SC2086
    at play $command
    test "$(sed -n 1p "$work/out")" = "EXERCISE EXERCISE EXERCISE"
    ok $? "and the text for people begins with it"
done
# shellcheck disable=SC2086
at real import "$work/all.json" $label && ! has EXERCISE && ! says EXERCISE
ok $? "of what is live nothing is said"
at real export && cp "$work/out" "$work/live.json" && has '"name":"Hakob Verdure"}' && ! has exercise
ok $? "and it leaves as it came in"

# ---- files ----
at play export && cp "$work/out" "$work/played.json"
test "$(grep -c '"exercise":true' "$work/out")" -eq 3 && ! has EXERCISE
ok $? "each object that is exported says that it is of an exercise"
at play export --format jsonl && cp "$work/out" "$work/played.jsonl" && test "$(grep -c '"exercise":true}' "$work/out")" -eq 2
ok $? "so does each record"
at play export --format csv && cp "$work/out" "$work/played.csv" && test "$(grep -c '"EXERCISE"' "$work/out")" -eq 3
ok $? "and each line of a table"
"$entente" --home "$work/fresh" init --name Fresh --code FRE >/dev/null 2>&1
for file in played.json played.jsonl; do
    # shellcheck disable=SC2086
    at fresh --json import "$work/$file" $label
    has '"added":0' && has 'they never mix \[exercise\]'
    ok $? "live holdings refuse $file, and say why"
done
printf 'id,name,exercise\n7,Osanna Verdure,EXERCISE\n' >"$work/table.csv"
# shellcheck disable=SC2086
at fresh --json import "$work/table.csv" $label
has '"added":0,.*"rejected":1'
ok $? "and a table that says so"
sed 's/"name":"Hakob Verdure"/"name":"Hakob Other"/; s/"modified":"2024-01-01/"modified":"2024-02-01/' "$work/played.json" >"$work/newer.json"
# shellcheck disable=SC2086
at real --json import "$work/newer.json" $label
at real --json show $person && has 'Hakob Verdure' && ! has 'Hakob Other'
ok $? "nor does a newer version of the exercise replace one that is live"
at fresh --json search Verdure; test $? -eq 1
ok $? "nothing of it is found there"
at fresh --json quarantine list; ! has Verdure
ok $? "nor held back, from where somebody could take it out"
at second init --name Second --code SEC --exercise 2024-11-10T12:00:00Z
# shellcheck disable=SC2086
at second --json import "$work/played.json" $label && has '"added":3' && at second --json search Hakob && has Hakob
ok $? "another node on exercise takes it"

# ---- homes ----
cp "$work/play/entente.conf" "$work/conf"
sed '/^exercise-clock/d' "$work/conf" >"$work/play/entente.conf"
at play --json search Hakob
test $? -eq 78 && says 'of an exercise and the home is live: they never mix \[exercise\]' && ! has Hakob
ok $? "a home that is made live does not open the holdings of its exercise"
cp "$work/conf" "$work/play/entente.conf"
cp "$work/real/entente.conf" "$work/conf"
printf 'exercise-clock = exercise-clock\n' >>"$work/real/entente.conf"
printf '2024-11-10T12:00:00Z' >"$work/real/exercise-clock"
at real --json search Hakob
test $? -eq 78 && says 'live and the home is on exercise: they never mix \[exercise\]' && ! has Hakob
ok $? "nor one that is put on exercise what was live"
cp "$work/conf" "$work/real/entente.conf"
at fresh status
mv "$work/fresh/holdings.db" "$work/kept.db"; rm -f "$work/fresh/holdings.db-"*
"$entente" --home "$work/play" --json backup "$work/play.tar" >/dev/null 2>&1
(cd "$work" && tar xf play.tar holdings.db && cp holdings.db fresh/holdings.db)
at fresh --json search Hakob
test $? -eq 78 && says 'they never mix'
ok $? "the holdings of an exercise in a live home are not opened"
"$entente" --home "$work/again" restore "$work/play.tar" >/dev/null 2>&1
at again --json search Hakob && has '^{"exercise":true'
ok $? "a backup of an exercise comes back as one"

# ---- links ----
at play peer invite --out "$work/invitation"
at real peer join "$work/invitation" --out "$work/reply"
test $? -eq 77 && says exercise
ok $? "a live node is not linked to one on exercise"
at real peer invite --out "$work/invitation"
at play peer join "$work/invitation" --out "$work/reply"
test $? -eq 77 && says exercise
ok $? "nor the other way round"
"$entente" --home "$work/third" init --name Third --code THI >/dev/null 2>&1
at third peer invite --out "$work/invitation"
at real peer join "$work/invitation" --out "$work/reply"
ok $? "two live ones are"
mkdir -p "$work/play/links/THI" && cp "$work/real/links/THI/peer.json" "$work/play/links/THI/"
at play --json match run --with THI --purpose CT-INV
test $? -eq 77 && says 'never mix \[exercise\]'
ok $? "a live link that is put beside an exercise's is no link there"
echo "1..$n"
