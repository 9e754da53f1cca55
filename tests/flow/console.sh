#!/bin/sh
# The API of the console, from outside: logging in, every command at its address, who may
# change what and from where, changes as they happen, and what a browser is told.
set -u
entente=$PWD/entente
dir=$(mktemp -d)
export HOME="$dir" ENTENTE_HOME="$dir/home"
n=0
pid=
stop() { [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }; pid=; }
trap 'stop; rm -rf "$dir"' EXIT
ok() { n=$((n + 1)); echo "ok $n - $1"; }
no() { n=$((n + 1)); echo "not ok $n - $1"; shift; printf '# %s\n' "$@"; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else no "$1" "got:  $2" "want: $3"; fi; }
has() { case $2 in *"$3"*) ok "$1" ;; *) no "$1" "no '$3' in: $(printf %s "$2" | head -c 600)" ;; esac; }
lacks() { case $2 in *"$3"*) no "$1" "'$3' in: $(printf %s "$2" | head -c 600)" ;; *) ok "$1" ;; esac; }

echo 'a long passphrase' >"$dir/pass"
"$entente" init --name 'Console' --code CON >/dev/null || exit 1
for role in admin analyst oversight; do
    "$entente" user add "$role" --role "$role" --passphrase-file "$dir/pass" >/dev/null || exit 1
done
mkfifo "$dir/said"
"$entente" serve --client 127.0.0.1:0 --border 127.0.0.1:0 >"$dir/said" 2>"$dir/serve.err" &
pid=$!
exec 9<"$dir/said"
read -r _ url <&9
read -r _ _ <&9
url=${url%/}
ca=$ENTENTE_HOME/keys/client.crt
reason=TEST-0001 # what a session is about; empty: it says none
ask() { curl -s --max-time 60 --cacert "$ca" -H "Entente-Reason: $reason" "$@"; }
status() { ask -o "$dir/body" -w '%{http_code}' "$@"; }
login() { ask -c "$dir/$1.jar" -H "Origin: $url" -H 'Content-Type: application/json' \
    -d "{\"name\":\"$1\",\"passphrase\":\"$2\"}" "$url/api/v1/session"; }

# ---- who is there ----
is 'nobody is logged in at first' "$(status "$url/api/v1/session")" 401
is 'a wrong passphrase is refused' "$(status -H "Origin: $url" -H 'Content-Type: application/json' \
    -d '{"name":"analyst","passphrase":"wrong one"}' "$url/api/v1/session")" 403
unknown=$(ask -H "Origin: $url" -H 'Content-Type: application/json' \
    -d '{"name":"nobody","passphrase":"wrong one"}' "$url/api/v1/session")
is 'an unknown user gets the same words' "$unknown" "$(cat "$dir/body")"
is 'a login from another site is refused' "$(status -H 'Origin: https://evil.example' \
    -H 'Content-Type: application/json' -d '{"name":"analyst","passphrase":"a long passphrase"}' \
    "$url/api/v1/session")" 403
is 'the right passphrase logs in' "$(login analyst 'a long passphrase')" '{"name":"analyst","role":"analyst","signs":true}'
login admin 'a long passphrase' >/dev/null
has 'the cookie is for this host alone, and not for scripts' \
    "$(grep __Host-entente "$dir/analyst.jar")" '#HttpOnly_127.0.0.1'
first=$(grep -o '[0-9a-f]\{64\}' "$dir/analyst.jar")
login analyst 'a long passphrase' >/dev/null
[ "$first" != "$(grep -o '[0-9a-f]\{64\}' "$dir/analyst.jar")" ] && ok 'every login has a token of its own' ||
    no 'every login has a token of its own'
is 'a token that somebody made up is nobody' \
    "$(status -b "__Host-entente=$(printf %064d 7)" "$url/api/v1/session")" 401
is 'a token given before the login is not taken over' \
    "$(status -b "__Host-entente=$(printf %064d 7)" "$url/api/v1/status")" 401

