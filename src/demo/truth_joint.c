/* What a story says of hypotheses and plans. */
#include "demo/story_int.h"

#include <stdio.h>

#include "base/time.h"

#define STEPS_DEFAULT 8

struct reader {
    ent_arena *arena;
    story *s;
    ent_json root;
    ent_err *err;
    char place[96];
};

/* Ids of entities; with `loose`, what is no entity of the story is left out. */
static ent_code entities_of(struct reader *r, ent_json object, const char *member, bool loose,
                            size_t **list, size_t *count)
{
    story_list ids;

    ENT_TRY(demo_story_texts(r->arena, object, member, r->place, &ids, r->err));
    *count = 0;
    *list = ent_arena_array(r->arena, ids.count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(r->err);
    for (size_t i = 0; i < ids.count; i++) {
        size_t entity = demo_story_entity_find(r->s, ids.items[i]);

        if (entity != SIZE_MAX)
            (*list)[(*count)++] = entity;
        else if (!loose)
            return demo_story_wrong(r->err, r->place, member, "names no entity of the story");
    }
    return ENT_OK;
}

static ent_code service_of(struct reader *r, ent_json object, const char *member, bool must,
                           size_t *service)
{
    ent_str id;

    ENT_TRY(demo_story_text(object, member, r->place, &id, r->err));
    *service = id.size == 0 && !must ? 0 : demo_story_service_find(r->s, id);
    return *service != SIZE_MAX
               ? ENT_OK
               : demo_story_wrong(r->err, r->place, member, "is no service of the story");
}

/* "a/b" or one date: its two ends, an open one far away. */
static ent_code window_read(struct reader *r, ent_json v, story_hypothesis *h)
{
    const char *slash;
    ent_days days;
    ent_str text;

    ENT_TRY(demo_story_must_text(v, "window", r->place, &text, r->err));
    if (ent_interval_read(text, &days, r->err) != ENT_OK)
        return ent_context(r->err, "%s.window", r->place);
    slash = memchr(text.ptr, '/', text.size);
    h->from = h->to = text;
    if (slash != NULL) {
        h->from.size = (size_t)(slash - text.ptr);
        h->to = (ent_str){ slash + 1, text.size - h->from.size - 1 };
    }
    if (h->from.size == 0)
        h->from = ENT_STR("1000-01-01");
    if (h->to.size == 0)
        h->to = ENT_STR("9999-12-31");
    return ENT_OK;
}

static ent_code hypothesis_read(struct reader *r, ent_json v, story_hypothesis *h)
{
    ent_json steps = ent_json_get(v, "max_steps"), region;
    int64_t number = STEPS_DEFAULT;

    ENT_TRY(demo_story_must_text(v, "id", r->place, &h->id, r->err));
    ENT_TRY(demo_story_must_text(v, "region", r->place, &h->region, r->err));
    region = ent_json_get_str(ent_json_get(r->root, "regions"), h->region);
    if (!ent_json_is(region, ENT_JSON_OBJECT))
        return demo_story_wrong(r->err, r->place, "region", "is none of `regions`");
    ENT_TRY(window_read(r, v, h));
    ENT_TRY(service_of(r, v, "asker", false, &h->asker));
    ENT_TRY(entities_of(r, region, "locations", true, &h->places, &h->place_count));
    ENT_TRY(entities_of(r, v, "tied_to", false, &h->tied, &h->tied_count));
    ENT_TRY(entities_of(r, v, "expect_records", false, &h->expect, &h->expect_count));
    ENT_TRY(entities_of(r, v, "forbid", true, &h->forbid, &h->forbid_count));
    h->has_expect = ent_json_is(ent_json_get(v, "expect_records"), ENT_JSON_ARRAY);
    if (steps.doc != NULL && !ent_json_is(steps, ENT_JSON_NULL) &&
        (!ent_json_int(steps, &number) || number < 0 || number > 32))
        return demo_story_wrong(r->err, r->place, "max_steps", "is no whole number from 0 to 32");
    h->max_steps = (int)number;
    return h->tied_count > 0 ? ENT_OK
                             : demo_story_wrong(r->err, r->place, "tied_to", "is missing or empty");
}

static ent_code hypotheses_read(struct reader *r)
{
    story *s = r->s;
    ent_json rows;

    ENT_TRY(demo_story_rows(r->root, "hypotheses", &rows, &s->has_hypotheses, r->err));
    s->hypotheses = ent_arena_array(r->arena, ent_json_count(rows) + 1, sizeof *s->hypotheses);
    if (s->hypotheses == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        (void)snprintf(r->place, sizeof r->place, "hypotheses[%zu]", s->hypothesis_count);
        ENT_TRY(hypothesis_read(r, v, &s->hypotheses[s->hypothesis_count++]));
    }
    return ENT_OK;
}

/* ---- plans ---- */

static ent_code range_read(struct reader *r, ent_json v, const char *member, double out[2])
{
    ent_json list = ent_json_get(v, member);

    for (size_t i = 0; i < 2; i++)
        if (ent_json_count(list) != 2 || !ent_json_double(ent_json_at(list, i), &out[i]))
            return demo_story_wrong(r->err, r->place, member, "is no pair of numbers");
    return ENT_OK;
}

static ent_code plan_read(struct reader *r, ent_json v, story_plan *p)
{
    ent_json height = ent_json_get(v, "height_m");
    ent_time time;

    ENT_TRY(demo_story_must_text(v, "id", r->place, &p->id, r->err));
    ENT_TRY(service_of(r, v, "owner", true, &p->owner));
    ENT_TRY(demo_story_texts(r->arena, v, "domains", r->place, &p->domains, r->err));
    ENT_TRY(range_read(r, v, "lat", p->lat));
    ENT_TRY(range_read(r, v, "lon", p->lon));
    p->has_height = height.doc != NULL && !ent_json_is(height, ENT_JSON_NULL);
    if (p->has_height)
        ENT_TRY(range_read(r, v, "height_m", p->height));
    ENT_TRY(demo_story_must_text(v, "start", r->place, &p->start, r->err));
    ENT_TRY(demo_story_must_text(v, "stop", r->place, &p->stop, r->err));
    if (ent_time_read(p->start, &time, r->err) != ENT_OK ||
        ent_time_read(p->stop, &time, r->err) != ENT_OK)
        return ent_context(r->err, "%s.start, stop", r->place);
    return ENT_OK;
}

static size_t plan_find(const story *s, ent_str id)
{
    for (size_t i = 0; i < s->plan_count; i++)
        if (ent_str_equal(s->plans[i].id, id))
            return i;
    return SIZE_MAX;
}

static ent_code plans_read(struct reader *r)
{
    story *s = r->s;
    ent_json rows;

    ENT_TRY(demo_story_rows(r->root, "plans", &rows, &s->has_plans, r->err));
    s->plans = ent_arena_array(r->arena, ent_json_count(rows) + 1, sizeof *s->plans);
    if (s->plans == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        (void)snprintf(r->place, sizeof r->place, "plans[%zu]", s->plan_count);
        ENT_TRY(plan_read(r, v, &s->plans[s->plan_count]));
        if (plan_find(s, s->plans[s->plan_count].id) != SIZE_MAX)
            return demo_story_wrong(r->err, r->place, "id", "is that of an earlier plan");
        s->plan_count++;
    }
    return ENT_OK;
}

static ent_code clashes_read(struct reader *r)
{
    story *s = r->s;
    ent_json rows;

    ENT_TRY(demo_story_rows(r->root, "plan_clashes", &rows, &s->has_clashes, r->err));
    s->clashes = ent_arena_array(r->arena, ent_json_count(rows) + 1, sizeof *s->clashes);
    if (s->clashes == NULL)
        return ent_fail_arena(r->err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_clash *c = &s->clashes[s->clash_count];

        (void)snprintf(r->place, sizeof r->place, "plan_clashes[%zu]", s->clash_count++);
        c->a = plan_find(s, ent_json_str(ent_json_at(v, 0)));
        c->b = plan_find(s, ent_json_str(ent_json_at(v, 1)));
        c->domain = ent_json_str(ent_json_at(v, 2));
        if (ent_json_count(v) != 3 || c->a == SIZE_MAX || c->b == SIZE_MAX || c->domain.size == 0)
            return demo_story_wrong(r->err, r->place, "", "is not two plans and a domain");
    }
    return ENT_OK;
}

ent_code demo_story_joint_read(ent_arena *arena, ent_json root, story *s, ent_err *err)
{
    struct reader r = { .arena = arena, .s = s, .root = root, .err = err };

    ENT_TRY(hypotheses_read(&r));
    ENT_TRY(plans_read(&r));
    return clashes_read(&r);
}
