#!/bin/sh
# New TLS and sealing keys of a node whose partners serve, one of them not all the time: nobody
# links anew, nothing that is said is lost, and the old keys open nothing afterwards.
. "$(dirname "$0")/lib/nodes"

for node in DSV SVB LEA; do make_node $node lia:liaison fdo1:disclosure fdo2:disclosure; done
serve DSV
serve SVB
serve LEA
pair DSV SVB
pair DSV LEA
cat >"$dir/terms.json" <<'J'
{"name":"One","purposes":["CT-INV"],"match":{"keys_per_day":100,"set_max":100},"release":true,
 "onward":"H2","retention_months":12,"not_before":"2024-01-01","not_after":"2099-12-31"}
J
# propose FROM TO: something is said; its mark in $agreement.  heard NODE: it came
propose() { as lia "$1" agreement propose "$dir/terms.json" --with "$2"; agreement=$(member agreement); }
heard() { until_has "$1" "$agreement" agreement list; }
passes() { # passes A B TEXT: in both directions
    propose "$1" "$2" && heard "$2" && propose "$2" "$1" && heard "$1" && ok "$3" || not_ok "$3"
}
passes DSV SVB "both are heard before it"
passes DSV LEA "by each other"

mkdir "$dir/old"
cp "$dir"/DSV/keys/*.key "$dir"/DSV/keys/*.crt "$dir/DSV/keys/box.sk" "$dir/old"
# answers WANT NODE KEYS: until NODE's border answers so (its process may just be starting anew)
answers() {
    tries=0
    while [ $tries -lt 600 ]; do
        asks "$2" "$3"
        case $answer in $1) return 0 ;; esac
        tries=$((tries + 1))
    done
    return 1
}
# asks NODE KEYS: what NODE's border answers to whoever has the courier's keys of this folder
asks() {
    url=$("$entente" --home "$dir/$1" --json status | sed -n 's/.*"border_url":"\([^"]*\)".*/\1/p')
    answer=$(curl -sk -o "$dir/out" -w '%{http_code}' --cert "$2/courier.crt" --key "$2/courier.key" \
        "$url/entente/v1/checkpoint" 2>"$dir/err")
}
answers 200 SVB "$dir/old" && ok "the present keys are known" || not_ok "the present keys are known"

# ---- with one partner away ----
kill "$pid_LEA"
wait "$pid_LEA"
expect 0 "a renewal begins" run DSV key renew --days 7
has "and waits for partners" '"under_way":true.*"waits":\["LEA"'
expect 65 "a second one has to wait" run DSV key renew
says "and it is said for whom" 'who has not heard'
expect 2 "it takes days" run DSV key renew --days 0
until_has DSV '"waits":\["LEA"\]' key show && ok "who serves hears of it" || not_ok "who serves hears of it"
answers 200 SVB "$dir/old" && ok "and takes the old keys still" || not_ok "and takes the old keys still"
answers 200 SVB "$dir/DSV/keys/next" && ok "and the new ones" || not_ok "and the new ones"
passes DSV SVB "both are heard meanwhile"
cmp -s "$dir/old/border.crt" "$dir/DSV/keys/border.crt" && ok "who is away finds the border that it knows" || not_ok "who is away finds the border that it knows"

# ---- it comes back ----
propose LEA DSV
before=$agreement
serve LEA
until_has DSV '"under_way":false' key show && ok "when it has heard as well, it ends" || not_ok "when it has heard as well, it ends"
has "once" '"renewed":1'
agreement=$before
heard DSV && ok "what was sealed to the old key before came" || not_ok "what was sealed to the old key before came"
passes DSV LEA "both are heard afterwards"
passes DSV SVB "by each other"
for key in border.key courier.key box.sk; do
    if find "$dir/DSV" -type f -exec cmp -s "$dir/old/$key" {} \; -print | grep -q .; then
        not_ok "the old $key is nowhere"
    else ok "the old $key is nowhere"; fi
done
answers 40[0-9] SVB "$dir/old" && ok "and nobody takes it any more" || not_ok "and nobody takes it any more"
answers 200 SVB "$dir/DSV/keys" && ok "as they take the new one" || not_ok "as they take the new one"
for who in SVB LEA; do expect 0 "DSV's log for $who verifies" run DSV log verify $who; done
for who in SVB LEA; do expect 0 "as it does at $who" run $who log verify DSV; done
expect 0 "the own journal verifies, sealed to either key" run DSV audit verify
expect 65 "nothing is left to finish" run DSV key renew --finish
expect 0 "the doctor finds nothing wrong" run DSV doctor
