/*
 * node/audit -- who read what over the client listener.
 *
 * Every page and every write is a line of JSON in journal/reads/DATE.jsonl before it is
 * answered: when, who, from which collection, which objects, never what they say.  A read
 * that cannot be noted is not answered.  Of a view of holdings the ids are named; of a
 * plain collection, the dates of the first and last.  Lines reach the disk within a
 * second (a thread syncs) and at the end.  For many threads at once.
 */
#ifndef ENT_NODE_AUDIT_H
#define ENT_NODE_AUDIT_H

#include "node/home.h"
#include "taxii/server.h"

typedef struct node_audit node_audit;

ENT_MUST_USE ent_code node_audit_new(const node_home *home, node_audit **audit, ent_err *err);
/* From here on lines reach the disk by themselves: its thread starts. */
ENT_MUST_USE ent_code node_audit_start(node_audit *audit, ent_err *err);
/* Syncs what was noted. */
void node_audit_free(node_audit *audit);

/* The line of a note, with its end. */
ENT_MUST_USE ent_code node_audit_line(ent_arena *arena, const taxii_note *note, ent_str *line,
                                      ent_err *err);

/* As taxii_server_config.noted; `arg` is the audit.  IO: it could not be noted. */
ENT_MUST_USE ent_code node_audit_note(void *arg, ent_arena *arena, const taxii_note *note,
                                      ent_err *err);

#endif
