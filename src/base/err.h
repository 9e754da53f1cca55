/*
 * base/err -- how entente functions fail.
 *
 * A function that can fail returns ent_code and takes an ent_err * last (never
 * NULL).  On success it returns ENT_OK and leaves the ent_err alone.  On
 * failure the code says what kind of failure it was, for callers to branch on,
 * and the message says what happened, for a person to read.  Each level that
 * knows something useful puts it in front with ent_context(), so the last
 * reader sees
 *
 *     importing 'feed.json': object 12: 'id' is missing [STIX 2.1 s3.2]
 *
 * Messages: lower case, no full stop, names in single quotes, the section of
 * the specification in brackets at the end.  Failures are for the world: input,
 * disk, network, peers, limits.  A broken promise between two of our own
 * functions is a bug and stops the program through ENT_ASSERT, also in release.
 */
#ifndef ENT_BASE_ERR_H
#define ENT_BASE_ERR_H

#include <stdnoreturn.h>

#define ENT_MUST_USE     __attribute__((warn_unused_result))
#define ENT_PRINTF(f, a) __attribute__((format(printf, f, a)))

typedef enum ent_code {
#define X(symbol, exit, http, meaning) ENT_##symbol,
#include "base/err_codes.def"
#undef X
    ENT_CODE_COUNT
} ent_code;

#define ENT_ERR_MSG_MAX 512

typedef struct ent_err {
    ent_code code;
    const char *file; /* where the failure was first reported */
    int line;
    char msg[ENT_ERR_MSG_MAX];
} ent_err;

/* Records a failure and returns `code`, so that `return ent_fail(...)` reads well. */
#define ent_fail(err, code, ...) \
    (ent_fail_at((err), (code), __FILE__, __LINE__, __VA_ARGS__), (ent_code)(code))
void ent_fail_at(ent_err *err, ent_code code, const char *file, int line, const char *fmt, ...)
    ENT_PRINTF(5, 6);

/* Out of arena: LIMIT, because the arena's hard limit is what was reached. */
#define ent_fail_arena(err) \
    ent_fail((err), ENT_LIMIT, "the memory limit for one request is reached")

/* Puts "what we were doing: " in front of the message.  Returns err->code. */
ent_code ent_context(ent_err *err, const char *fmt, ...) ENT_PRINTF(2, 3);

/* Only for functions that own nothing but arena memory; others `goto out`. */
#define ENT_TRY(call)              \
    do {                           \
        ent_code try_rc_ = (call); \
        if (try_rc_ != ENT_OK)     \
            return try_rc_;        \
    } while (0)

const char *ent_code_name(ent_code code); /* "FORMAT" */
const char *ent_code_text(ent_code code); /* "the input is not what ..." */
int ent_code_exit(ent_code code);
ent_code ent_code_of_exit(int status); /* the first with that exit status; BUG for any other */
int ent_code_http(ent_code code);

#define ENT_ASSERT(cond) ((cond) ? (void)0 : ent_bug(#cond, __FILE__, __LINE__))
noreturn void ent_bug(const char *what, const char *file, int line);

#endif
