/* console/openapi (private) -- the API's own description, OpenAPI 3.1.
 *
 * Made from verbs.def, openapi.json (what follows from no table) and what `help --json`
 * says of the commands, when it is first asked for. */
#ifndef ENT_CONSOLE_OPENAPI_INT_H
#define ENT_CONSOLE_OPENAPI_INT_H

#include "console/console.h"

typedef struct console_openapi console_openapi;

console_openapi *console_openapi_new(const console_host *host);
void console_openapi_free(console_openapi *o);

/* The document, the same bytes for as long as `o` lives.  May take its time the first time.
 * For many threads at once. */
ENT_MUST_USE ent_code console_openapi_get(console_openapi *o, ent_str *document, ent_err *err);

#endif
