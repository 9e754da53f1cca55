/* console/openapi (private) -- the API's own description, OpenAPI 3.1. */
#ifndef ENT_CONSOLE_OPENAPI_INT_H
#define ENT_CONSOLE_OPENAPI_INT_H

#include "console/console.h"

/* The document, made from verbs.def and the help of the commands. */
ENT_MUST_USE ent_code console_openapi(ent_arena *arena, const console_config *config,
                                      ent_str *document, ent_err *err);

#endif