# ---- by the key of a certificate ----
# Another home lends the key pair: what a card has is a certificate and its key.
"$entente" --home "$dir/card" init --name Card --code CARD >/dev/null
cp "$dir/card/keys/courier.crt" "$dir/card.crt"
cp "$dir/card/keys/courier.key" "$dir/card.key"
card() { ask --cert "$dir/card.crt" --key "$dir/card.key" -c "$dir/card.jar" -o "$dir/body" -w '%{http_code}' \
    -H "Origin: ${1:-$url}" -H 'Content-Type: application/json' -d '{"certificate":true}' "$url/api/v1/session"; }
asked() { ask -v -o /dev/null "$url/api/v1/session" 2>&1 | grep -c 'Request CERT'; }
is 'where nobody has a certificate, nobody is asked for one' "$(asked)" 0
is 'and none lets in' "$(status -H "Origin: $url" -H 'Content-Type: application/json' -d '{"certificate":true}' \
    "$url/api/v1/session")" 403
"$entente" user add officer --role disclosure --passphrase-file "$dir/pass" >/dev/null
cp "$dir/card/keys/border.crt" "$dir/other.crt"
"$entente" user certificate add officer "$dir/other.crt" >/dev/null
is 'from the first one on every new line is asked' "$(asked)" 1
is 'a certificate that is nobody'"'"'s lets nobody in' "$(card)" 403
"$entente" user certificate add officer "$dir/card.crt" >/dev/null
is 'nor another site with the card of who is looking at it' "$(card https://evil.example)" 403
is 'the card of a user logs in' "$(card)" 200
is 'with a session that signs nothing' "$(cat "$dir/body")" '{"name":"officer","role":"disclosure","signs":false}'
is 'which reads' "$(status -b "$dir/card.jar" "$url/api/v1/release/drafts")" 200
has 'the journal has who came in, and how' "$(cat "$ENTENTE_HOME"/journal/reads/*.jsonl)" \
    '"user":"officer","verb":"login with certificate"'
has 'and who came with the passphrase' "$(cat "$ENTENTE_HOME"/journal/reads/*.jsonl)" \
    '"user":"analyst","verb":"login with passphrase"'
is 'without the session the card opens nothing' "$(ask --cert "$dir/card.crt" --key "$dir/card.key" -o "$dir/body" \
    -w '%{http_code}' "$url/api/v1/status")" 401
for id in $(ls "$ENTENTE_HOME/keys/certificates" | cut -c1-12); do
    "$entente" user certificate remove officer "$id" >/dev/null
done
is 'who loses the card loses the session' "$(status -b "$dir/card.jar" "$url/api/v1/release/drafts")" 401

# ---- security keys ----
ceremony() { address=$1; shift; status -X POST -H 'Content-Type: application/json' -d "${body-}" "$@" "$url/api/v1/$address"; }
body='{}'
is 'a page of ours is given a challenge' "$(ceremony challenge -H "Origin: $url")" 200
is 'another site is not' "$(ceremony challenge -H 'Origin: https://evil.example')" 403
is 'nor does one read it' "$(status "$url/api/v1/challenge")" 405
is 'without a session no key is added' "$(ceremony session/key -H "Origin: $url")" 401
is 'what is no ceremony adds none' "$(ceremony session/key -H "Origin: $url" -b "$dir/analyst.jar")" 400
body='{"key":{"id":"AA","client_data":"e30","authenticator_data":"AA","signature":"AA"}}'
is 'and what is no answer lets nobody in' "$(ceremony session -H "Origin: $url")" 400
body='{"key":{"id":"!","client_data":"e30","authenticator_data":"AA","signature":"AA"}}'
is 'nor what is not base64url' "$(ceremony session -H "Origin: $url")" 400
has 'and says which' "$(cat "$dir/body")" "'id' is bytes in base64url"

# ---- tokens ----
is 'nobody makes a token for somebody else' \
    "$(status -b "$dir/analyst.jar" -H "Origin: $url" -H 'Content-Type: application/json' -d '{"name":"admin"}' "$url/api/v1/user/token/add")" 403
