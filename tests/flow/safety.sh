#!/bin/sh
# The console in a real browser as web.sh, on a demo of its own: what an enemy would try on its
# pages, and what is read again.
# limit: 1500 s
PLAYS="safety again" exec tests/flow/web.sh
