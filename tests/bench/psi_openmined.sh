#!/bin/sh
# psi_openmined -- the balanced run beside OpenMined PSI, one after the other in this run, each
# with both parties on this machine.  The package is installed into build/; without npm or
# a network this is skipped.  PSI_POWER=14 for a quick look.
set -eu
bench=$(ls -t build/release-gcc/bench/psi build/*/bench/psi 2>/dev/null | head -1)
folder=build/psi-openmined
power=${PSI_POWER:-16}
if ! command -v npm >/dev/null 2>&1; then
    echo "psi_openmined: skipped: npm is not here" >&2
    exit 0
fi
mkdir -p $folder
if [ ! -d $folder/node_modules/@openmined/psi.js ]; then
    npm install --ignore-scripts --silent --no-audit --no-fund --prefix $folder @openmined/psi.js@2.0.6 >/dev/null 2>&1 || {
        echo "psi_openmined: skipped: @openmined/psi.js cannot be installed" >&2
        exit 0
    }
fi
cp tests/bench/psi_openmined.js $folder/run.js
ours=$("$bench" balanced "$power")
theirs=$(cd $folder && node run.js $((1 << power)))
awk -v o="$ours" -v t="$theirs" -v p="$power" 'BEGIN {
    printf "{\"bench\":\"psi/2^%d/standard/seconds\",\"value\":%s,\"unit\":\"seconds\",\"against\":\"OpenMined PSI 2.0.6 %s s\",\"ratio\":%.2f}\n", p, o, t, t / o
}'
