/* Which records are one by the statements that stand, and by what the records themselves say. */
#include "persons/same_int.h"

/* What the records say against a join, as if somebody had said "never". */
#define BY_CATEGORY "the category of one of them"
#define BY_THEFT    "the document that was stolen from one of them"

struct said {
    desk *d;
    ent_arena *arena;
    resolve_statement *items;
    size_t count, room;
    persons_record *records; /* that the statements name and that are held, each once */
    size_t record_count, record_room;
};

static ent_code said_put(struct said *s, const resolve_statement *statement, ent_err *err)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? 64 : 2 * s->room;
        resolve_statement *grown = ent_arena_array(s->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (s->count > 0)
            memcpy(grown, s->items, s->count * sizeof *grown);
        s->items = grown;
        s->room = room;
    }
    s->items[s->count++] = *statement;
    return ENT_OK;
}

static const persons_record *record_of(const struct said *s, ent_str id)
{
    for (size_t i = 0; i < s->record_count; i++)
        if (ent_str_equal(s->records[i].id, id))
            return &s->records[i];
    return NULL;
}

static ent_code record_put(struct said *s, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc;

    if (record_of(s, id) != NULL)
        return ENT_OK;
    if (s->record_count == s->record_room) {
        size_t room = s->record_room == 0 ? 64 : 2 * s->record_room;
        persons_record *grown = ent_arena_array(s->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        for (size_t i = 0; i < s->record_count; i++) {
            grown[i] = s->records[i];
            grown[i].resolve.names = &grown[i].names;
        }
        s->records = grown;
        s->record_room = room;
    }
    rc = persons_record_load(s->d, s->arena, id, &s->records[s->record_count], &why);
    if (rc == ENT_NOT_FOUND || rc == ENT_FORMAT)
        return ENT_OK; /* not held any more: it says nothing */
    if (rc != ENT_OK)
        return *err = why, rc;
    s->record_count++;
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

ent_code persons_clusters_with(desk *d, ent_arena *arena, const char *peer, const ent_str *more,
                               size_t more_count, resolve_clusters *clusters, ent_err *err)
{
    struct said s = { .d = d, .arena = arena };
    persons_same *list;
    size_t count, stated;

    ENT_TRY(persons_same_list(d, arena, NULL, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        resolve_statement said = list[i].said;

        if (!ent_str_is(list[i].state, "confirmed") && !ent_str_is(list[i].state, "never"))
            continue;
        said.id = list[i].id;
        /* It stands since the last act: a join since it was confirmed. */
        said.at = list[i].acts[list[i].act_count - 1].at;
        ENT_TRY(said_put(&s, &said, err));
    }
    stated = s.count;
    for (size_t i = 0; i < stated; i++) {
        ENT_TRY(record_put(&s, s.items[i].a, err));
        ENT_TRY(record_put(&s, s.items[i].b, err));
    }
    for (size_t i = 0; i < more_count; i++)
        ENT_TRY(record_put(&s, more[i], err));
    ENT_TRY(protected_add(&s, err));
    ENT_TRY(thefts_add(&s, err));
    return resolve_clusters_of(arena, s.items, s.count, clusters, err);
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
