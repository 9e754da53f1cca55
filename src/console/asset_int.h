/* console/asset (private) -- the files of the console, built into the program.
 *
 * The table is made from web/dist by tools/embed-web: path, type, and the bytes as gzip
 * has packed them.  Names under /assets/ hold a hash of the content and never change. */
#ifndef ENT_CONSOLE_ASSET_INT_H
#define ENT_CONSOLE_ASSET_INT_H

#include "http/api.h"

typedef struct console_asset {
    const char *path, *type, *tag;
    const unsigned char *packed;
    const unsigned long *size;
} console_asset;

extern const console_asset console_assets[]; /* ends with a row without path */

/* False: there is no such file. */
bool console_asset_reply(const http_request *request, http_reply *reply);

#endif
