#!/bin/sh
# Replays the transcripts of doc/guide on two linked nodes, DSV and SVB, with eight people each.
#
# A block ``` holds lines "NODE USER$ entente ..." and below each the output.  In it `...` stands for
# the rest of a line, and alone on a line for any lines; `<NAME>` for one word, which later commands
# may use.  A block ```file NAME is a file.  Blanks count as one, and empty lines as none.  What waits for the other node
# (list, show, hits, cases) is asked again until it is as written, 10 seconds at most.  The nodes
# are of an exercise, for its clock; the pages are of live ones, which have no line EXERCISE.
# GUIDE_RECORD=1 shows what each command printed.
. "$(dirname "$0")/lib/nodes"
ENTENTE_REASON=RFI-1 # as the pages say
guides=${GUIDES:-$PWD/doc/guide/daily-work.md $PWD/doc/guide/outsiders.md $PWD/doc/guide/match-alarms.md $PWD/doc/guide/standing-match.md}

# ---- two nodes under an agreement ----
for node in DSV SVB; do
    make_node $node col:collector ana:analyst eva:analyst fdo1:disclosure fdo2:disclosure law:legal lia:liaison cas:case adm:admin ove:oversight
    serve $node
done
pair DSV SVB
cat >"$dir/terms" <<'J'
{"name":"Daily work","purposes":["CT-INV"],"match":{"keys_per_day":100000,"set_max":65536},"release":true,
 "hypotheses":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2025-12-31"}
J
agree DSV SVB "$dir/terms"

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
        /^[ \t]*$/ || /^EXERCISE EXERCISE EXERCISE$/ { next }
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
