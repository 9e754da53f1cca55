/* What a story says must come of it.  Every id in it is looked up, so that a check is
 * never made against a name that nothing bears. */
#include "demo/story_int.h"

#include <stdio.h>

struct reader {
    ent_arena *arena;
    story *s;
    ent_err *err;
    char place[96];
};

static const char *place_at(struct reader *r, const char *member, size_t number)
{
    (void)snprintf(r->place, sizeof r->place, "%s[%zu]", member, number);
    return r->place;
}

static void *rows_new(struct reader *r, ent_json rows, size_t size)
{
    return ent_arena_array(r->arena, ent_json_count(rows) + 1, size);
}

static ent_code entity_of(struct reader *r, ent_json object, const char *member, size_t *entity)
{
    ent_str id;

    ENT_TRY(demo_story_must_text(object, member, r->place, &id, r->err));
    *entity = demo_story_entity_find(r->s, id);
    return *entity != SIZE_MAX
               ? ENT_OK
               : demo_story_wrong(r->err, r->place, member, "is no entity of the story");
}

static ent_code service_of(struct reader *r, ent_json object, const char *member, size_t *service)
{
    ent_str id;

    ENT_TRY(demo_story_must_text(object, member, r->place, &id, r->err));
    *service = demo_story_service_find(r->s, id);
    return *service != SIZE_MAX
               ? ENT_OK
               : demo_story_wrong(r->err, r->place, member, "is no service of the story");
}

static ent_code entities_of(struct reader *r, ent_json object, const char *member, size_t **list,
                            size_t *count)
{
    story_list ids;

    ENT_TRY(demo_story_texts(r->arena, object, member, r->place, &ids, r->err));
    *count = 0;
    *list = ent_arena_array(r->arena, ids.count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(r->err);
    for (; *count < ids.count; ++*count) {
        (*list)[*count] = demo_story_entity_find(r->s, ids.items[*count]);
        if ((*list)[*count] == SIZE_MAX)
            return demo_story_wrong(r->err, r->place, member, "names no entity of the story");
    }
    return ENT_OK;
}

/* Two services as ids; the earlier of `services` becomes the first.  *swapped if they came
 * the other way round. */
static ent_code pair_of(struct reader *r, ent_json pair, size_t out[2], bool *swapped)
{
    for (size_t i = 0; i < 2; i++) {
        out[i] = demo_story_service_find(r->s, ent_json_str(ent_json_at(pair, i)));
        if (ent_json_count(pair) != 2 || out[i] == SIZE_MAX)
            return demo_story_wrong(r->err, r->place, "pair", "is no pair of two services");
    }
    if (out[0] == out[1])
        return demo_story_wrong(r->err, r->place, "pair", "is one service twice");
    *swapped = out[0] > out[1];
    if (*swapped) {
        size_t first = out[1];

        out[1] = out[0];
        out[0] = first;
    }
    return ENT_OK;
}

static ent_code sides_check(struct reader *r, const story_hit *hit)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < hit->side[side].count; i++) {
            size_t entity = demo_story_entity_find(r->s, hit->side[side].items[i]);

            if (entity == SIZE_MAX || r->s->entities[entity].service != hit->pair[side])
                return demo_story_wrong(r->err, r->place, side == 0 ? "first" : "second",
                                        "names what is no entity of that service");
        }
    return ENT_OK;
}

static ent_code hits_read(struct reader *r, ent_json root)
{
    ent_str status;
    ent_json rows;

    ENT_TRY(demo_story_rows(root, "expected_hits", &rows, &r->s->has_hits, r->err));
    r->s->hits = rows_new(r, rows, sizeof *r->s->hits);
    if (r->s->hits == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_hit *hit = &r->s->hits[r->s->hit_count];
        bool swapped = false;

        (void)place_at(r, "expected_hits", r->s->hit_count++);
        ENT_TRY(pair_of(r, ent_json_get(v, "pair"), hit->pair, &swapped));
        ENT_TRY(demo_story_must_text(v, "key", r->place, &hit->key, r->err));
        ENT_TRY(demo_story_texts(r->arena, v, "first", r->place, &hit->side[swapped], r->err));
        ENT_TRY(demo_story_texts(r->arena, v, "second", r->place, &hit->side[!swapped], r->err));
        ENT_TRY(sides_check(r, hit));
        demo_story_sort(hit->side[0].items, hit->side[0].count);
        demo_story_sort(hit->side[1].items, hit->side[1].count);
        ENT_TRY(demo_story_text(v, "status", r->place, &status, r->err));
        hit->conflict = ent_str_is(status, "time-conflict");
        if (!hit->conflict && status.size > 0 && !ent_str_is(status, "hit"))
            return demo_story_wrong(r->err, r->place, "status", "is neither hit nor time-conflict");
    }
    return ENT_OK;
}

