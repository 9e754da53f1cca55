#!/bin/sh
# A node from outside: init, users, linking, serving, killing, the logs and their proofs,
# pouches, and bad input.  Two homes linked over TLS on this machine.
. "$(dirname "$0")/lib/nodes"
tools=$(dirname "$0")/../../tools

# pids_of NODE ROLE: the processes of a node's serve ("" for all of them)
pids_of() {
    for p in /proc/[0-9]*; do
        line=$({ tr '\0' ' ' <"$p/cmdline"; } 2>/dev/null) || continue
        case $line in *"serve --home $dir/$1 --process $2"*) echo "${p#/proc/}" ;; esac
    done
}

# ---- init and users ----
expect 66 "a folder that is no home is said to be none" run NONE status
says "and what makes one" 'entente init'
expect 2 "a node needs a name" run A init
expect 2 "and a code of capitals" run A init --name A --code small
for node in AAA BBB CCC; do
    expect 0 "init $node" run $node init --name "Node $node" --code $node --border 127.0.0.1:0 --client 127.0.0.1:0
done
has "prints the fingerprint" '"fingerprint":"[0-9a-f-]*"'
expect 65 "a home is not made twice" run AAA init --name A --code AAA
expect 0 "a user" run AAA user add lia --role liaison
expect 0 "another" run AAA user add dis --role disclosure
run BBB user add lib --role liaison
expect 65 "not twice" run AAA user add lia --role analyst
expect 2 "not with an unknown role" run AAA user add x --role king
printf 'short\n' >"$dir/short"
expect 2 "nor with a short passphrase" run AAA user add x --role analyst --passphrase-file "$dir/short"
run AAA user list
has "users are listed" '"name":"lia","role":"liaison"'
expect 0 "status needs no serve" run AAA status
if grep -q border_url "$dir/out"; then not_ok "and shows no address then"; else ok "and shows no address then"; fi

# ---- serving and linking ----
serve AAA && ok "a node serves" || not_ok "a node serves"
grep -q '^border https://127.0.0.1:[0-9]*$' "$dir/AAA.ready" && ok "and prints where peers connect" || not_ok "and prints where peers connect"
grep -q '^client https://127.0.0.1:[0-9]*$' "$dir/AAA.ready" && ok "and where clients do" || not_ok "and where clients do"
expect 65 "a second serve of the same home is refused" run AAA serve
serve BBB || not_ok "another node serves"
expect 0 "an invitation" run AAA peer invite --out "$dir/invite"
sed 's/"v":1/"v":9/' "$dir/invite" >"$dir/bad"
expect 65 "a bad card is refused" run BBB peer join "$dir/bad" --out "$dir/reply"
says "and the member named" "'v'"
head -c 100 "$dir/invite" >"$dir/bad"
expect 65 "a cut card too" run BBB peer join "$dir/bad" --out "$dir/reply"
head -c 100000 /dev/zero | tr '\0' ' ' >"$dir/bad"
expect 65 "and one that is too large" run BBB peer join "$dir/bad" --out "$dir/reply"
run BBB peer list
[ ! -s "$dir/out" ] && ok "nothing of them is kept" || not_ok "nothing of them is kept"
expect 2 "an invitation needs a place for the reply" run BBB peer join "$dir/invite"
expect 0 "it is joined" run BBB peer join "$dir/invite" --out "$dir/reply"
words=$(member words)
expect 66 "a third node cannot join the reply" run CCC peer join "$dir/reply"
expect 0 "the reply is joined" run AAA peer join "$dir/reply"
[ "$(member words)" = "$words" ] && ok "both show the same words" || not_ok "both show the same words"
expect 77 "nothing is pulled before they are confirmed" run AAA pull BBB
expect 76 "wrong words are refused" run AAA peer confirm BBB baba baba baba
expect 0 "the right ones are not" run AAA peer confirm BBB "$words"
# shellcheck disable=SC2086
expect 0 "also as twelve arguments" run BBB peer confirm AAA $words
expect 66 "an unknown peer is not found" run AAA peer suspend ZZZ

# ---- saying something ----
cat >"$dir/agreement.json" <<'J'
{"name":"Two incidents","purposes":["CT-INV"],"match":{"keys_per_day":100,"set_max":100},
 "release":true,"onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2030-12-31"}
