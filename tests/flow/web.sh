#!/bin/sh
# The console in a real browser, on the three nodes of the demo: the story, and every page in every
# language; by safety.sh and officers.sh, on demos of their own, the rest.  PLAYS names the plays to
# run, DEMO options of the demo; SCREENS=folder keeps the pictures, GUIDE=doc/guide/screens renews
# those of the guide.
# limit: 1500 s
set -u
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser)
if [ -z "$chromium" ] || [ ! -d web/node_modules/playwright-core ]; then
    echo "ok 1 # SKIP no Chromium here: apt-get install chromium-headless-shell"
    echo "1..1"
    exit 0
fi
entente=$PWD/entente
dir=$(mktemp -d)
demo=
begun=$(date +%s)
trap 'kill "$demo" 2>/dev/null; pkill -INT -f "entente demo --dir $dir/demo" 2>/dev/null; wait; rm -rf "$dir"' EXIT
export HOME="$dir" TERM=dumb
mkfifo "$dir/said"
# On a terminal the nodes of a demo run on.
script -qfec "$entente demo ${DEMO:-} --dir $dir/demo" /dev/null </dev/null >"$dir/said" 2>&1 &
demo=$!
: >"$dir/out"
while IFS= read -r line; do
    printf '%s\n' "$line" | tr -d '\r' >>"$dir/out"
    case $line in *'The nodes run on'*) break ;; esac
done <"$dir/said"
awk '/ home  /{ code = $1 } / client  /{ nodes[code] = $NF } END {
    printf "["; for (c in nodes) { printf "%s{\"code\":\"%s\",\"url\":\"%s\"}", sep, c, nodes[c]; sep = "," } print "]" }' "$dir/out" >"$dir/nodes.json"
if ! grep -q https "$dir/nodes.json"; then
    echo "not ok 1 - the demo runs on"
    tail -n 20 "$dir/out" | sed 's/^/# /'
    echo "1..1"
    exit 0
fi
PASSPHRASE=$(cat "$dir/demo/.demo/passphrase")
echo "# the demo took $(($(date +%s) - begun)) s"
NODES=$dir/nodes.json CHROMIUM=$chromium SCREENS=${SCREENS:-}
# A certificate that no authority made, and its key.
"$entente" --home "$dir/card" init --name Card --code CARD >/dev/null
CARD=$dir/card/keys/courier
# One partner may be stopped for a while: its processes are one group.
AWAY=$(pgrep -o -f -- "--home $dir/demo/C serve")
export PASSPHRASE NODES CHROMIUM SCREENS AWAY CARD
timeout 1100 node web/test/play.mjs ${PLAYS:-story screens} 2>"$dir/err" || {
    sed 's/^/# /' "$dir/err"
    echo "not ok - the plays ran to their end"
}
