/*
 * node/clock -- the process that lets time do its work.
 *
 * Started by `serve`.  It asks every module that has something to do by time (the table in
 * clock.c), does what is due in one transaction each, says what follows from it, and sleeps
 * until the next instant, until a peer or a command changed something, or until the clock
 * was set.  It never polls.
 */
#ifndef ENT_NODE_CLOCK_H
#define ENT_NODE_CLOCK_H

#include "node/desk.h"

/* One round: *next is when to come again by the home's clock.  Every row is tried; the first
 * failure is returned. */
ENT_MUST_USE ent_code node_clock_round(node_desk *nd, ent_time *next, ent_err *err);

/* The process: until `control` is closed. */
ENT_MUST_USE ent_code node_clock_run(const node_home *home, int control, ent_err *err);

#endif
