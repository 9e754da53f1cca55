#!/bin/sh
# What officers do seldom - emergencies, passing on, compartments, alarms, what is for persons by
# name - and the ways to log in, in a real browser as web.sh, on a demo of their own.
# limit: 1500 s
DEMO="--step 8" PLAYS="officers alarms named logins" exec tests/flow/web.sh
