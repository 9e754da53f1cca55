#!/bin/sh
# taxii2client of OASIS, where it is installed, against a node: everything its API has, with a
# passphrase and with a token.  Not a test of `make test`, which depends on no foreign client;
# what it looks for is in tests/flow/taxii/traps_test.c.  TAXII2CLIENT=FOLDER: its checkout.
set -u
python=${PYTHON:-/usr/bin/python3}
export PYTHONPATH="${TAXII2CLIENT:-}"
"$python" -c 'import taxii2client' 2>/dev/null || { echo '# no taxii2client here'; exit 0; }
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE # which would count for more than what the client is told
entente=$PWD/entente
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null; rm -rf "$dir"' EXIT
export ENTENTE_HOME="$dir/home" ENTENTE_PASSPHRASE_FILE="$dir/pass"
echo 'a long passphrase' >"$dir/pass"
"$entente" init --name 'Bench' --code BEN >/dev/null || exit 1
"$entente" user add ana --role analyst --passphrase-file "$dir/pass" >/dev/null || exit 1
"$entente" user add eve --role analyst --passphrase-file "$dir/pass" >/dev/null || exit 1
"$entente" taxii root add exchange --title Exchange >/dev/null || exit 1
"$entente" taxii collection add exchange new --title Feed --read ana --write ana >/dev/null || exit 1
hidden=$("$entente" taxii collection add exchange new --title Hidden --read eve --json) || exit 1
token=$("$entente" user token add ana --title foreign --json) || exit 1
mkfifo "$dir/said"
"$entente" serve --client 127.0.0.1:0 --border 127.0.0.1:0 >"$dir/said" 2>/dev/null &
pid=$!
exec 9<"$dir/said"
read -r _ url <&9
HIDDEN=$hidden TOKEN=$token timeout 200 "$python" tests/bench/foreign_taxii2client.py "$url" \
    "$dir/home/keys/client.crt" 'a long passphrase'
