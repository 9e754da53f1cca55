#!/bin/sh
# The console in a headless browser without a graphics card, on a node of 100,000 records:
# first page, graphs, searching while typing.  JSON Lines.
set -u
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser)
[ -n "$chromium" ] && [ -d web/node_modules/playwright-core ] || { echo '# no Chromium here'; exit 0; }
entente=$PWD/entente
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null; rm -rf "$dir"' EXIT
export ENTENTE_HOME="$dir/home"
echo 'a long passphrase' >"$dir/pass"
"$entente" init --name 'Bench' --code BEN >/dev/null || exit 1
"$entente" user add analyst --role analyst --passphrase-file "$dir/pass" >/dev/null || exit 1
node web/test/many.mjs "${COUNT:-100000}" >"$dir/many.jsonl"
"$entente" import "$dir/many.jsonl" >"$dir/out" 2>&1 || { tail -3 "$dir/out"; exit 1; }
mkfifo "$dir/said"
"$entente" serve --client 127.0.0.1:0 --border 127.0.0.1:0 >"$dir/said" 2>/dev/null &
pid=$!
exec 9<"$dir/said"
read -r _ url <&9
printf '[{"code":"BEN","url":"%s"}]' "$url" >"$dir/nodes.json"
NODES=$dir/nodes.json PASSPHRASE='a long passphrase' CHROMIUM=$chromium WEB=$PWD/build/web \
    LARGE=location--00000001-0000-4000-8000-000000000000 \
    SMALL=location--00000001-0000-4000-8000-000000020000 timeout 300 node web/test/measure.mjs
