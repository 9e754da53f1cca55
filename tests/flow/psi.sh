#!/bin/sh
# The public header and doc/examples/psi.c: installed, built with pkg-config, and run as two
# programs over a socket.
set -u
dir=$(mktemp -d) || exit 1
count=0
trap 'rm -rf "$dir"; echo "1..$count"' EXIT
ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() { count=$((count + 1)); echo "not ok $count - $1"; sed 's/^/#   /' "$dir/err" 2>/dev/null; }

# What `make install` puts there, without building the shared library anew.
archive=build/release-gcc/libentente.a
[ -z "${ENT_TEST_OUT:-}" ] || archive=${ENT_TEST_OUT%/test-results}/libentente.a
mkdir -p "$dir/lib/pkgconfig" "$dir/include/entente"
cp "$archive" "$dir/lib/" && cp include/entente/*.h "$dir/include/entente/"
printf 'prefix=%s\nName: entente\nDescription: entente\nVersion: 0\nCflags: -I${prefix}/include\nLibs: -L${prefix}/lib -lentente -lm\nRequires: %s\n' \
    "$dir" "$(sed -n 's/^LIBRARY_PKGS := //p' Makefile)" >"$dir/lib/pkgconfig/entente.pc"
PKG_CONFIG_PATH="$dir/lib/pkgconfig"
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
if ${CC:-cc} -D_XOPEN_SOURCE=700 -std=c17 -Wall -Wextra -Werror -o "$dir/psi" doc/examples/psi.c \
    $(pkg-config --cflags --libs entente) 2>"$dir/err"; then
    ok "the example builds with pkg-config alone"
else
    not_ok "the example builds with pkg-config alone"
    exit 0
fi
timeout 60 "$dir/psi" listen "$dir/s" doc:QBZ:650018823 tel:+999885550147 doc:A:1 >"$dir/one" 2>"$dir/err" &
timeout 60 "$dir/psi" connect "$dir/s" doc:B:2 doc:QBZ:650018823 doc:QKS:7741902 doc:A:1 >"$dir/two" 2>>"$dir/err"
wait
printf 'doc:QBZ:650018823\ndoc:A:1\n' >"$dir/want"
cmp -s "$dir/one" "$dir/want" && ok "the one that listens finds the common keys" || not_ok "the one that listens finds the common keys"
cmp -s "$dir/two" "$dir/want" && ok "and so does the one that connects" || not_ok "and so does the one that connects"
