#!/bin/sh
# evidence: files on objects, by hash; what may be attached; backup; device records take none.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
entente=${ENTENTE:-$PWD/entente}
unset ENTENTE_HOME
n=0
ok() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/#   /' "$work/out" "$work/err" 2>/dev/null
    fi
}
run() { "$entente" --home "$work/home" "$@" >"$work/out" 2>"$work/err"; rc=$?; }
says() { grep -qF -- "$1" "$work/err"; }
refused() {
    run evidence add "$tool" "$1"
    test $rc -ne 0 && says "$2"
    ok $? "$3"
}

run init --name Test --code TST
u=1111-4111-8111-111111111111
tool=tool--11111111-$u
device=device-record--11111111-$u
ext=$("$entente" stix types device-record 2>/dev/null | sed -n 's/.*\(extension-definition--[0-9a-f-]*\).*/\1/p' | head -1)
: "${ext:=$(sed -n 's/.*STIX_EXT_DEVICE[A-Z_]* "\(.*\)".*/\1/p' src/stix/extension_ids.h)}"
t='"spec_version":"2.1","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z"'
printf '{"type":"tool","id":"%s",%s,"name":"T"}\n' "$tool" "$t" >"$work/tool.json"
printf '{"type":"device-record","id":"%s",%s,"placement":"unknown","actuation":"unknown","extensions":{"%s":{"extension_type":"new-sdo"}}}\n' \
    "$device" "$t" "$ext" >"$work/device.json"
run import "$work/tool.json" "$work/device.json"
ok $rc "an object and a device record are held"

printf 'Seen at the pier.\n' >"$work/note.txt"
run --json evidence add "$tool" "$work/note.txt"
ok $rc "a text is attached"
hash=$(sha256sum <"$work/note.txt" | cut -d' ' -f1)
grep -q "\"hash\":\"$hash\",\"type\":\"text/plain\",\"size\":18,\"name\":\"note.txt\"" "$work/out"
ok $? "under its SHA-256, with its type, size and name"
test -f "$work/home/evidence/$(printf %.2s "$hash")/$hash"
ok $? "apart from the store"
run evidence add "$tool" "$work/note.txt"
ok $rc "again is fine"
run --json evidence list "$tool"
test "$(wc -l <"$work/out")" -eq 1
ok $? "and lists once"
run evidence get "$hash" --out "$work/back"
cmp -s "$work/note.txt" "$work/back"
ok $? "it comes back as it was"
"$entente" --home "$work/home" --json evidence add "$tool" - --name 'pier.txt' <"$work/note.txt" >"$work/out" 2>"$work/err"
grep -q "\"hash\":\"$hash\".*\"name\":\"" "$work/out"
ok $? "it may also come on standard input, under a name"
run evidence get "$hash" --out -
cmp -s "$work/note.txt" "$work/out"
ok $? "to standard output too"

printf '\211PNG\r\n\032\nxxxxIEND\256B\140\202' >"$work/a.png"
run --json evidence add "$tool" "$work/a.png" --type image/png
ok $rc "an image is attached"
run evidence add "$tool" "$work/note.txt" --type image/png
test $rc -ne 0 && says "text/plain by its content"
ok $? "a file is what its content says, not its name"
printf '#!/bin/sh\n' >"$work/x.jpg"
refused "$work/x.jpg" "a script" "a script is refused whatever it is called"
printf '\177ELFxxxx' >"$work/x"
refused "$work/x" "a program" "a program is refused"
printf 'PK\003\004xxxx' >"$work/x"
refused "$work/x" "an archive" "an archive is refused"
printf '<svg xmlns="x"></svg>' >"$work/x"
refused "$work/x" "markup" "SVG is refused"
printf 'words <HTML>' >"$work/x"
refused "$work/x" "markup" "HTML is refused"
refused "$work/nothing" "nothing" "a file that is not there is refused"
run evidence add "tool--21111111-$u" "$work/note.txt"
test $rc -ne 0 && says "there is no object"
ok $? "an object that is not there gets nothing"
run evidence add "$device" "$work/note.txt"
test $rc -ne 0 && says "devices take closed lists only"
ok $? "a device record takes no attachment"

printf '{"type":"device-record","id":"device-record--21111111-%s",%s,"placement":"unknown","actuation":"unknown","x_words":"how","extensions":{"%s":{"extension_type":"new-sdo"}}}\n' \
    "$u" "$t" "$ext" >"$work/device.json"
run import "$work/device.json"
test $rc -ne 0 && grep -q "closed lists only" "$work/out"
ok $? "nor free text"

run backup "$work/backup"
ok $rc "a backup is written"
"$entente" --home "$work/home2" restore "$work/backup" >"$work/out" 2>"$work/err"
ok $? "it is restored to a new place"
"$entente" --home "$work/home2" evidence get "$hash" --out "$work/back2" >"$work/out" 2>"$work/err"
cmp -s "$work/note.txt" "$work/back2"
ok $? "and brings the files back"

printf 'x' >>"$work/home/evidence/$(printf %.2s "$hash")/$hash"
run evidence get "$hash" --out "$work/back"
test $rc -ne 0 && says "damaged"
ok $? "a file that was changed is not given out"
run evidence remove "$tool" "$hash"
test ! -e "$work/home/evidence/$(printf %.2s "$hash")/$hash"
ok $? "taken off its last object it is erased"
run evidence get "$hash" --out "$work/back"
test $rc -ne 0 && says "there is no evidence"
ok $? "and found no more"
run --json evidence sweep
grep -q '"removed":0' "$work/out"
ok $? "a sweep keeps what is attached to what is held"
run export
! grep -q "IEND" "$work/out"
ok $? "no export holds a file"
echo "1..$n"
