/*
 * node/rows -- what people configure: small files of JSON with names, one folder a kind.
 *
 * Feeds (feeds/) and routes of notices (notify/) are such rows: HOME/FOLDER/NAME.json.  A name
 * is 1 to 64 of a-z 0-9 . _ - and does not begin with a dot, so that it is never a path.
 */
#ifndef ENT_NODE_ROWS_H
#define ENT_NODE_ROWS_H

#include "base/json.h"
#include "node/home.h"

#define NODE_ROW_NAME_SIZE 65

bool node_row_name_valid(ent_str name);
const char *node_row_path(ent_arena *arena, const node_home *home, const char *folder,
                          const char *name, const char *kind);

/* Reads a row's file, at most 64 KiB.  NOT_FOUND, FORMAT, IO */
ENT_MUST_USE ent_code node_row_read(ent_arena *arena, const char *path, ent_json *json,
                                    ent_err *err);
/* A member that is a text, in the arena with a NUL; "" if it is not there. */
ENT_MUST_USE ent_code node_row_text(ent_arena *arena, ent_json json, const char *name,
                                    ent_str *text, ent_err *err);

/* The names of the rows there are, sorted.  LIMIT: more than `most` */
ENT_MUST_USE ent_code node_row_list(ent_arena *arena, const node_home *home, const char *folder,
                                    size_t most, ent_str **names, size_t *count, ent_err *err);

#endif