is 'not even an administrator, who sees no content' \
    "$(status -b "$dir/admin.jar" -H "Origin: $url" -H 'Content-Type: application/json' -d '{"name":"analyst"}' "$url/api/v1/user/token/add")" 403
"$entente" user token add admin >/dev/null
is 'nor sees or ends those of others' "$(status -b "$dir/analyst.jar" "$url/api/v1/user/token/list?name=admin")" 403
lacks 'also when all are asked for' "$(ask -b "$dir/analyst.jar" "$url/api/v1/user/token/list")" '"user":"admin"'
is 'at all' "$(status -b "$dir/analyst.jar" -H "Origin: $url" -H 'Content-Type: application/json' \
    -d "{\"name\":\"admin\",\"id\":\"$(ls "$ENTENTE_HOME/keys/tokens" | cut -c1-12)\"}" "$url/api/v1/user/token/remove")" 403
is 'a token of one'"'"'s own is made' \
    "$(status -b "$dir/analyst.jar" -H "Origin: $url" -H 'Content-Type: application/json' -d '{"name":"analyst"}' "$url/api/v1/user/token/add")" 200
has 'which an administrator sees' "$(ask -b "$dir/admin.jar" "$url/api/v1/user/token/list")" '"user":"analyst"'

# ---- every command at its address ----
analyst() { ask -b "$dir/analyst.jar" "$@"; }
has 'GET runs a command that reads' "$(analyst "$url/api/v1/status")" '"code":"CON"'
is 'what is not found is an answer' "$(status -b "$dir/analyst.jar" "$url/api/v1/search?text=nobody")" 200
has 'a question answered no says so' "$(cat "$dir/body")" '"answer":"no"'
is 'a parameter that is missing is a wrong request' "$(status -b "$dir/analyst.jar" "$url/api/v1/search")" 400
has 'and is named' "$(cat "$dir/body")" "'text' is missing"
is 'an unknown id is not found' \
    "$(status -b "$dir/analyst.jar" "$url/api/v1/show?id=malware--00000000-0000-4000-8000-000000000000")" 404
has 'and stands in the gap of its sentence' "$(cat "$dir/body")" \
    '"said":{"code":"none.object","args":{"id":"malware--00000000-0000-4000-8000-000000000000"}}'
is 'an unknown command is not found' "$(status -b "$dir/analyst.jar" "$url/api/v1/format/disk")" 404
is 'without a login there is nothing' "$(status "$url/api/v1/status")" 401
is 'scripts may use Basic credentials' "$(status -u 'analyst:a long passphrase' "$url/api/v1/status")" 200
bundle=examples/two-incidents/DSV.stix.json
post() { ask -b "$dir/$1.jar" -H "Origin: $url" -H 'Content-Type: application/json' -d "$3" "$url/api/v1/$2"; }
has 'POST takes a file' "$(ask -b "$dir/analyst.jar" -H "Origin: $url" --data-binary "@$bundle" \
    "$url/api/v1/import")" '"format":"stix"'
has 'what came in is found' "$(analyst "$url/api/v1/search?text=Zeddouri")" 'Zeddouri'
login oversight 'a long passphrase' >/dev/null
reason=
is 'a look-up without a reason is refused' \
    "$(status -b "$dir/analyst.jar" "$url/api/v1/search?text=Zeddouri")" 403
has 'and says what is missing' "$(cat "$dir/body")" '[reason]'
has 'with a code for other languages' "$(cat "$dir/body")" '"code":"DENIED","said":{"code":"lookup.reason","args":{}}'
is 'a session gives it once for all its look-ups' "$(status -b "$dir/analyst.jar" -H 'Entente-Reason: TIP%20%D0%961' \
    -H 'Entente-Purpose: CT-INV' "$url/api/v1/search?text=Zeddouri")" 200
has 'and the journal has it' "$(ask -b "$dir/oversight.jar" "$url/api/v1/audit/list?who=analyst")" \
    '"purpose":"CT-INV","reason":"TIP Ж1"'
is 'what is no text is no reason' "$(status -b "$dir/analyst.jar" -H 'Entente-Reason: %FF' \
    "$url/api/v1/search?text=Zeddouri")" 400
