/* Parts that nobody of a story can play are played by people who are made, and who are among the
 * story's from then on. */
#include "demo/timeline.h"

/* An array of the story with room for one more. */
static void *grown(timeline *t, const void *rows, size_t count, size_t size)
{
    void *to = ent_arena_array(t->d->arena, count + 1, size);

    if (to != NULL && count > 0)
        memcpy(to, rows, count * size);
    return to;
}

/* The table by which the story's ids are found has it, too. */
static ent_code id_enter(timeline *t, size_t number, ent_err *err)
{
    story *s = &t->d->s;
    size_t *by_id = grown(t, s->by_id, number, sizeof *by_id), at = number;

    if (by_id == NULL)
        return ent_fail_arena(err);
    for (; at > 0 && ent_str_compare(s->entities[by_id[at - 1]].id, s->entities[number].id) > 0;
         at--)
        by_id[at] = by_id[at - 1];
    by_id[at] = number;
    s->by_id = by_id;
    return ENT_OK;
}

/* *entity: its number.  Its names are the caller's for as long as the demo runs. */
static ent_code part_make(timeline *t, size_t service, const story_entity *as, size_t *entity,
                          ent_err *err)
{
    demo *d = t->d;
    size_t number = d->s.entity_count;
    story_entity row = *as;
    ent_str id;

    ENT_TRY(demo_made(d, &d->nodes[service], &row, 1, NULL, 0, &id, err));
    row.id = ent_arena_printf(d->arena, "(made %zu)", number);
    d->s.entities = grown(t, d->s.entities, number, sizeof *d->s.entities);
    d->ids.entities = grown(t, d->ids.entities, number, sizeof *d->ids.entities);
    if (row.id.ptr == NULL || d->s.entities == NULL || d->ids.entities == NULL)
        return ent_fail_arena(err);
    d->s.entities[number] = row;
    d->ids.entities[number] = id;
    for (size_t i = 0; i < d->s.service_count; i++) {
        d->nodes[i].known = grown(t, d->nodes[i].known, number, sizeof *d->nodes[i].known);
        if (d->nodes[i].known == NULL)
            return ent_fail_arena(err);
    }
    d->nodes[service].known[number] = id;
    ENT_TRY(id_enter(t, number, err));
    d->s.entity_count = number + 1;
    *entity = number;
    return ENT_OK;
}

static ent_code person_make(timeline *t, size_t service, ent_str *name, ent_str born, char mark,
                            size_t *entity, ent_err *err)
{
    const story_entity row = {
        .type = STORY_PERSON, .names = { name, 1 }, .dob = born, .mark = mark
    };

    return part_make(t, service, &row, entity, err);
}

/* The same man at two services. */
static ent_code pair_make(timeline *t, ent_err *err)
{
    static ent_str name = { "Benno Aldersk", 13 };

    ENT_TRY(person_make(t, 0, &name, ENT_STR("1930-10-11"), 'M', &t->cast.pair[0], err));
    return person_make(t, 1, &name, ENT_STR("1930-10-11"), 'M', &t->cast.pair[1], err);
}

/* A journey and a person that the second has given to the first. */
static ent_code released_make(timeline *t, ent_err *err)
{
    static ent_str name = { "Rika Solvane", 12 };
    const story_entity journey = { .type = STORY_MOVEMENT,
                                   .label = ENT_STR("a made journey"),
                                   .iv = ENT_STR("2019-05-01/2019-05-04") };
    ent_str release;
    size_t other;

    ENT_TRY(part_make(t, 1, &journey, &t->cast.changed, err));
    ENT_TRY(person_make(t, 1, &name, ENT_STR("1930-10-21"), 'M', &other, err));
    ENT_TRY(demo_tl_release(t, t->second, t->first, t->cast.changed, &release, err));
    ENT_TRY(demo_tl_release(t, t->second, t->first, other, &release, err));
    t->cast.owner = 1;
    t->cast.holder = 0;
    return ENT_OK;
}

ent_code demo_cast_made(timeline *t, ent_err *err)
{
    static ent_str names[] = { { "Tomas Erlgard", 13 },
                               { "Ivo Maskelin", 12 },
                               { "Dora Quillem", 12 },
                               { "Lasse Brandur", 13 } };
    timeline_cast *c = &t->cast;

    if (c->subject == SIZE_MAX)
        ENT_TRY(person_make(t, 0, &names[0], ENT_STR("1930-10-01"), 'M', &c->subject, err));
    if (c->innocent == SIZE_MAX)
        ENT_TRY(person_make(t, 0, &names[1], ENT_STR("1930-10-02"), 'M', &c->innocent, err));
    if (c->witness == SIZE_MAX)
        ENT_TRY(person_make(t, 0, &names[2], ENT_STR("1930-10-03"), 'W', &c->witness, err));
    if (c->secret == SIZE_MAX) {
        ENT_TRY(person_make(t, 0, &names[3], ENT_STR("1930-10-04"), 'X', &c->secret, err));
        c->asker = 1;
    }
    if (c->pair[0] == SIZE_MAX)
        ENT_TRY(pair_make(t, err));
    return c->changed == SIZE_MAX ? released_make(t, err) : ENT_OK;
}
