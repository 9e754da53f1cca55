/* Who of a story plays which part: by mark, type, key and date, never by name. */
#include "demo/timeline.h"

static bool in_hits(const demo *d, ent_str id)
{
    for (size_t i = 0; i < d->s.hit_count; i++)
        for (int side = 0; side < 2; side++)
            for (size_t k = 0; k < d->s.hits[i].side[side].count; k++)
                if (ent_str_equal(d->s.hits[i].side[side].items[k], id))
                    return true;
    return false;
}

static bool in_pairs(const story_pair *pairs, size_t count, size_t entity)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].a == entity || pairs[i].b == entity)
            return true;
    return false;
}

static bool in_chains(const demo *d, size_t entity)
{
    for (size_t i = 0; i < d->s.chain_count; i++)
        for (size_t k = 0; k < d->s.chains[i].count; k++)
            if (d->s.chains[i].path[k] == entity)
                return true;
    return false;
}

static bool is_person(const story_entity *e, char mark)
{
    return e->type == STORY_PERSON && e->mark == mark && e->names.count > 0;
}

/* Somebody who may not be asked about was born on the same day: another will do. */
static bool is_shadowed(const demo *d, const story_entity *e)
{
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (strchr("WPX", d->s.entities[i].mark) != NULL &&
            ent_str_equal(d->s.entities[i].dob, e->dob))
            return true;
    return false;
}

/* YYYY-MM-DD whose day and month can change places. */
static bool swaps(ent_str dob)
{
    return dob.size == 10 && memcmp(dob.ptr + 5, dob.ptr + 8, 2) != 0 &&
           memcmp(dob.ptr + 8, "13", 2) < 0;
}

static size_t subject_find(const demo *d)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];

        if (!is_person(e, 'M') || e->dob.size != 10 || is_shadowed(d, e))
            continue;
        if (swaps(e->dob))
            return i;
        if (found == SIZE_MAX)
            found = i;
    }
    return found;
}

static void pair_find(const demo *d, size_t pair[2])
{
    for (size_t i = 0; i < d->s.name_hit_count; i++) {
        size_t a = d->s.name_hits[i].a, b = d->s.name_hits[i].b;

        if (!ent_str_is(d->s.name_hits[i].decision, "MATCH") || in_chains(d, a) || in_chains(d, b))
            continue;
        pair[0] = a;
        pair[1] = b;
        return;
    }
}

static bool has_versions(const story_entity *e)
{
    return e->type == STORY_MOVEMENT || e->type == STORY_PERSON || e->type == STORY_INCIDENT ||
           e->type == STORY_ORGANIZATION || e->type == STORY_GROUP;
}

static void changed_find(const demo *d, timeline_cast *cast)
{
    for (size_t i = 0; i < d->s.release_count; i++)
        for (size_t k = 0; k < d->s.releases[i].object_count; k++) {
            size_t entity = d->s.releases[i].objects[k];
            const story_entity *e = &d->s.entities[entity];
            bool better =
                cast->changed == SIZE_MAX ||
                (e->type == STORY_MOVEMENT && d->s.entities[cast->changed].type != STORY_MOVEMENT);

            if (!has_versions(e) || strchr("MS", e->mark) == NULL || !better)
                continue;
            cast->changed = entity;
            cast->owner = d->s.releases[i].from;
            cast->holder = d->s.releases[i].to;
        }
}

/* A service other than the owner that keeps nobody silent who was born on the same day. */
static size_t asker_of(const demo *d, const story_entity *e)
{
    for (size_t i = 0; i < d->s.service_count; i++) {
        bool clean = i != e->service;

        for (size_t k = 0; clean && k < d->s.entity_count; k++)
            clean = d->s.entities[k].service != i || strchr("WPX", d->s.entities[k].mark) == NULL ||
                    !ent_str_equal(d->s.entities[k].dob, e->dob);
        if (clean)
            return i;
    }
    return SIZE_MAX;
}