is 'oversight cannot let the duty go' "$(status -b "$dir/oversight.jar" -H "Origin: $url" \
    -H 'Content-Type: application/json' -d '{"rule":"optional","reason":"the Act"}' "$url/api/v1/audit/reasons")" 403
reason=TEST-0001
persons=$(analyst "$url/api/v1/export" | grep -o '"id":"identity--[0-9a-f-]*"[^{}]*"identity_class":"individual"' | cut -d'"' -f4)
one=$(echo "$persons" | sed -n 1p)
two=$(echo "$persons" | sed -n 2p)
"$entente" user certificate add analyst "$dir/card.crt" >/dev/null
card >/dev/null
is 'who came in with a card signs no statement' "$(status -b "$dir/card.jar" -H "Origin: $url" -H 'Content-Type: application/json' \
    -d "{\"a\":\"$one\",\"b\":\"$two\",\"reason\":\"x\"}" "$url/api/v1/same/propose")" 403
has 'and is told why' "$(cat "$dir/body")" 'which the passphrase opens: log in with it'
is 'nor makes a token, in which the card would live on' "$(status -b "$dir/card.jar" -H "Origin: $url" \
    -H 'Content-Type: application/json' -d '{"name":"analyst"}' "$url/api/v1/user/token/add")" 403
"$entente" user certificate remove analyst "$(ls "$ENTENTE_HOME/keys/certificates" | cut -c1-12)" >/dev/null
"$entente" user certificate add admin "$dir/card.crt" >/dev/null
card >/dev/null
is 'an administrator with nothing but a card makes no users' "$(status -b "$dir/card.jar" -H "Origin: $url" \
    --data-binary 'a long passphrase' "$url/api/v1/user/add?name=eve&role=disclosure")" 403
has 'and is told what it takes' "$(cat "$dir/body")" 'is for who logs in with the passphrase'
is 'with the passphrase, users are made' "$(status -b "$dir/admin.jar" -H "Origin: $url" \
    --data-binary 'a long passphrase' "$url/api/v1/user/add?name=eve&role=disclosure")" 200
has 'in any script' "$(analyst -G --data-urlencode 'text=الزدوري' "$url/api/v1/search")" 'Zeddouri'
analyst "$url/api/v1/export" >"$dir/export"
has 'an export is bytes' "$(head -c 100 "$dir/export")" '"type":"bundle"'
tag=$(ask -b "$dir/analyst.jar" -D - -o /dev/null "$url/api/v1/release/list" | tr -d '\r' | sed -n 's/^ETag: //p')
is 'what has not changed is not sent again' \
    "$(status -b "$dir/analyst.jar" -H "If-None-Match: $tag" "$url/api/v1/release/list")" 304

# ---- the document says what the program does ----
ask "$url/api/v1/openapi.json" >"$dir/openapi"
"$entente" stix canon "$dir/openapi" | tr '{' '\n' >"$dir/canon" ||
    no 'the document is JSON' "$(head -c 300 "$dir/openapi")"
missing=$("$entente" help --json | sed 's/.*"name":"\([^"]*\)".*/\1/' | while read -r name; do
    grep -q "\"/api/v1/$(echo "$name" | tr ' ' /)\":" "$dir/openapi" ||
        grep -q "\"$name\":\"" "$dir/openapi" || echo "$name"
done)
is 'every command is offered, or the document says why not (a row in src/console/verbs.def)' "$missing" ''
wrong=$(grep -o '"/api/v1/[^"]*":{"[a-z]*"' "$dir/openapi" | tr -d '"{' | tr : ' ' | while read -r path method; do
    case $path in */session | */events | */openapi.json) continue ;; esac
    [ "$method" = get ] && other='-X POST' || other='-X GET'
    code=$(status -b "$dir/analyst.jar" -H "Origin: $url" $other "$url$path")
    [ "$code" = 405 ] || echo "$path $other $code"
    code=$(status "$url$path" -X "$(echo "$method" | tr a-z A-Z)")
    [ "$code" = 401 ] || echo "$path nobody $code"
