/*
 * taxii/writer -- many writers, one commit.
 *
 * A commit waits for the disk; while one does, others queue up, and the next commit is
 * for all of them.  Whoever finds nobody committing does it for the rest.  A write
 * that fails is undone alone; one that the store cannot do fails its whole round.
 */
#ifndef ENT_TAXII_WRITER_H
#define ENT_TAXII_WRITER_H

#include "taxii/store.h"

typedef struct taxii_writer taxii_writer;

typedef ent_code (*taxii_write)(taxii_store *s, void *arg, ent_err *err);

ENT_MUST_USE ent_code taxii_writer_new(const char *path, taxii_writer **writer, ent_err *err);
void taxii_writer_free(taxii_writer *writer);

/* Runs `write` inside a transaction and returns when it is durable.  What it did is
 * undone if it fails.  For any thread that may wait. */
ENT_MUST_USE ent_code taxii_writer_run(taxii_writer *writer, taxii_write write, void *arg,
                                       ent_err *err);

#endif
