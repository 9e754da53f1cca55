#!/bin/sh
# Every command of the program as every role, on a real node: expected (src/casework/roles.def) and
# what happened, as a table.  Each is given an option that no command has: whoever may run it is told
# so (exit 2), whoever may not is refused before anything else of it is looked at (exit 77, [roles]).
set -u
entente=${ENTENTE:-./entente}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
roles="collector analyst disclosure legal liaison case admin oversight"
pairs="collector:c analyst:a disclosure:d legal:l liaison:i case:k admin:m oversight:o"
count=0
ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() { count=$((count + 1)); echo "not ok $count - $1"; }

printf 'a good passphrase\n' >"$dir/pass"
ENTENTE_PASSPHRASE_FILE=$dir/pass
ENTENTE_REASON=TEST-0001
export ENTENTE_PASSPHRASE_FILE ENTENTE_REASON
"$entente" --home "$dir/n" init --name Roles --code ROL --border 127.0.0.1:0 --client 127.0.0.1:0 >"$dir/out" 2>&1 || { not_ok "init"; echo 1..1; exit 1; }
for role in $roles; do
    "$entente" --home "$dir/n" user add "$role" --role "$role" >"$dir/out" 2>&1 || { not_ok "user add $role"; echo 1..1; exit 1; }
done
"$entente" --json help | sed -n 's/.*"name":"\([^"]*\)","usage".*/\1/p' >"$dir/commands"
sed -n 's/^X("\([^"]*\)", *"\([^"]*\)".*/\1:\2/p' src/casework/roles.def >"$dir/rows"

# row COMMAND: a line of the table
row() {
    may=$(sed -n "s/^$1://p" "$dir/rows")
    line=
    for pair in $pairs; do
        role=${pair%%:*}
        case $may in *"${pair##*:}"*) want=y ;; *) want=- ;; esac
        # shellcheck disable=SC2086
        "$entente" --home "$dir/n" $1 --no-such-option --as "$role" >/dev/null 2>"$2" </dev/null
        got=$?
        read -r said <"$2"
        case "$got$said" in 2*) got=y ;; 77*"[roles]") got=- ;; *) got="?$got" ;; esac
        [ "$want" = "$got" ] && line="$line  $want/$got" || line="$line !$want/$got"
    done
    printf '# %-26s%s\n' "$1" "$line"
}
# part REMAINDER: every other command
part() {
    n=0
    while read -r command; do
        n=$((n + 1))
        # init and restore make the node that would know its users.
        case $command in init | restore) continue ;; esac
        [ $((n % 2)) -eq "$1" ] && row "$command" "$dir/err$1"
    done <"$dir/commands"
}
part 0 >"$dir/table0" &
part 1 >"$dir/table1"
wait
printf '# %-26s%s\n' "expected/happened" "$(for r in $roles; do printf ' %.4s' "$r"; done)"
sort "$dir/table0" "$dir/table1" | tee "$dir/table"
wrong=$(grep -o '!' "$dir/table" | wc -l) cells=$(grep -o ' [y-]/[y-]' "$dir/table" | wc -l)
[ "$wrong" -eq 0 ] && [ "$cells" -gt 1000 ] && ok "DP-14: $cells pairs of a command and a role are as the table says" || not_ok "DP-14: $wrong pairs are not as the table says, $cells are"
"$entente" --home "$dir/n" audit list --oversight >"$dir/out" 2>&1
[ "$(grep -c 'refused: .*\[roles\]' "$dir/out")" -gt 300 ] && ok "and every refusal stands in the journal" || not_ok "and every refusal stands in the journal"
echo "1..$count"
[ "$wrong" -eq 0 ]
