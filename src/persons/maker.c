#include "persons/maker.h"

#include "graph/components.h"

#include <stdlib.h>

static bool of_type(ent_str id, const char *type)
{
    size_t size = strlen(type);

    return id.size > size + 2 && memcmp(id.ptr, type, size) == 0 &&
           memcmp(id.ptr + size, "--", 2) == 0;
}

static bool is_signature(ent_str id)
{
    return of_type(id, "forensic-signature");
}

static bool is_member(ent_str id)
{
    return is_signature(id) || of_type(id, "device-record");
}

static bool joins(ent_str key)
{
    return ent_str_starts(key, ENT_STR("sig:"));
}

/* Adds a text to a list, once.  The lists of one maker are short. */
static ent_code add(ent_arena *arena, ent_str **list, size_t *count, ent_str text, ent_err *err)
{
    for (size_t i = 0; i < *count; i++)
        if (ent_str_equal((*list)[i], text))
            return ENT_OK;
    if (*count % 16 == 0) {
        ent_str *grown = ent_arena_array(arena, *count + 16, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (*count > 0)
            memcpy(grown, *list, *count * sizeof *grown);
        *list = grown;
    }
    (*list)[(*count)++] = text;
    return ENT_OK;
}

static ent_code links_add(const graph *g, ent_arena *arena, uint32_t record, persons_maker *m,
                          ent_err *err)
{
    for (uint32_t i = 0; i < graph_edge_count(g, record); i++) {
        graph_edge edge = graph_edge_at(g, record, i);
        ent_str other = graph_id(g, edge.other);

        if (!edge.evidential)
            continue;
        if (of_type(other, "incident"))
            ENT_TRY(add(arena, &m->incidents, &m->incident_count, other, err));
        else if (of_type(other, "identity") && is_signature(graph_id(g, record)) &&
                 ent_str_is(edge.type, "attributed-to"))
            ENT_TRY(add(arena, &m->persons, &m->person_count, other, err));
        if (edge.outgoing)
            ENT_TRY(add(arena, &m->owners, &m->owner_count, edge.owner, err));
    }
    return ENT_OK;
}

static ent_code record_add(const graph *g, ent_arena *arena, uint32_t record, persons_maker *m,
                           ent_err *err)
{
    ent_str id = graph_id(g, record), *keys;
    size_t count;

    if (!is_signature(id)) {
        ENT_TRY(add(arena, &m->devices, &m->device_count, id, err));
        return links_add(g, arena, record, m, err);
    }
    ENT_TRY(add(arena, &m->signatures, &m->signature_count, id, err));
    ENT_TRY(graph_keys_of(g, arena, record, &keys, &count, err));
    for (size_t i = 0; i < count; i++)
        if (joins(keys[i]))
            ENT_TRY(add(arena, &m->references, &m->reference_count, keys[i], err));
    return links_add(g, arena, record, m, err);
}

static int by_size(const void *a, const void *b)
{
    const persons_maker *x = a, *y = b;

    if (x->device_count + x->incident_count != y->device_count + y->incident_count)
        return x->device_count + x->incident_count > y->device_count + y->incident_count ? -1 : 1;
    return ent_str_compare(x->signatures[0], y->signatures[0]);
}

ent_code persons_makers(const graph *g, ent_arena *arena, persons_maker **makers, size_t *count,
                        ent_err *err)
{
    static const graph_rule rule = { is_member, joins };
    size_t all = graph_record_count(g), kept = 0;
    uint32_t *of, *number = ent_arena_array(arena, all + 1, sizeof *number);

    *count = 0;
    if (number == NULL)
        return ent_fail_arena(err);
    ENT_TRY(graph_components(g, arena, &rule, &of, err));
    for (uint32_t i = 0; i < all; i++)
        if (of[i] == i)
            number[i] = (uint32_t)(*count)++;
    *makers = ent_arena_array(arena, *count + 1, sizeof **makers);
    if (*makers == NULL)
        return ent_fail_arena(err);
    for (uint32_t i = 0; i < all; i++)
        if (of[i] != GRAPH_NOBODY)
            ENT_TRY(record_add(g, arena, i, &(*makers)[number[of[i]]], err));
    for (size_t i = 0; i < *count; i++) {
        const persons_maker *m = &(*makers)[i];

        if (m->signature_count > 0 && m->device_count + m->incident_count >= 2)
            (*makers)[kept++] = *m;
    }
    *count = kept;
    if (kept > 1)
        qsort(*makers, kept, sizeof **makers, by_size);
    return ENT_OK;
}
