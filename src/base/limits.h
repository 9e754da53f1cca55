/*
 * base/limits -- every limit on input, from one table (base/limits.def).
 *
 * The table is the documentation: each row says why the number is what it is.
 */
#ifndef ENT_BASE_LIMITS_H
#define ENT_BASE_LIMITS_H

#include <stddef.h>

enum ent_limit_value {
#define X(name, value, unit, why) ENT_LIMIT_##name = (value),
#include "base/limits.def"
#undef X
};

typedef struct ent_limit {
    const char *name;
    unsigned long long value;
    const char *unit;
    const char *why;
} ent_limit;

extern const ent_limit ent_limits[];
extern const size_t ent_limit_count;

#endif
