/*
 * node/backup -- the whole home in one file, while it is in use, and back again.
 *
 * The file is a POSIX tar archive (ustar), so that `tar tf` shows what is in it: the
 * configuration, the keys, the links with both sides of their logs, and a consistent copy
 * of the store, as a SQLite file also where the store is a server's; a restore fills the
 * database from it, which must be empty.  While it is written nobody appends to a log, so that store and logs agree.
 * Whoever has the file is the node: it is written with mode 0600.
 *
 * A restored log that is older than what peers have seen would become a second history.
 * Therefore a restore refuses when a log that is there is longer than the one in the file,
 * and leaves every link held: nothing is sent before a person has compared heads
 * with the other end (`log head`) and confirms the link anew.
 */
#ifndef ENT_NODE_BACKUP_H
#define ENT_NODE_BACKUP_H

#include "node/desk.h"

typedef struct node_backup_report {
    size_t files, links;
    uint64_t bytes;
} node_backup_report;

/* Writes `path` whole or not at all.  IO, RETRY (a link is busy) */
ENT_MUST_USE ent_code node_backup_write(ent_arena *arena, node_desk *nd, const char *path,
                                        node_backup_report *report, ent_err *err);

/* Puts what `path` holds into `home`, which may exist: then it must be the same node, not
 * running, with no log longer than that in the file, and is kept as HOME.before-restore.
 * CONFLICT  it would fork a log, or another node's home is there, or `serve` runs
 * FORMAT    it is no such file, or damaged; nothing was changed */
ENT_MUST_USE ent_code node_backup_restore(ent_arena *arena, const char *path, const char *home,
                                          node_backup_report *report, ent_err *err);

#endif
