#!/bin/sh
# What officers do seldom - emergencies, passing on, compartments, alarms - and the ways to log in, in a
# real browser as web.sh, on a demo of their own.
# limit: 1500 s
PLAYS="officers alarms logins" exec tests/flow/web.sh