static ent_code pairs_read(struct reader *r, ent_json root, const char *member, const char *a,
                           const char *b, story_pair **pairs, size_t *count, bool *has)
{
    ent_json rows;

    ENT_TRY(demo_story_rows(root, member, &rows, has, r->err));
    *pairs = rows_new(r, rows, sizeof **pairs);
    if (*pairs == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_pair *pair = &(*pairs)[*count];

        (void)place_at(r, member, (*count)++);
        ENT_TRY(entity_of(r, v, a, &pair->a));
        ENT_TRY(entity_of(r, v, b, &pair->b));
        ENT_TRY(demo_story_text(v, "decision", r->place, &pair->decision, r->err));
    }
    return ENT_OK;
}

static ent_code chains_read(struct reader *r, ent_json root)
{
    ent_json rows = ent_json_get(root, "chains");

    if (rows.doc != NULL && !ent_json_is(rows, ENT_JSON_OBJECT))
        return demo_story_wrong(r->err, "", "chains", "is no object");
    r->s->chains = rows_new(r, rows, sizeof *r->s->chains);
    if (r->s->chains == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_chain *chain = &r->s->chains[r->s->chain_count];

        (void)place_at(r, "chains", r->s->chain_count++);
        chain->name = ent_json_name(v);
        ENT_TRY(entities_of(r, v, "path", &chain->path, &chain->count));
        if (chain->count < 2)
            return demo_story_wrong(r->err, r->place, "path", "has less than two entities");
    }
    return ENT_OK;
}

static ent_code release_read(struct reader *r, ent_json v, story_release *release)
{
    ENT_TRY(demo_story_must_text(v, "id", r->place, &release->id, r->err));
    ENT_TRY(service_of(r, v, "from", &release->from));
    ENT_TRY(service_of(r, v, "to", &release->to));
    if (release->from == release->to)
        return demo_story_wrong(r->err, r->place, "to", "is the sender itself");
    ENT_TRY(entities_of(r, v, "objects", &release->objects, &release->object_count));
    for (size_t i = 0; i < release->object_count; i++)
        if (r->s->entities[release->objects[i]].service != release->from)
            return demo_story_wrong(r->err, r->place, "objects",
                                    "names what the sender does not own");
    release->has_complete = ent_json_get(v, "chains_complete").doc != NULL;
    ENT_TRY(demo_story_texts(r->arena, v, "chains_complete", r->place, &release->complete, r->err));
    for (size_t i = 0; i < release->complete.count; i++)
        if (demo_story_chain_find(r->s, release->complete.items[i]) == NULL)
            return demo_story_wrong(r->err, r->place, "chains_complete", "names what is no chain");
    demo_story_sort(release->complete.items, release->complete.count);
    return ENT_OK;
}

static ent_code releases_read(struct reader *r, ent_json root)
{
    ent_json rows;

    ENT_TRY(demo_story_rows(root, "release_steps", &rows, &r->s->has_releases, r->err));
    r->s->releases = rows_new(r, rows, sizeof *r->s->releases);
    if (r->s->releases == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        (void)place_at(r, "release_steps", r->s->release_count);
        ENT_TRY(release_read(r, v, &r->s->releases[r->s->release_count++]));
    }
    return ENT_OK;
}

static ent_code canaries_read(struct reader *r, ent_json root)
{
    ent_json rows;

    ENT_TRY(demo_story_rows(root, "canaries", &rows, &r->s->has_canaries, r->err));
    r->s->canaries = rows_new(r, rows, sizeof *r->s->canaries);
    if (r->s->canaries == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_canary *canary = &r->s->canaries[r->s->canary_count];
        story_list objects;

        (void)place_at(r, "canaries", r->s->canary_count++);
        ENT_TRY(demo_story_must_text(v, "string", r->place, &canary->string, r->err));
        if (canary->string.size < 4)
            return demo_story_wrong(r->err, r->place, "string",
                                    "is shorter than four bytes, which would be found by chance");
        if (ent_json_get(v, "owner").doc != NULL) {
            ENT_TRY(service_of(r, v, "owner", &canary->owner));
            continue;
        }
        ENT_TRY(demo_story_texts(r->arena, v, "objects", r->place, &objects, r->err));
        if (objects.count == 0 || demo_story_entity_find(r->s, objects.items[0]) == SIZE_MAX)
            return demo_story_wrong(r->err, r->place, "owner",
                                    "is missing, and no object tells it");
        canary->owner = r->s->entities[demo_story_entity_find(r->s, objects.items[0])].service;
    }
    return ENT_OK;
}

