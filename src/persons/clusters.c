/* Which records are one by the statements that stand, and by what the records themselves say.
 *
 * What it costs: a look-up and a reading of JSON for each record that a statement which stands
 * names, once, however many name it; nothing for the records that none names.  They are read anew
 * each time: what a record says today counts, and a recall needs no cache to be told.  Thefts
 * compare each record that lost a document with every other: few have. */
#include "persons/same_int.h"

#include <stdlib.h>

/* What the records say against a join, as if somebody had said "never". */
#define BY_CATEGORY "the category of one of them"
#define BY_THEFT    "the document that was stolen from one of them"

struct said {
    desk *d;
    ent_arena *arena;
    resolve_statement *items;
    size_t count, room;
    persons_record *records; /* that the statements name and that are held, by id, each once */
    size_t record_count;
};

static ent_code said_put(struct said *s, const resolve_statement *statement, ent_err *err)
{
    if (s->count == s->room) {
        resolve_statement *grown = ent_arena_grow(s->arena, s->items, &s->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        s->items = grown;
    }
    s->items[s->count++] = *statement;
    return ENT_OK;
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

static int by_id(const void *id, const void *record)
{
    return ent_str_compare(*(const ent_str *)id, ((const persons_record *)record)->id);
}

static const persons_record *record_of(const struct said *s, ent_str id)
{
    return s->record_count == 0
               ? NULL
               : bsearch(&id, s->records, s->record_count, sizeof *s->records, by_id);
}

/* What is held of these, which are sorted. */
static ent_code records_take(struct said *s, ent_str *ids, size_t count, ent_err *err)
{
    if (count > 0)
        qsort(ids, count, sizeof *ids, by_text);
    s->records = ent_arena_array(s->arena, count, sizeof *s->records);
    if (s->records == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        ent_err why = { 0 };
        ent_code rc;

        if (i > 0 && ent_str_equal(ids[i], ids[i - 1]))
            continue;
        rc = persons_record_load(s->d, s->arena, ids[i], &s->records[s->record_count], &why);
        if (rc == ENT_NOT_FOUND || rc == ENT_FORMAT)
            continue; /* not held any more: it says nothing */
        if (rc != ENT_OK)
            return *err = why, rc;
        s->record_count++;
    }
    return ENT_OK;
}

static ent_code against(struct said *s, const char *by, ent_str a, ent_str b, ent_err *err)
{
    const resolve_statement never = { .id = ENT_STR("rule"),
                                      .kind = RESOLVE_NEVER,
                                      .a = a,
                                      .b = b,
                                      .by = ent_str_of(by),
                                      .at = ENT_STR("") };

    return said_put(s, &never, err);
}

/* Who is protected is joined to nobody, whatever came since two people said so. */
static ent_code protected_add(struct said *s, ent_err *err)
{
    size_t count = s->count;

    for (size_t i = 0; i < count; i++) {
        ent_str a = s->items[i].a, b = s->items[i].b;
        const persons_record *x = record_of(s, a), *y = record_of(s, b);

        if (s->items[i].kind == RESOLVE_SAME &&
            ((x != NULL && x->resolve.protected_) || (y != NULL && y->resolve.protected_)))
            ENT_TRY(against(s, BY_CATEGORY, a, b, err));
    }
    return ENT_OK;
}

/* Whose document was stolen is not who uses it, not by way of a third record either. */
static ent_code thefts_add(struct said *s, ent_err *err)
{
    for (size_t i = 0; i < s->record_count; i++)
        for (size_t k = 0; s->records[i].resolve.lost_count > 0 && k < s->record_count; k++)
            if (k != i && !s->records[i].resolve.protected_ && !s->records[k].resolve.protected_ &&
                !resolve_may_join(&s->records[i].resolve, &s->records[k].resolve))
                ENT_TRY(against(s, BY_THEFT, s->records[i].id, s->records[k].id, err));
    return ENT_OK;
}

static ent_code stated_take(struct said *s, const char *peer, ent_err *err)
{
    persons_same *list;
    size_t count;

    ENT_TRY(persons_same_list(s->d, s->arena, NULL, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        resolve_statement said = list[i].said;

        if (!ent_str_is(list[i].state, "confirmed") && !ent_str_is(list[i].state, "never"))
            continue;
        said.id = list[i].id;
        /* It stands since the last act: a join since it was confirmed. */
        said.at = list[i].acts[list[i].act_count - 1].at;
        ENT_TRY(said_put(s, &said, err));
    }
    return ENT_OK;
}

/* The statements that stand, and what is held of the records that they and `more` name. */
static ent_code said_take(struct said *s, const char *peer, const ent_str *more, size_t more_count,
                          ent_err *err)
{
    size_t count = 0;
    ent_str *ids;

    ENT_TRY(stated_take(s, peer, err));
    ids = ent_arena_array(s->arena, 2 * s->count + more_count, sizeof *ids);
    if (ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->count; i++) {
        ids[count++] = s->items[i].a;
        ids[count++] = s->items[i].b;
    }
    for (size_t i = 0; i < more_count; i++)
        ids[count++] = more[i];
    ENT_TRY(records_take(s, ids, count, err));
    ENT_TRY(protected_add(s, err));
    return thefts_add(s, err);
}

ent_code persons_clusters_with(desk *d, ent_arena *arena, const char *peer, const ent_str *more,
                               size_t more_count, resolve_clusters *clusters, ent_err *err)
{
    struct said s = { .d = d, .arena = arena };

    ENT_TRY(said_take(&s, peer, more, more_count, err));
    return resolve_clusters_of(arena, s.items, s.count, clusters, err);
}

static bool is_protected(const struct said *s, ent_str id)
{
    const persons_record *record = record_of(s, id);

    return record != NULL && record->resolve.protected_;
}

/* Each link is said behind all statements, by its number, unless it is about who joins nobody. */
static ent_code links_put(struct said *s, persons_claim *claims, size_t count, size_t *number,
                          ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const resolve_statement said = { .id = ent_arena_printf(s->arena, "%010zu", i),
                                         .kind = RESOLVE_SAME,
                                         .a = claims[i].a,
                                         .b = claims[i].b,
                                         .after = true };

        claims[i].held = is_protected(s, claims[i].a) || is_protected(s, claims[i].b);
        if (claims[i].held)
            continue;
        if (said.id.ptr == NULL)
            return ent_fail_arena(err);
        number[s->count] = i;
        ENT_TRY(said_put(s, &said, err));
    }
    return ENT_OK;
}

ent_code persons_claims_judge(desk *d, ent_arena *arena, persons_claim *claims, size_t count,
                              ent_err *err)
{
    struct said s = { .d = d, .arena = arena };
    ent_str *ends = ent_arena_array(arena, 2 * count, sizeof *ends);
    resolve_clusters clusters;
    size_t *number;

    if (ends == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        ends[2 * i] = claims[i].a;
        ends[2 * i + 1] = claims[i].b;
    }
    ENT_TRY(said_take(&s, NULL, ends, 2 * count, err));
    number = ent_arena_array(arena, s.count + count, sizeof *number);
    if (number == NULL)
        return ent_fail_arena(err);
    ENT_TRY(links_put(&s, claims, count, number, err));
    ENT_TRY(resolve_clusters_of(arena, s.items, s.count, &clusters, err));
    for (size_t i = 0; i < clusters.held_count; i++)
        if (clusters.held[i].join->after)
            claims[number[clusters.held[i].join - s.items]].held = true;
    return ENT_OK;
}

ent_code persons_clusters(desk *d, ent_arena *arena, const char *peer, resolve_clusters *clusters,
                          ent_err *err)
{
    return persons_clusters_with(d, arena, peer, NULL, 0, clusters, err);
}

const resolve_statement *persons_never_between(const resolve_clusters *c, ent_str a, ent_str b)
{
    for (size_t i = 0; i < c->never_count; i++) {
        ent_str x = c->nevers[i]->a, y = c->nevers[i]->b;

        if ((resolve_same(c, x, a) && resolve_same(c, y, b)) ||
            (resolve_same(c, x, b) && resolve_same(c, y, a)))
            return c->nevers[i];
    }
    return NULL;
}
