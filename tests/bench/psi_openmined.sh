#!/bin/sh
# psi_openmined -- a standard run between two real nodes over TLS beside OpenMined PSI, which has both
# parties in one process and sends nothing, one after the other in this run.  The package is installed
# into build/; without npm or a network this is skipped.  PSI_POWER=14 for a quick look.
set -eu
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
. tests/bench/nodes
sets_compare "$power"
theirs=$(cd $folder && node run.js $((1 << power)))
sets_say standard "s from the question to the last hit, two nodes, TLS; a tenth of OpenMined's is wanted" \
    "$(awk "BEGIN { printf \"\\\"OpenMined PSI 2.0.6, %s s\\\",\\\"ratio\\\":%.2f\", $theirs, $theirs / $seconds }")"