static ent_code names_read(struct reader *r, ent_json root)
{
    ent_json rows;

    ENT_TRY(demo_story_rows(root, "name_pairs", &rows, &r->s->has_names, r->err));
    r->s->names = rows_new(r, rows, sizeof *r->s->names);
    if (r->s->names == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_names *names = &r->s->names[r->s->names_count];

        (void)place_at(r, "name_pairs", r->s->names_count++);
        ENT_TRY(demo_story_must_text(v, "a", r->place, &names->a, r->err));
        ENT_TRY(demo_story_must_text(v, "b", r->place, &names->b, r->err));
        ENT_TRY(demo_story_text(v, "dob_a", r->place, &names->dob_a, r->err));
        ENT_TRY(demo_story_text(v, "dob_b", r->place, &names->dob_b, r->err));
        ENT_TRY(demo_story_must_text(v, "expect", r->place, &names->expect, r->err));
        if (!ent_str_is(names->expect, "MATCH") && !ent_str_is(names->expect, "REVIEW") &&
            !ent_str_is(names->expect, "NO"))
            return demo_story_wrong(r->err, r->place, "expect", "is none of MATCH REVIEW NO");
    }
    return ENT_OK;
}

static ent_code ends_read(struct reader *r, ent_json ends)
{
    r->s->ends = ent_arena_array(r->arena, r->s->service_count, sizeof *r->s->ends);
    if (r->s->ends == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(ends); v.doc != NULL; v = ent_json_next(v)) {
        size_t service = demo_story_service_find(r->s, ent_json_name(v));
        size_t a = demo_story_entity_find(r->s, ent_json_str(ent_json_at(v, 0)));
        size_t b = demo_story_entity_find(r->s, ent_json_str(ent_json_at(v, 1)));

        if (service == SIZE_MAX)
            continue;
        if (ent_json_count(v) != 2 || a == SIZE_MAX || b == SIZE_MAX)
            return demo_story_wrong(r->err, "no_path", "ends",
                                    "has an entry that is no two entities");
        r->s->ends[service] = (story_ends){ true, a, b };
    }
    return ENT_OK;
}

static ent_code no_path_read(struct reader *r, ent_json root)
{
    ent_json no_path = ent_json_get(root, "no_path");
    ent_json pairs = ent_json_get(no_path, "pairs");
    story_list alone;
    bool ignored = false;

    r->s->has_no_path = ent_json_is(no_path, ENT_JSON_OBJECT);
    ENT_TRY(ends_read(r, ent_json_get(no_path, "ends")));
    ENT_TRY(demo_story_texts(r->arena, no_path, "alone", "no_path", &alone, r->err));
    r->s->alone = ent_arena_array(r->arena, alone.count + 1, sizeof *r->s->alone);
    r->s->pairs = rows_new(r, pairs, sizeof *r->s->pairs);
    if (r->s->alone == NULL || r->s->pairs == NULL)
        return ent_fail_arena(r->err);
    for (; r->s->alone_count < alone.count; r->s->alone_count++) {
        size_t service = demo_story_service_find(r->s, alone.items[r->s->alone_count]);

        if (service == SIZE_MAX)
            return demo_story_wrong(r->err, "no_path", "alone", "names no service of the story");
        r->s->alone[r->s->alone_count] = service;
    }
    for (ent_json v = ent_json_first(pairs); v.doc != NULL; v = ent_json_next(v)) {
        (void)place_at(r, "no_path.pairs", r->s->pair_count);
        ENT_TRY(pair_of(r, v, r->s->pairs[r->s->pair_count++], &ignored));
    }
    return ENT_OK;
}

ent_code demo_story_truth_read(ent_arena *arena, ent_json root, story *s, ent_err *err)
{
    struct reader r = { .arena = arena, .s = s, .err = err };

    ENT_TRY(hits_read(&r, root));
    ENT_TRY(pairs_read(&r, root, "name_hits", "first", "second", &s->name_hits, &s->name_hit_count,
                       &s->has_name_hits));
    ENT_TRY(pairs_read(&r, root, "deliberately_not_matched", "a", "b", &s->apart, &s->apart_count,
                       &s->has_apart));
    ENT_TRY(chains_read(&r, root));
    ENT_TRY(releases_read(&r, root));
    ENT_TRY(canaries_read(&r, root));
    ENT_TRY(names_read(&r, root));
    ENT_TRY(no_path_read(&r, root));
    return demo_story_joint_read(arena, root, s, err);
}
