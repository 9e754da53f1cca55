/*
 * http/folder (private) -- what lies in a peer's folder, and under which names.
 *
 * Invariant: nothing outside the folder is opened, whatever the name: each part of a path is
 * plain and opened without following links.
 */
#ifndef ENT_HTTP_FOLDER_INT_H
#define ENT_HTTP_FOLDER_INT_H

#include <stdbool.h>
#include <sys/types.h>

/* A larger file is as if it were not there. */
#define HTTP_FILE_LIMIT ((off_t)64 << 20)

/* Every part of the path is of [a-z0-9._-] and does not begin with a dot. */
bool http_folder_name(const char *name);
/* A regular file of it, for reading; -1: there is none. */
int http_folder_open(const char *folder, const char *name, off_t *size);
/* Has the file the content whose SHA-256 is `hex`?  No file: as an empty one. */
bool http_folder_has(const char *folder, const char *name, const char *hex);

#endif