/* The record on the other side of a row of names that holds for review only, or SIZE_MAX. */
static size_t like_find(const demo *d, size_t entity)
{
    for (size_t i = 0; i < d->s.name_hit_count; i++) {
        const story_pair *p = &d->s.name_hits[i];
        size_t other = p->a == entity ? p->b : p->b == entity ? p->a : SIZE_MAX;

        if (other != SIZE_MAX && d->s.entities[other].mark == 'M' &&
            ent_str_is(p->decision, "REVIEW"))
            return other;
    }
    return SIZE_MAX;
}

static bool in_match(const demo *d, size_t entity)
{
    for (size_t i = 0; i < d->s.name_hit_count; i++)
        if ((d->s.name_hits[i].a == entity || d->s.name_hits[i].b == entity) &&
            ent_str_is(d->s.name_hits[i].decision, "MATCH"))
            return true;
    for (size_t i = 0; i < d->s.hit_count; i++)
        for (int side = 0; side < 2; side++)
            for (size_t k = 0; k < d->s.hits[i].side[side].count && !d->s.hits[i].conflict; k++)
                if (ent_str_equal(d->s.hits[i].side[side].items[k], d->s.entities[entity].id))
                    return true;
    return false;
}

/* The first to be reviewed of what a match speaks of. */
static void matched_find(const demo *d, timeline_cast *cast)
{
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];
        size_t like = like_find(d, i);
        bool exact = in_match(d, i);

        if (e->rev.size == 0 || e->mark != 'M' || i == cast->pair[0] || i == cast->pair[1] ||
            (!exact && like == SIZE_MAX) ||
            (cast->matched != SIZE_MAX &&
             strncmp(e->rev.ptr, d->s.entities[cast->matched].rev.ptr, 10) >= 0))
            continue;
        cast->matched = i;
        cast->like = exact ? SIZE_MAX : like;
    }
}

/* The earliest day of review of records with one of these marks that nothing else needs. */
static size_t due_find(const demo *d, const timeline_cast *cast, const char *marks)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];

        if (e->rev.size == 0 || strchr(marks, e->mark) == NULL || i == cast->pair[0] ||
            i == cast->pair[1] || i == cast->matched)
            continue;
        if (found == SIZE_MAX || strncmp(e->rev.ptr, d->s.entities[found].rev.ptr, 10) < 0)
            found = i;
    }
    return found;
}

void demo_cast(const demo *d, timeline_cast *cast)
{
    *cast = (timeline_cast){ .pair = { SIZE_MAX, SIZE_MAX },
                             .changed = SIZE_MAX,
                             .outside = SIZE_MAX,
                             .secret = SIZE_MAX,
                             .witness = SIZE_MAX,
                             .innocent = SIZE_MAX,
                             .matched = SIZE_MAX,
                             .like = SIZE_MAX };
    cast->subject = subject_find(d);
    pair_find(d, cast->pair);
    changed_find(d, cast);
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];

        if (is_person(e, 'P') && cast->outside == SIZE_MAX)
            cast->outside = i;
        if (is_person(e, 'X') && e->dob.size > 0 && cast->secret == SIZE_MAX &&
            asker_of(d, e) != SIZE_MAX) {
            cast->secret = i;
            cast->asker = asker_of(d, e);
        }
        if (e->mark == 'W' && cast->witness == SIZE_MAX)
            cast->witness = i;
        if (is_person(e, 'M') && e->dob.size == 10 && cast->innocent == SIZE_MAX &&
            !in_hits(d, e->id) && !in_chains(d, i) &&
            !in_pairs(d->s.name_hits, d->s.name_hit_count, i) && !is_shadowed(d, e))
            cast->innocent = i;
    }
    for (size_t i = 0; i < d->s.hit_count && cast->key.size == 0; i++)
        if (d->s.hits[i].pair[0] == 0)
            cast->key = d->s.hits[i].key;
    matched_find(d, cast);
    cast->due = due_find(d, cast, "MS");
    cast->due_witness = due_find(d, cast, "W");
}
