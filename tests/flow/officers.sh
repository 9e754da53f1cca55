#!/bin/sh
# What officers do seldom - emergencies, passing on, compartments - and the ways to log in, in a
# real browser as web.sh, on a demo of their own.  Alarms and what is for persons by name:
# `make soak SOAK=pages`.
# limit: 1500 s
DEMO="--step 8" PLAYS="officers logins" exec tests/flow/web.sh
