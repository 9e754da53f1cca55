#include "persons/doubt.h"

#include "holdings/index.h"
#include "persons/same_int.h"

#include <stdlib.h>

static const char *const claim_types[] = {
#define X(type) type,
#include "persons/claims.def"
#undef X
    NULL
};

_Static_assert(sizeof claim_types / sizeof *claim_types <= GRAPH_STATED_TYPES + 1, "claims.def");

/* What one link may take while it is read. */
#define LINK_MEMORY ((size_t)64 << 20)

ent_code persons_doubt(desk *d, ent_arena *arena, graph *g, ent_err *err)
{
    persons_claim *claims;
    graph_stated *links;
    size_t count;

    ENT_TRY(graph_stated_list(g, arena, claim_types, &links, &count, err));
    if (count == 0)
        return ENT_OK;
    claims = ent_arena_array(arena, count, sizeof *claims);
    if (claims == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        claims[i] = (persons_claim){ .a = links[i].from, .b = links[i].to };
    ENT_TRY(persons_claims_judge(d, arena, claims, count, err));
    for (size_t i = 0; i < count; i++)
        if (claims[i].held)
            graph_link_doubt(g, links[i].number);
    return ENT_OK;
}

/* ---- what is said of these records, and of those, and so on ---- */

struct stated {
    ent_str a, b; /* in order */
    bool foreign;
    int64_t number; /* of the row: the order of arrival */
    bool held;
};

struct ids {
    ent_str *items;
    size_t count, room;
};

struct spread {
    desk *d;
    ent_arena *arena, *scratch;
    struct stated *links;
    size_t link_count, link_room;
    struct ids looked; /* sorted */
    struct ids next;   /* to be looked at */
};

static ent_code id_put(ent_arena *arena, struct ids *ids, ent_str id, ent_err *err)
{
    if (ids->count == ids->room) {
        ent_str *grown = ent_arena_grow(arena, ids->items, &ids->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        ids->items = grown;
    }
    ids->items[ids->count++] = id;
    return ENT_OK;
}

static ent_code stated_put(struct spread *s, const struct stated *link, ent_err *err)
{
    if (s->link_count == s->link_room) {
        struct stated *grown = ent_arena_grow(s->arena, s->links, &s->link_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        s->links = grown;
    }
    s->links[s->link_count++] = *link;
    ENT_TRY(id_put(s->arena, &s->next, link->a, err));
    return id_put(s->arena, &s->next, link->b, err);
}

static bool is_claim(ent_str type)
{
    for (size_t i = 0; claim_types[i] != NULL; i++)
        if (ent_str_is(type, claim_types[i]))
            return true;
    return false;
}

static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct spread *s = arg;
    struct stated link = { .foreign = row->owner.size > 0, .number = row->number };
    policy_label label;
    ent_json object;
    ent_str from, to;

    if (row->tombstone.size > 0 || row->quarantine.size > 0)
        return ENT_OK;
    ent_arena_reset(s->scratch);
    ENT_TRY(ent_json_read(s->scratch, row->bytes, &object, err));
    if (ent_json_true(ent_json_get(object, "revoked")) ||
        !is_claim(ent_json_get_text(object, "relationship_type")))
        return ENT_OK;
    ENT_TRY(holdings_label(s->scratch, object, row->handling, &label, err));
    if (!label.evidential)
        return ENT_OK;
    from = ent_arena_str(s->arena, ent_json_get_text(object, "source_ref"));
    to = ent_arena_str(s->arena, ent_json_get_text(object, "target_ref"));
    if (from.ptr == NULL || to.ptr == NULL)
        return ent_fail_arena(err);
    link.a = ent_str_compare(from, to) <= 0 ? from : to;
    link.b = ent_str_compare(from, to) <= 0 ? to : from;
    return stated_put(s, &link, err);
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* Those of `next` that were not looked at, each once; they are now in `looked`. */
static ent_code frontier_take(struct spread *s, struct ids *frontier, ent_err *err)
{
    struct ids next = s->next;

    s->next = *frontier = (struct ids){ 0 };
    if (next.count > 0)
        qsort(next.items, next.count, sizeof *next.items, by_text);
    for (size_t i = 0; i < next.count; i++)
        if ((i == 0 || !ent_str_equal(next.items[i], next.items[i - 1])) &&
            (s->looked.count == 0 || bsearch(&next.items[i], s->looked.items, s->looked.count,
                                             sizeof *next.items, by_text) == NULL))
            ENT_TRY(id_put(s->arena, frontier, next.items[i], err));
    for (size_t i = 0; i < frontier->count; i++)
        ENT_TRY(id_put(s->arena, &s->looked, frontier->items[i], err));
    if (s->looked.count > 0)
        qsort(s->looked.items, s->looked.count, sizeof *s->looked.items, by_text);
    return ENT_OK;
}

static ent_code spread_out(struct spread *s, ent_err *err)
{
    struct ids frontier;

    for (;;) {
        ENT_TRY(frontier_take(s, &frontier, err));
        if (frontier.count == 0 || s->looked.count > PERSONS_DOUBT_RECORDS)
            return ENT_OK;
        for (size_t i = 0; i < frontier.count; i++) {
            const store_query links = { .ref = frontier.items[i].ptr, .type = "relationship" };

            ENT_TRY(store_objects_each(s->d->store, &links, link_take, s, err));
        }
    }
}

/* ---- the judgement ---- */

static int by_arrival(const void *a, const void *b)
{
    const struct stated *x = a, *y = b;

    if (x->foreign != y->foreign)
        return x->foreign ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

static int by_ends(const void *a, const void *b)
{
    const struct stated *x = a, *y = b;
    int order = ent_str_compare(x->a, y->a);

    return order != 0 ? order : ent_str_compare(x->b, y->b);
}

/* A link that was found from both ends is there twice: the second changes nothing. */
static ent_code judge(struct spread *s, ent_err *err)
{
    persons_claim *claims = ent_arena_array(s->arena, s->link_count, sizeof *claims);

    if (claims == NULL)
        return ent_fail_arena(err);
    if (s->link_count > 0)
        qsort(s->links, s->link_count, sizeof *s->links, by_arrival);
    for (size_t i = 0; i < s->link_count; i++)
        claims[i] = (persons_claim){ .a = s->links[i].a, .b = s->links[i].b };
    ENT_TRY(persons_claims_judge(s->d, s->arena, claims, s->link_count, err));
    for (size_t i = 0; i < s->link_count; i++)
        s->links[i].held = claims[i].held;
    if (s->link_count > 0)
        qsort(s->links, s->link_count, sizeof *s->links, by_ends);
    return ENT_OK;
}

/* All that say the same of the same two were judged alike: any of them answers. */
static bool counts(const struct spread *s, ent_str a, ent_str b)
{
    bool ordered = ent_str_compare(a, b) <= 0;
    const struct stated wanted = { .a = ordered ? a : b, .b = ordered ? b : a };
    const struct stated *found =
        s->link_count == 0 ? NULL
                           : bsearch(&wanted, s->links, s->link_count, sizeof wanted, by_ends);

    return found != NULL && !found->held;
}

ent_code persons_doubt_part(desk *d, ent_arena *arena, graph *g, ent_err *err)
{
    struct spread s = { .d = d, .arena = arena };
    graph_stated *links;
    size_t count;
    ent_code rc;

    ENT_TRY(graph_stated_list(g, arena, claim_types, &links, &count, err));
    if (count == 0)
        return ENT_OK;
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(id_put(arena, &s.next, links[i].from, err));
        ENT_TRY(id_put(arena, &s.next, links[i].to, err));
    }
    s.scratch = ent_arena_new(LINK_MEMORY);
    if (s.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read a link");
    rc = spread_out(&s, err);
    rc = ent_arena_end(s.scratch, rc, err);
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(judge(&s, err));
    for (size_t i = 0; i < count; i++)
        if (!counts(&s, links[i].from, links[i].to))
            graph_link_doubt(g, links[i].number);
    return ENT_OK;
}
