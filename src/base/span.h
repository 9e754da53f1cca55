/*
 * base/span -- bytes and text that somebody else owns.
 *
 * A span is a pointer and a size; it owns nothing.  ent_span is any bytes,
 * ent_str is UTF-8 text.  Text is never NUL-terminated by promise: U+0000 is
 * legal in JSON strings, and slices point into larger texts.
 */
#ifndef ENT_BASE_SPAN_H
#define ENT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ent_span {
    const void *ptr;
    size_t size; /* bytes */
} ent_span;

typedef struct ent_str {
    const char *ptr;
    size_t size; /* bytes */
} ent_str;

/* A literal or array of known size; printf with "%.*s", ENT_STR_ARG(s). */
#define ENT_STR(literal) ((ent_str){ (literal), sizeof(literal) - 1 })
#define ENT_STR_ARG(s)   (int)(s).size, (s).ptr
#define ENT_STR_NONE     ((ent_str){ NULL, 0 })

static inline ent_str ent_str_of(const char *c_string)
{
    return (ent_str){ c_string, c_string == NULL ? 0 : strlen(c_string) };
}

static inline ent_span ent_span_of_str(ent_str s)
{
    return (ent_span){ s.ptr, s.size };
}

static inline bool ent_str_equal(ent_str a, ent_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.ptr, b.ptr, a.size) == 0);
}

static inline bool ent_str_is(ent_str a, const char *c_string)
{
    return ent_str_equal(a, ent_str_of(c_string));
}

static inline bool ent_str_starts(ent_str a, ent_str prefix)
{
    return a.size >= prefix.size &&
           (prefix.size == 0 || memcmp(a.ptr, prefix.ptr, prefix.size) == 0);
}

/* memcmp order, a shorter text before its continuations. */
static inline int ent_str_compare(ent_str a, ent_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int sign = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);

    return sign != 0 ? sign : (a.size > b.size) - (a.size < b.size);
}

#endif
