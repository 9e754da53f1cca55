#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void ent_buf_init(ent_buf *buf, ent_arena *arena)
{
    *buf = (ent_buf){ .arena = arena };
}

/* Room for `more` bytes and a NUL.  Doubling: n bytes cost O(n) in all. */
static bool room_grow(ent_buf *buf, size_t more)
{
    size_t wanted, capacity = buf->capacity == 0 ? 256 : buf->capacity;
    char *grown;

    if (buf->failed)
        return false;
    if (more >= SIZE_MAX / 4 - buf->size) {
        buf->failed = true;
        return false;
    }
    wanted = buf->size + more + 1;
    if (wanted <= buf->capacity)
        return true;
    while (capacity < wanted)
        capacity *= 2;
    grown = ent_arena_raw(buf->arena, capacity);
    if (grown == NULL) {
        buf->failed = true;
        return false;
    }
    if (buf->size > 0)
        memcpy(grown, buf->ptr, buf->size);
    grown[buf->size] = '\0';
    buf->ptr = grown;
    buf->capacity = capacity;
    return true;
}

/* A writer puts thousands of small pieces: the usual answer costs one comparison. */
static inline bool room_make(ent_buf *buf, size_t more)
{
    return (!buf->failed && more < buf->capacity && buf->size < buf->capacity - more) ||
           room_grow(buf, more);
}

bool ent_buf_reserve(ent_buf *buf, size_t size)
{
    return room_make(buf, size);
}

void ent_buf_put(ent_buf *buf, const void *bytes, size_t size)
{
    if (!room_make(buf, size))
        return;
    if (size > 0)
        memcpy(buf->ptr + buf->size, bytes, size);
    buf->size += size;
    buf->ptr[buf->size] = '\0';
}

void ent_buf_str(ent_buf *buf, ent_str text)
{
    ent_buf_put(buf, text.ptr, text.size);
}

void ent_buf_c(ent_buf *buf, const char *c_string)
{
    ent_buf_put(buf, c_string, strlen(c_string));
}

void ent_buf_printf(ent_buf *buf, const char *fmt, ...)
{
    va_list ap;
    int size;

    va_start(ap, fmt);
    size = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (size < 0 || !room_make(buf, (size_t)size)) {
        buf->failed = true;
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(buf->ptr + buf->size, (size_t)size + 1, fmt, ap);
    va_end(ap);
    buf->size += (size_t)size;
}

ent_code ent_buf_done(const ent_buf *buf, ent_str *text, ent_err *err)
{
    if (buf->failed)
        return ent_fail_arena(err);
    *text = (ent_str){ buf->ptr == NULL ? "" : buf->ptr, buf->size };
    return ENT_OK;
}

void ent_buf_int(ent_buf *buf, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        ent_buf_byte(buf, '-');
    ent_buf_put(buf, digits + at, sizeof digits - at);
}
