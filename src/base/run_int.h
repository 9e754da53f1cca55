/*
 * base/run (private) -- how far does a run of like bytes go?
 *
 * Reading and writing JSON, and checking UTF-8, mostly pass over bytes that need nothing done:
 * the characters of a string, the blanks of an indentation, ASCII.  These look at sixteen
 * bytes at once where the machine has SSE2 (every x86-64), at eight elsewhere, and at single
 * bytes near the end; tests/unit/base/run_test.c compares them with the plain loop at every
 * place.  Never reads at or behind `end`.
 */
#ifndef ENT_BASE_RUN_INT_H
#define ENT_BASE_RUN_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(ENT_NO_SSE2)
#include <emmintrin.h>
#define ENT_RUN_SSE2 1
#else
#define ENT_RUN_SSE2 0
#endif

#define ENT_RUN_ONES UINT64_C(0x0101010101010101)
#define ENT_RUN_TOPS UINT64_C(0x8080808080808080)

/* Of a JSON string: no quote, no backslash, no control character. */
static inline bool ent_run_is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

static inline bool ent_run_is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Behind the plain characters from `at` on.  *high: one of them is not ASCII. */
static inline const char *ent_run_plain(const char *at, const char *end, bool *high)
{
    unsigned char seen = 0;
#if ENT_RUN_SSE2
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'),
                  control = _mm_set1_epi8(0x1f);
    unsigned tops = 0;

    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i ends =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash)),
                         _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        unsigned marks = (unsigned)_mm_movemask_epi8(ends);

        if (marks != 0) {
            tops |= (unsigned)_mm_movemask_epi8(bytes) & ((marks & (0U - marks)) - 1);
            *high = tops != 0;
            return at + __builtin_ctz(marks);
        }
        tops |= (unsigned)_mm_movemask_epi8(bytes);
    }
    seen = tops != 0 ? 0x80 : 0;
#else
    uint64_t all = 0, bytes;

    /* The top bit of each byte of `ends` that is a quote, a backslash or a control character;
     * one behind such a byte may be marked wrongly, so the single bytes find the first. */
    for (; end - at >= 8; at += 8) {
        uint64_t q, s, ends;

        memcpy(&bytes, at, sizeof bytes);
        q = bytes ^ ENT_RUN_ONES * '"';
        s = bytes ^ ENT_RUN_ONES * '\\';
        ends = ((q - ENT_RUN_ONES) & ~q) | ((s - ENT_RUN_ONES) & ~s) |
               ((bytes - ENT_RUN_ONES * 0x20) & ~bytes);
        if ((ends & ENT_RUN_TOPS) != 0)
            break;
        all |= bytes;
    }
    seen = (all & ENT_RUN_TOPS) != 0 ? 0x80 : 0;
#endif
    while (at < end && ent_run_is_plain((unsigned char)*at))
        seen |= (unsigned char)*at++;
    *high = seen >= 0x80;
    return at;
}

/* Behind the blanks of JSON from `at` on. */
static inline const char *ent_run_blank(const char *at, const char *end)
{
#if ENT_RUN_SSE2
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i blank = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')),
                                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'))),
                                     _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')),
                                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'))));
        unsigned other = ~(unsigned)_mm_movemask_epi8(blank) & 0xffff;

        if (other != 0)
            return at + __builtin_ctz(other);
    }
#endif
    while (at < end && ent_run_is_blank(*at))
        at++;
    return at;
}

/* Behind whole pieces of ASCII from `at` on: not always as far as it goes. */
static inline const char *ent_run_ascii(const char *at, const char *end)
{
#if ENT_RUN_SSE2
    while (end - at >= 16 &&
           _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at)) == 0)
        at += 16;
#else
    uint64_t bytes;

    while (end - at >= 8 && (memcpy(&bytes, at, sizeof bytes), (bytes & ENT_RUN_TOPS) == 0))
        at += 8;
#endif
    return at;
}

#endif