J
said=0
say() {
    run AAA agreement propose "$dir/agreement.json" --with BBB --as lia
    agreement=$(member agreement)
    said=$((said + 1))
}
heard() { until_has BBB "$agreement" agreement list; }
expect 0 "something is said" say
heard && ok "and heard" || not_ok "and heard"

# ---- killing ----
for role in border link courier; do
    for node in AAA BBB; do
        for pid in $(pids_of $node $role); do kill -9 "$pid" 2>/dev/null; done
    done
    say
    heard && ok "after kill -9 of every $role it goes on" || not_ok "after kill -9 of every $role it goes on"
done
kill -9 "$pid_BBB"
wait "$pid_BBB" 2>/dev/null
say
tries=0
while [ -n "$(pids_of BBB '')" ] && [ $tries -lt 500 ]; do tries=$((tries + 1)); done
[ -z "$(pids_of BBB '')" ] && ok "nothing of a killed node lives on" || not_ok "nothing of a killed node lives on"
expect 69 "a peer that is away is not reached" run AAA pull BBB
serve BBB && ok "a killed node starts again" || not_ok "a killed node starts again"
heard && ok "and hears what was said meanwhile" || not_ok "and hears what was said meanwhile"

# ---- the address of a port 0 does not change, so nobody has to be told ----
until_has AAA '"lag":0,"waiting":0' status && ok "the writer sees how far the reader is" || not_ok "the writer sees how far the reader is"

# ---- the logs ----
kill "$pid_AAA" "$pid_BBB"
wait "$pid_AAA"
[ $? -eq 0 ] && ok "SIGTERM ends a node with exit 0" || not_ok "SIGTERM ends a node with exit 0"
wait "$pid_BBB"
[ -z "$(pids_of AAA '')$(pids_of BBB '')" ] && ok "and all its processes" || not_ok "and all its processes"
expect 0 "the writer's log verifies" run AAA log verify
has "with as many entries as were said" '"side":"out","ok":true,"entries":'$said
expect 0 "and the reader's mirror" run BBB log verify AAA
run AAA log head BBB
root=$(member root)
run BBB log head AAA
has "both read out the same root" "$root"

