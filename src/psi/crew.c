#include "psi/crew.h"

struct work {
    size_t count, parts;
    psi_slice slice;
    void *arg;
    ent_err errs[PSI_PARTS];
};

static void part_do(void *ctx, size_t part)
{
    struct work *w = ctx;
    ent_err err = { 0 };

    if (w->slice(w->arg, w->count * part / w->parts, w->count * (part + 1) / w->parts, &err) !=
        ENT_OK)
        w->errs[part] = err;
}

ent_code psi_crew_run(const psi_crew *crew, size_t count, psi_slice slice, void *arg, ent_err *err)
{
    struct work w = { .count = count, .parts = PSI_PARTS, .slice = slice, .arg = arg };

    if (crew == NULL || count < 2 * (size_t)PSI_PARTS)
        return slice(arg, 0, count, err);
    crew->run(crew->arg, w.parts, part_do, &w);
    for (size_t i = 0; i < w.parts; i++)
        if (w.errs[i].code != ENT_OK) {
            *err = w.errs[i];
            return err->code;
        }
    return ENT_OK;
}

/* Slice p begins at count * p / PSI_PARTS, rounded down. */
size_t psi_crew_part(size_t count, size_t from)
{
    return count == 0 ? 0 : (from * PSI_PARTS + count - 1) / count;
}
