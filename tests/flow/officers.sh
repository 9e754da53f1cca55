#!/bin/sh
# What officers do seldom - emergencies, passing on, compartments, alarms, what is
# for persons by name, what is read again - and the ways to log in, in a
# real browser as web.sh, on a demo of their own.
# limit: 1500 s
PLAYS="officers alarms named again logins" exec tests/flow/web.sh