# tamper NODE SIDE KIND: the first such file gets one byte changed, and is put back
tamper() {
    folder=$dir/$1/links/$4/$2
    file=$(find "$folder/$3" -type f | head -1)
    cp "$file" "$dir/saved"
    size=$(wc -c <"$file")
    middle=$((size / 2))
    byte=$(dd if="$file" bs=1 skip=$middle count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
    { head -c $middle "$dir/saved"; printf "\\$(printf %03o $(((byte ^ 1) & 255)))"; tail -c +$((middle + 2)) "$dir/saved"; } >"$file"
    run "$1" log verify
    part=${file##*/}
    [ $rc -eq 1 ] && grep -q "$part\|tile/\|signed head" "$dir/err" && ok "one changed byte in $2/$3 is found" || not_ok "one changed byte in $2/$3 ($file) is found"
    cp "$dir/saved" "$file"
}
for kind in checkpoint tile/entries tile/0 key body; do
    tamper AAA out $kind BBB
    tamper BBB in $kind AAA
done
expect 0 "put back, it verifies again" run AAA log verify

expect 0 "a proof" run AAA log prove BBB:1 --out "$dir/proof"
expect 0 "holds at the writer's" run AAA log verify --proof "$dir/proof"
expect 0 "and at the reader's" run BBB log verify --proof "$dir/proof"
has "with both names on it" '"cosigned":true'
sed 's/^index 1$/index 2/' "$dir/proof" >"$dir/bad"
run AAA log verify --proof "$dir/bad"
[ $rc -eq 1 ] && ok "a changed one does not" || not_ok "a changed one does not"
expect 66 "and at no third node" run CCC log verify --proof "$dir/proof"
expect 66 "what was never said is not proved" run AAA log prove BBB:99 --out "$dir/none"

# ---- pouches ----
say
expect 0 "a pouch is packed" run AAA pouch pack BBB "$dir/pouch"
expect 66 "it is none for a third node" run CCC pouch open "$dir/pouch"
head -c 300 "$dir/pouch" >"$dir/bad"
expect 65 "a cut one is refused" run BBB pouch open "$dir/bad"
expect 0 "and opened by its reader" run BBB pouch open "$dir/pouch"
has "which applies what it had not" '"applied":1'
expect 0 "once" run BBB pouch open "$dir/pouch"
has "and not again" '"applied":0'

# ---- doctor ----
expect 0 "the doctor finds nothing wrong" run AAA doctor
chmod 644 "$dir/AAA/keys/identity.sk"
expect 1 "a key that others can read is wrong" run AAA doctor
has "and what to do is said" 'chmod'
chmod 600 "$dir/AAA/keys/identity.sk"
echo 'the peer signed two logs' >"$dir/AAA/links/BBB/stopped"
expect 1 "a stopped link is wrong" run AAA doctor
rm "$dir/AAA/links/BBB/stopped"

# ---- another program, in another language, verifies the same logs ----
if command -v python3 >/dev/null; then
    second() { python3 "$tools/verify-log" "$dir/$1" "$2" >"$dir/out" 2>"$dir/err"; rc=$?; }
    expect 0 "a second program verifies the writer's log" second AAA BBB
    has "and its reader's cosignature" "^out: $said entries, [1-9][0-9]* cosigned: good"
    expect 0 "and the reader's mirror" second BBB AAA
    for file in out/tile/0/000.p/$said out/checkpoint out/tile/entries/000.p/$said in/cosignature; do
        cp "$dir/AAA/links/BBB/$file" "$dir/kept"
        size=$(wc -c <"$dir/kept")
        { head -c $((size - 9)) "$dir/kept"; printf 'A'; tail -c 8 "$dir/kept"; } >"$dir/AAA/links/BBB/$file"
        if cmp -s "$dir/kept" "$dir/AAA/links/BBB/$file"; then
            { head -c $((size - 9)) "$dir/kept"; printf 'B'; tail -c 8 "$dir/kept"; } >"$dir/AAA/links/BBB/$file"
        fi
        expect 1 "it finds one changed byte in $file" second AAA BBB
        cp "$dir/kept" "$dir/AAA/links/BBB/$file"
    done
else
    echo "ok $((count = count + 1)) # skip python3 is not here"
fi

# ---- a new identity key ----
expect 66 "a key is not replaced without the recovery key" run AAA key rotate --recovery "$dir/nothing"
mv "$dir/AAA/keys/recovery" "$dir/safe"
expect 0 "with it, it is" run AAA key rotate --recovery "$dir/safe" --reason 'laptop stolen'
said=$((said + 1))
expect 0 "the writer's log verifies under the new key" run AAA log verify BBB
expect 2 "an address is one" run AAA peer address nowhere

# ---- suspending: at once, while both serve ----
serve AAA && serve BBB || not_ok "both serve again"
say && heard && ok "the exchange runs" || not_ok "the exchange runs"
expect 0 "a peer is suspended" run AAA peer suspend BBB --reason 'a key was lost'
has "and shown so" '"state":"suspended"'
run AAA status
has "and an alarm stands in the state of the node, with its sentence and its kind" '"alarms":\[{"what":"an exchange is suspended","what_said":{"code":"alarm.suspended","args":{}},"kind":"suspension","precedence":"IMMEDIATE","peer":"BBB"'
[ "$(ls "$dir/AAA/links/BBB/out/key" | wc -l)" -eq 2 ] && ok "nothing but the word of it, and of the new key, can be fetched" || not_ok "nothing but the word of it, and of the new key, can be fetched"
expect 77 "and nothing more is said to it" say
expect 0 "the writer's log verifies with frozen bodies" run AAA log verify BBB
tries=0
while ! grep -q . "$dir/susp" 2>/dev/null && [ $tries -lt 300 ]; do
    run BBB agreement propose "$dir/agreement.json" --with AAA --as lib
    [ $rc -eq 77 ] && cp "$dir/err" "$dir/susp"
    tries=$((tries + 1))
done
grep -q 'AAA has suspended the exchange' "$dir/susp" && ok "the other end hears it although nothing else comes" || not_ok "the other end hears it although nothing else comes"
expect 0 "the exchange is taken up again" run AAA peer resume BBB
run AAA status
has "and the alarm is over" '"alarms":\[\]'
say && heard && ok "and goes on" || not_ok "and goes on"
expect 65 "a peer that is not suspended is not resumed" run AAA peer resume BBB
kill "$pid_AAA" "$pid_BBB"
wait "$pid_AAA" "$pid_BBB"
expect 0 "a peer is removed" run AAA peer remove BBB
run AAA peer list
[ ! -s "$dir/out" ] && ok "and gone" || not_ok "and gone"
