/*
 * psi/sort (private) -- records of bytes in rising order, as memcmp has it.
 *
 * What is sorted here is nearly always as good as random (hashes, tags, elements), so one pass by the
 * first two bytes leaves a handful in each place.  Who made the bytes may have seen to it that it is
 * not so: what falls together in a crowd is sorted by qsort.  The order is the same.
 */
#ifndef ENT_PSI_SORT_INT_H
#define ENT_PSI_SORT_INT_H

#include "base/arena.h"
#include "base/err.h"

#define PSI_SORT_STARTS 65537

/* Where the records of each first two bytes begin in their order; the last is `count`. */
ENT_MUST_USE ent_code psi_sort_starts(ent_arena *arena, const void *records, size_t count,
                                      size_t size, uint32_t **starts, ent_err *err);

/* `to` has room for `count` records of `size` bytes (2 to 64) and is not `from`.  `by` is their
 * memcmp. */
ENT_MUST_USE ent_code psi_sort(ent_arena *arena, const void *from, size_t count, size_t size,
                               int (*by)(const void *, const void *), void *to, ent_err *err);

/* The first two bytes of a record as a number. */
static inline size_t psi_sort_place(const void *record)
{
    const uint8_t *bytes = record;

    return (size_t)bytes[0] << 8 | bytes[1];
}

#endif
