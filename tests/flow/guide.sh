#!/bin/sh
# Replays the transcripts of doc/guide on two linked nodes, DSV and SVB, with eight people each.
#
# A block ``` holds lines "NODE USER$ entente ..." and below each the output.  In it `...` stands for
# the rest of a line, and alone on a line for any lines; `<NAME>` for one word, which later commands
# may use.  A block ```file NAME is a file.  Blanks count as one, and empty lines as none.  What waits for the other node
# (list, show, hits, cases) is asked again until it is as written, 10 seconds at most.
# GUIDE_RECORD=1 shows what each command printed.
set -u
entente=${ENTENTE:-./entente}
case $entente in /*) ;; *) entente=$PWD/$entente ;; esac
guides=${GUIDES:-$PWD/doc/guide/daily-work.md}
dir=$(mktemp -d) || exit 1
count=0
pids=
ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() { count=$((count + 1)); echo "not ok $count - $1"; sed 's/^/#   /' "$dir/out" "$dir/err" 2>/dev/null; }
finish() {
    for pid in $pids; do kill "$pid" 2>/dev/null; done
    for pid in $pids; do wait "$pid" 2>/dev/null; done
    rm -rf "$dir"
    echo "1..$count"
}
trap finish EXIT
trap 'exit 1' INT TERM
run() { node=$1; shift; "$entente" --home "$dir/$node" --json "$@" >"$dir/out" 2>"$dir/err"; rc=$?; }
member() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$dir/out" | head -1; }
until_has() { node=$1 pattern=$2; shift 2; tries=0; while [ $tries -lt 300 ]; do run "$node" "$@"; grep -q -- "$pattern" "$dir/out" && return 0; tries=$((tries + 1)); done; return 1; }

# ---- two nodes under an agreement ----
printf 'a good passphrase\n' >"$dir/pass"
ENTENTE_PASSPHRASE_FILE=$dir/pass
export ENTENTE_PASSPHRASE_FILE
for node in DSV SVB; do
    run $node init --name "$node" --code $node --border 127.0.0.1:0 --client 127.0.0.1:0 --exercise 2024-11-10T12:00:00Z
    for user in col:collector ana:analyst eva:analyst fdo1:disclosure fdo2:disclosure law:legal lia:liaison cas:case adm:admin ove:oversight; do
        run $node user add "${user%%:*}" --role "${user##*:}"
    done
    "$entente" --home "$dir/$node" serve >"$dir/$node.ready" 2>"$dir/$node.log" &
    pids="$pids $!"
    until_has $node border_url status || { not_ok "$node serves"; exit 1; }
done
run DSV peer invite --out "$dir/invite"
run SVB peer join "$dir/invite" --out "$dir/reply"
words=$(member words)
run DSV peer join "$dir/reply"
run DSV peer confirm SVB "$words"
run SVB peer confirm DSV "$words"
cat >"$dir/terms" <<'J'
{"name":"Daily work","purposes":["CT-INV"],"match":{"keys_per_day":100000,"set_max":65536},"release":true,
 "hypotheses":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J
run DSV agreement propose "$dir/terms" --with SVB --as lia
agreement=$(member agreement)
run DSV agreement sign "$agreement" --as fdo1
run DSV agreement sign "$agreement" --as fdo2
until_has SVB "$agreement" agreement list
run SVB agreement sign "$agreement" --as fdo1
run SVB agreement sign "$agreement" --as fdo2
until_has DSV '"in_force":true' agreement list && until_has SVB '"in_force":true' agreement list && ok "two nodes under an agreement" || { not_ok "two nodes under an agreement"; exit 1; }

# ---- the transcripts ----
# Cuts a guide into files: block-N-M.cmd (one line) and .out; FILE blocks into their names.
cut_guide() {
    awk -v dir="$dir/play" '
        /^```file / { file = dir "/" $2; printf "" > file; next }
        /^```$/ && file != "" { close(file); file = ""; next }
        file != "" { print > file; next }
        /^```$/ { within = !within; next }
        !within { next }
        /^[A-Z]+ [a-z0-9]+\$ / {
            n++; name = sprintf("%s/%04d", dir, n)
            command = $0
            while (command ~ /\\$/) { sub(/\\$/, "", command); getline more; sub(/^ */, "", more); command = command more }
            print command > (name ".cmd"); close(name ".cmd"); printf "" > (name ".want"); next
        }
        { print >> (name ".want"); close(name ".want") }' "$1"
}
# same WANT GOT NAMES: does the output fit?  What <NAME> stood for goes to NAMES.
same() {
    awk -v names="$3" '
        /^[ \t]*$/ { next }
        FNR == NR { want[++w] = $0; next }
        { got[++g] = $0 }
        function fits(p, t,    a, b, n, m, i, stem) {
            n = split(p, a, /[ \t]+/); m = split(t, b, /[ \t]+/)
            sub(/^[ \t]+/, "", p)
            for (i = 1; i <= n; i++) {
                if (a[i] == "..." && i == n) return 1
                if (i > m) return 0
                if (a[i] == "...") continue
                if (a[i] ~ /^<[A-Z]+>$/) { held[a[i]] = b[i]; continue }
                stem = a[i]
                if (stem ~ /\.\.\.$/) { sub(/\.\.\.$/, "", stem); if (substr(b[i], 1, length(stem)) != stem) return 0; continue }
                if (a[i] != b[i]) return 0
            }
            return n == m
        }
        END {
            at = 1; any = 0
            for (i = 1; i <= w; i++) {
                if (want[i] == "...") { any = 1; continue }
                while (any && at <= g && !fits(want[i], got[at])) at++
                if (at > g || !fits(want[i], got[at])) exit 1
                at++; any = 0
            }
            if (!any && at <= g) exit 1
            for (name in held) { key = name; gsub(/[<>]/, "", key); print "s|" name "|" held[name] "|g" >> names }
        }' "$1" "$2"
}
play() {
    node=$(sed 's/ .*//' "$1.cmd") user=$(sed 's/^[A-Z]* //; s/\$ .*//' "$1.cmd")
    command=$(sed 's/^[^$]*\$ //' "$1.cmd" | sed -f "$dir/names")
    case $command in "entente "*) ;; *) not_ok "a command of entente: $command"; return ;; esac
    tries=0
    while :; do
        (cd "$dir/play" && eval "'$entente' --home '$dir/$node' ${command#entente } --as $user" >"$dir/out" 2>&1)
        same "$1.want" "$dir/out" "$dir/names" && break
        tries=$((tries + 1))
        case $command in *" list"* | *" show"* | *" hits"* | *" cases"*) [ $tries -lt 100 ] || break ;; *) break ;; esac
    done
    [ -n "${GUIDE_RECORD:-}" ] && { echo "# $node $user\$ $command"; sed 's/^/#> /' "$dir/out"; }
    same "$1.want" "$dir/out" /dev/null && ok "$node $user: $command" || not_ok "$node $user: $command"
}
for guide in $guides; do
    rm -rf "$dir/play"; mkdir "$dir/play"; : >"$dir/names"
    cut_guide "$guide"
    for step in "$dir"/play/*.cmd; do play "${step%.cmd}"; done
    # Each job is done in five commands at most.
    awk '/^## / { if (n > 5) bad = 1; n = 0 } /^[A-Z]+ [a-z0-9]+\$ / { n++ } END { exit bad || n > 5 }' "$guide" &&
        ok "${guide##*/}: every job takes five commands at most" || not_ok "${guide##*/}: every job takes five commands at most"
done
