/* console/verb (private) -- the table of verbs.def, cut into parameters. */
#ifndef ENT_CONSOLE_VERB_INT_H
#define ENT_CONSOLE_VERB_INT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "console/console.h"

typedef enum verb_kind {
    VERB_ARGUMENT, /* NAME */
    VERB_OPTION,   /* --NAME */
    VERB_FLAG,     /* --NAME! */
    VERB_FILE,     /* <NAME: the body, as an argument */
    VERB_FILE_OPTION,
    VERB_OUT, /* >NAME */
} verb_kind;

typedef struct verb_parameter {
    verb_kind kind;
    ent_str name; /* without dashes and marks */
    bool optional, many;
} verb_parameter;

typedef struct verb {
    const char *method, *command;
    const char *why; /* it is not offered */
    const char *parameters;
} verb;

#define VERB_PARAMETERS 16

extern const verb console_verbs[];
extern const size_t console_verb_count;
/* The commands that are not offered, and why. */
extern const verb console_not_offered[];
extern const size_t console_not_offered_count;

/* The verb at a path behind /api/v1/ ("release/draft"); NULL: none. */
const verb *console_verb_find(ent_str path);

/* The parameters of a verb. */
size_t console_verb_parameters(const verb *v, verb_parameter list[VERB_PARAMETERS]);

/* Does the body of the request stand for a file (and the parameters in the query)? */
bool console_verb_takes_file(const verb *v);
/* Is the answer the bytes that the command writes, not its lines? */
bool console_verb_gives_bytes(const verb *v);

/* The command line of a request: the words of the command, then its arguments, NULL at the
 * end.  Parameters are texts in `query` (as sent) or members of `body`, which is none for a
 * verb without one.  USAGE names the parameter that is missing, unknown, twice or empty. */
ENT_MUST_USE ent_code console_verb_line(ent_arena *arena, const verb *v, ent_str query,
                                        ent_json body, const char ***argv, ent_err *err);

/* application/x-www-form-urlencoded, strictly.  USAGE */
ENT_MUST_USE ent_code console_text_decode(ent_arena *arena, ent_str raw, ent_str *text,
                                          ent_err *err);

#endif
