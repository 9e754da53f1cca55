#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
    int exit_status;
    int http_status;
} codes[ENT_CODE_COUNT] = {
#define X(symbol, exit, http, meaning) [ENT_##symbol] = { #symbol, meaning, exit, http },
#include "base/err_codes.def"
#undef X
};

void ent_fail_at(ent_err *err, ent_code code, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    ENT_ASSERT(code != ENT_OK);
    err->code = code;
    err->file = file;
    err->line = line;
    va_start(ap, fmt);
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
}

ent_code ent_context(ent_err *err, const char *fmt, ...)
{
    char inner[ENT_ERR_MSG_MAX];
    size_t used;
    va_list ap;

    ENT_ASSERT(err->code != ENT_OK);
    memcpy(inner, err->msg, sizeof inner);
    va_start(ap, fmt);
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);

    /* A long context may not push the cause out of the buffer: keep the cause. */
    used = strlen(err->msg);
    if (used > sizeof err->msg / 2)
        used = sizeof err->msg / 2;
    (void)snprintf(err->msg + used, sizeof err->msg - used, ": %.*s",
                   (int)(sizeof err->msg - used - sizeof ": "), inner);
    return err->code;
}

const char *ent_code_name(ent_code code)
{
    return codes[code].name;
}

const char *ent_code_text(ent_code code)
{
    return codes[code].text;
}

int ent_code_exit(ent_code code)
{
    return codes[code].exit_status;
}

ent_code ent_code_of_exit(int status)
{
    for (size_t i = 0; i < ENT_CODE_COUNT; i++)
        if (codes[i].exit_status == status)
            return (ent_code)i;
    return ENT_BUG;
}

int ent_code_http(ent_code code)
{
    return codes[code].http_status;
}

noreturn void ent_bug(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "entente: a bug in entente: %s:%d: %s\n", file, line, what);
    abort();
}
