#include "psi/sort_int.h"

#include <stdlib.h>

#define CROWD  64 /* more records than this with one beginning are no chance */
#define WIDEST 64 /* bytes of a record */

ent_code psi_sort_starts(ent_arena *arena, const void *records, size_t count, size_t size,
                         uint32_t **starts, ent_err *err)
{
    const uint8_t *record = records;

    *starts = ent_arena_array(arena, PSI_SORT_STARTS, sizeof **starts);
    if (*starts == NULL)
        return ent_fail_arena(err);
    memset(*starts, 0, PSI_SORT_STARTS * sizeof **starts);
    for (size_t i = 0; i < count; i++)
        (*starts)[psi_sort_place(record + i * size) + 1]++;
    for (size_t p = 1; p < PSI_SORT_STARTS; p++)
        (*starts)[p] += (*starts)[p - 1];
    return ENT_OK;
}

static void few_sort(uint8_t *records, size_t count, size_t size)
{
    uint8_t moving[WIDEST];

    for (size_t i = 1; i < count; i++) {
        const uint8_t *here = records + i * size;
        size_t place = i;

        while (place > 0 && memcmp(records + (place - 1) * size, here, size) > 0)
            place--;
        if (place == i)
            continue;
        memcpy(moving, here, size);
        memmove(records + (place + 1) * size, records + place * size, (i - place) * size);
        memcpy(records + place * size, moving, size);
    }
}

ent_code psi_sort(ent_arena *arena, const void *from, size_t count, size_t size,
                  int (*by)(const void *, const void *), void *to, ent_err *err)
{
    const uint8_t *record = from;
    uint8_t *sorted = to;
    uint32_t *at;

    ENT_ASSERT(size >= 2 && size <= WIDEST);
    ENT_TRY(psi_sort_starts(arena, from, count, size, &at, err));
    for (size_t i = 0; i < count; i++, record += size)
        memcpy(sorted + at[psi_sort_place(record)]++ * size, record, size);
    /* Where a place began is now where it ends. */
    for (size_t p = 0, first = 0; p + 1 < PSI_SORT_STARTS; first = at[p++]) {
        size_t crowd = at[p] - first;

        if (crowd > CROWD)
            qsort(sorted + first * size, crowd, size, by);
        else
            few_sort(sorted + first * size, crowd, size);
    }
    return ENT_OK;
}