done)
is 'every address of the document is there, by its method, for who is logged in' "$wrong" ''

# ---- who may change what, and from where ----
has 'a command for administrators is refused to others' \
    "$(post analyst taxii/root/add '{"root":"r"}')" '[roles]'
has 'and done for them' "$(post admin taxii/root/add '{"root":"r"}')" '"answer":"yes"'
refuse() { is "$1" "$(status -b "$dir/admin.jar" -d '{"root":"s"}' "$url/api/v1/taxii/root/add" -H 'Content-Type: application/json' "$2" "$3")" "$4"; }
refuse 'a change asked for by another site is refused' -H 'Origin: https://evil.example' 403
refuse 'a change that does not say where from is refused' -H 'X-Nothing: 1' 403
is 'a change that the browser calls foreign is refused' "$(status -b "$dir/admin.jar" -d '{"root":"s"}' \
    -H "Origin: $url" -H 'Sec-Fetch-Site: cross-site' -H 'Content-Type: application/json' "$url/api/v1/taxii/root/add")" 403
is 'a form cannot change anything' "$(status -b "$dir/admin.jar" -H "Origin: $url" \
    --data-urlencode 'root=s' "$url/api/v1/taxii/root/add")" 415
lacks 'nothing of it was done' "$(ask -b "$dir/admin.jar" "$url/api/v1/taxii/root/list")" '"root":"s"'
keyed() { ask -b "$dir/admin.jar" -H "Origin: $url" -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: one' -d "$1" "$url/api/v1/taxii/root/add"; }
once=$(keyed '{"root":"t"}')
is 'a change that is sent again is made once' "$(keyed '{"root":"t"}')" "$once"
has 'another request under the same key is refused' "$(keyed '{"root":"u"}')" '"status":409'
has 'another user may use the same key' "$(ask -b "$dir/analyst.jar" -H "Origin: $url" \
    -H 'Content-Type: application/json' -H 'Idempotency-Key: one' -d '{"peer":"X"}' "$url/api/v1/pull")" '"status"'

# ---- changes as they happen ----
mkfifo "$dir/events"
curl -sN --max-time 30 --cacert "$ca" -b "$dir/analyst.jar" "$url/api/v1/events" >"$dir/events" &
reader=$!
exec 8<"$dir/events"
read -r hello <&8
is 'a stream of events begins at once' "$hello" ':'
post admin taxii/root/add '{"root":"v"}' >/dev/null
event=
while read -r line <&8; do
    event="$event $line"
    case $line in data:*) break ;; esac
done
has 'a change is told' "$event" 'event: change data: {"peer":""}'
kill "$reader" 2>/dev/null
exec 8<&-

# ---- what a browser is told ----
head=$(ask -D - -o /dev/null "$url/")
has 'the page allows its own scripts and nothing else' "$head" "default-src 'none'; script-src 'self'"
has 'it is shown in no other page' "$head" "frame-ancestors 'none'"
has 'its type is not guessed' "$head" 'X-Content-Type-Options: nosniff'
asset=$(ask --compressed "$url/" | grep -o 'assets/[^"]*\.js' | head -n 1)
has 'what never changes is kept' "$(ask -D - -o /dev/null "$url/$asset")" 'immutable'
lacks 'no page asks another host for anything' \
    "$(ask --compressed "$url/$asset" | grep -oE 'https?://[a-zA-Z0-9.-]+' | grep -v 'www.w3.org' | sort -u)" '://'

# ---- the end ----
is 'logging out ends the session' "$(status -b "$dir/analyst.jar" -H "Origin: $url" -X DELETE "$url/api/v1/session")" 204
is 'for good' "$(status -b "$dir/analyst.jar" "$url/api/v1/status")" 401
curl -sN --max-time 60 --cacert "$ca" -b "$dir/admin.jar" "$url/api/v1/events" >/dev/null &
watcher=$!
kill "$pid"
wait "$pid"
is 'serve stops with a stream open' "$?" 0
pid=
kill "$watcher" 2>/dev/null
echo "1..$n"
