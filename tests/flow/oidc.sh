#!/bin/sh
# Logging in at an OpenID Connect provider, a real one that runs beside the node: what an
# administrator sets, what a browser does, what attackers and a lying provider would.
set -u
if ! command -v node >/dev/null || [ ! -d web/node_modules/oidc-provider ]; then
    echo "ok 1 # SKIP no Node.js or no provider here: make entente installs both"
    echo "1..1"
    exit 0
fi
entente=$PWD/entente
dir=$(mktemp -d)
export HOME="$dir" ENTENTE_HOME="$dir/home"
pid=
trap '[ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }; rm -rf "$dir"' EXIT

echo 'a long passphrase' >"$dir/pass"
"$entente" init --name 'Logins' --code OID >/dev/null || exit 1
"$entente" user add admin --role admin --passphrase-file "$dir/pass" >/dev/null || exit 1
"$entente" user add ana --role analyst --passphrase-file "$dir/pass" >/dev/null || exit 1
mkfifo "$dir/said"
"$entente" serve --client 127.0.0.1:0 --border 127.0.0.1:0 >"$dir/said" 2>"$dir/serve.err" &
pid=$!
exec 9<"$dir/said"
read -r _ url <&9
read -r _ _ <&9
# Another home lends the provider its certificate for this address.
"$entente" --home "$dir/other" init --name Provider --code PROV >/dev/null
cat "$ENTENTE_HOME/keys/client.crt" "$dir/other/keys/client.crt" >"$dir/authorities"
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser)
[ -d web/node_modules/playwright-core ] || chromium=
URL=${url%/} ENTENTE=$entente FOLDER=$dir CERT=$dir/other/keys/client.crt KEY=$dir/other/keys/client.key \
    CHROMIUM=$chromium NODE_EXTRA_CA_CERTS=$dir/authorities NODE_NO_WARNINGS=1 \
    timeout 300 node web/test/oidc.mjs >"$dir/out" 2>"$dir/err" || echo "not ok - the play ran to its end" >>"$dir/out"
grep -E '^(ok|not ok|#)' "$dir/out"
n=$(grep -cE '^(ok|not ok)' "$dir/out")
grep -q '^not ok' "$dir/out" && tail -n 30 "$dir/err" | sed 's/^/# /'
n=$((n + 1))
if grep -rqF 'a secret: 100' "$dir/serve.err" "$ENTENTE_HOME"; then
    echo "not ok $n - the secret is nowhere once it is cleared, and in no log"
    grep -rlF 'a secret: 100' "$dir/serve.err" "$ENTENTE_HOME" | sed 's/^/# /'
else
    echo "ok $n - the secret is nowhere once it is cleared, and in no log"
fi
echo "1..$n"
