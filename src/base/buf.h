/*
 * base/buf -- text or bytes being built, in an arena.
 *
 * A buffer that could not grow stays failed and swallows what follows, so that
 * a writer puts many pieces and asks once, at the end.
 */
#ifndef ENT_BASE_BUF_H
#define ENT_BASE_BUF_H

#include "base/arena.h"
#include "base/err.h"

typedef struct ent_buf {
    ent_arena *arena;
    char *ptr; /* always followed by a NUL that `size` does not count, once non-NULL */
    size_t size, capacity;
    bool failed;
} ent_buf;

void ent_buf_init(ent_buf *buf, ent_arena *arena);
/* Makes room at once for so many bytes more; a guess that is too small costs only time.
 * false: the buffer has failed. */
bool ent_buf_reserve(ent_buf *buf, size_t size);
void ent_buf_put(ent_buf *buf, const void *bytes, size_t size);
void ent_buf_str(ent_buf *buf, ent_str text);
void ent_buf_c(ent_buf *buf, const char *c_string);
/* A whole number in decimal. */
void ent_buf_int(ent_buf *buf, int64_t number);
static inline void ent_buf_byte(ent_buf *buf, unsigned char byte)
{
    /* Inline, because writers put their brackets and commas one by one. */
    if (buf->capacity - buf->size <= 1 && !ent_buf_reserve(buf, 1))
        return;
    buf->ptr[buf->size++] = (char)byte;
    buf->ptr[buf->size] = '\0';
}
void ent_buf_printf(ent_buf *buf, const char *fmt, ...) ENT_PRINTF(2, 3);

/* What was built, borrowed from the arena.  ENT_LIMIT if it did not fit. */
ENT_MUST_USE ent_code ent_buf_done(const ent_buf *buf, ent_str *text, ent_err *err);

#endif
