#!/bin/sh
# screen: hits in the order of the queries, the scores of `name score`, whatever the threads.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
{
    echo '{"id":"L1","names":["Эльхан Исаевич Джуранаев"],"dob":["1991-03-07"]}'
    echo '{"id":"L2","names":["Oxana Drevlian"],"dob":["1994-12-11"]}'
    echo '{"id":"L3","names":["Elkhan Petrov"],"dob":["1950-01-01"]}'
    echo '{"id":"L4","schema":"org","names":["OOO Vektor Plus"]}'
    for i in 1 2 3 4 5 6 7 8 9; do
        echo "{\"id\":\"X$i\",\"names\":[\"Ivan Petrov\"],\"dob\":[\"199$i-01-0$i\"]}"
    done
} >"$work/list"
{
    echo '{"id":"Q1","names":["El Khan Juranayef"],"dob":["1991-07-03"]}'
    echo '{"id":"Q2","names":["Nobody Atall"]}'
    echo '{"id":"Q3","schema":"org","names":["Vektor Plus LLC"]}'
    echo '{"id":"Q4","names":["Иван Петров"]}'
} >"$work/queries"
"$entente" screen --list "$work/list" <"$work/queries" >"$work/out"
ok $? "a list is screened"
test "$(wc -l <"$work/out")" -eq 4
ok $? "every query has a line"
sed -n 1p "$work/out" | grep -q '^{"query":"Q1","hits":\[{"id":"L1","score":0.9[0-9]*,"decision":"same"}'
ok $? "another script, a split name and an exchanged date are found"
sed -n 2p "$work/out" | grep -qF '{"query":"Q2","hits":[]}'
ok $? "who is not there is not found"
sed -n 3p "$work/out" | grep -q '"id":"L4"'
ok $? "an organisation is found"
"$entente" screen --threads 1 --list "$work/list" "$work/queries" | cmp -s - "$work/out"
ok $? "one thread says the same"
"$entente" screen --threads 7 --list "$work/list" "$work/queries" | cmp -s - "$work/out"
ok $? "seven threads say the same"
for locale in $(locale -a 2>/dev/null | head -20) tr_TR.UTF-8 de_DE.UTF-8; do
    LC_ALL=$locale "$entente" screen --list "$work/list" "$work/queries" | cmp -s - "$work/out" || echo "$locale"
done >"$work/locales"
test ! -s "$work/locales"
ok $? "and so does every locale that is here"
"$entente" screen --limit 2 --min-score 0 --list "$work/list" "$work/queries" | sed -n 4p >"$work/four"
test "$(grep -o '"id"' "$work/four" | wc -l)" -eq 2
ok $? "a limit limits"
score=$(sed -n 1p "$work/out" | sed 's/.*"score":\([0-9.]*\).*/\1/')
echo "{\"a\":$(sed -n 1p "$work/queries"),\"b\":$(sed -n 1p "$work/list")}" | "$entente" name score | grep -qF "{\"score\":$score,"
ok $? "the score is that of name score"
echo 'no json' | "$entente" screen --list "$work/list" >/dev/null 2>"$work/err"
test $? -eq 65 && grep -q 'line 1' "$work/err"
ok $? "a bad query is refused with its line"
"$entente" screen <"$work/queries" >/dev/null 2>&1
test $? -eq 2
ok $? "a list is wanted"
echo "1..$n"
