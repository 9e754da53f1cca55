/* Steps 5 and 6: hypotheses over all partners, and the clashes of plans. */
#include "demo/play.h"

size_t demo_service_of(const demo *d, ent_str code)
{
    for (size_t i = 0; i < d->s.service_count; i++)
        if (ent_str_is(code, d->nodes[i].code))
            return i;
    return SIZE_MAX;
}

/* ---- 5: hypotheses ---- */

/* Each says for itself which of its places a region's name means; also that none does. */
static ent_code region_define(demo *d, const demo_node *node, const story_hypothesis *h,
                              ent_err *err)
{
    const char **arguments = ent_arena_array(d->arena, h->place_count + 8, sizeof *arguments);
    demo_result result;
    size_t at = 0;

    if (arguments == NULL)
        return ent_fail_arena(err);
    arguments[at++] = "hypo";
    arguments[at++] = "region";
    arguments[at++] = "--";
    arguments[at++] = demo_text(d, h->region);
    for (size_t i = 0; i < h->place_count; i++)
        if (d->s.entities[h->places[i]].service == node->service)
            arguments[at++] = d->ids.entities[h->places[i]].ptr;
    ENT_TRY(demo_command(d, node, "analyst", arguments, &result, err));
    if (result.exit != 0)
        demo_check(d, false, "%s can say what it means by '%.*s': %.*s", node->code,
                   ENT_STR_ARG(h->region), ENT_STR_ARG(result.err));
    return ENT_OK;
}

static ent_code regions_define(demo *d, ent_err *err)
{
    for (size_t i = 0; i < d->s.hypothesis_count; i++) {
        bool earlier = false;

        for (size_t j = 0; j < i; j++)
            earlier =
                earlier || ent_str_equal(d->s.hypotheses[i].region, d->s.hypotheses[j].region);
        for (size_t n = 0; n < d->s.service_count && !earlier; n++)
            ENT_TRY(region_define(d, &d->nodes[n], &d->s.hypotheses[i], err));
    }
    return ENT_OK;
}

struct heard {
    bool *named;     /* by entity */
    bool *fits;      /* by service: one of its own, not named */
    bool *answered;  /* by service */
    int64_t told[3]; /* asked, answered, hold: as the answer counts them itself */
    size_t strange;  /* ids that are no record of the story */
    size_t asked_count, answered_count;
};

static void coverage_take(demo *d, struct heard *h, ent_json line)
{
    static const char *const counts[] = { "asked_count", "answered_count", "hold_count" };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (!ent_json_int(ent_json_get(line, counts[i]), &h->told[i]))
            h->told[i] = -1;
    for (ent_json v = ent_json_first(ent_json_get(line, "asked")); v.doc != NULL;
         v = ent_json_next(v))
        h->asked_count += demo_service_of(d, ent_json_str(v)) != SIZE_MAX;
    for (ent_json v = ent_json_first(ent_json_get(line, "answered")); v.doc != NULL;
         v = ent_json_next(v)) {
        size_t service = demo_service_of(d, ent_json_str(v));

        if (service != SIZE_MAX)
            h->answered[service] = true;
        h->answered_count += service != SIZE_MAX;
    }
}

static ent_code lines_take(demo *d, const demo_node *node, const demo_result *result,
                           struct heard *h, ent_err *err)
{
    *h = (struct heard){ .named = ent_arena_array(d->arena, d->s.entity_count + 1, sizeof(bool)),
                         .fits = ent_arena_array(d->arena, d->s.service_count, sizeof(bool)),
                         .answered = ent_arena_array(d->arena, d->s.service_count, sizeof(bool)) };
    if (h->named == NULL || h->fits == NULL || h->answered == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < result->line_count; i++) {
        ent_json line = result->lines[i];
        size_t service = demo_service_of(d, ent_json_get_text(line, "peer"));

        if (ent_json_get_text(line, "id").size > 0) {
            size_t entity = demo_entity_of(d, node, ent_json_get_text(line, "id"));

            if (entity == SIZE_MAX)
                h->strange++;
            else
                h->named[entity] = true;
        } else if (service != SIZE_MAX) {
            h->fits[service] = ent_json_true(ent_json_get(line, "fits"));
        } else {
            coverage_take(d, h, line);
        }
    }
    return ENT_OK;
}

static void heard_write(demo *d, const story_hypothesis *q, const struct heard *h)
{
    ent_jw *w = &d->got;

    ent_jw_object(w);
    ent_jw_key(w, "id");
    ent_jw_str(w, q->id);
    ent_jw_key(w, "asker");
    ent_jw_str(w, d->s.services[q->asker].id);
    ent_jw_key(w, "records");
    ent_jw_array(w);
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (h->named[i])
            ent_jw_str(w, d->s.entities[i].id);
    ent_jw_end(w);
    ent_jw_key(w, "one_of_mine_fits");
    ent_jw_array(w);
    for (size_t i = 0; i < d->s.service_count; i++)
        if (h->fits[i])
            ent_jw_str(w, d->s.services[i].id);
    ent_jw_end(w);
    ent_jw_key(w, "coverage");
    ent_jw_object(w);
    for (int which = 0; which < 3; which++) {
        static const char *const names[] = { "asked", "answered", "silent" };

        ent_jw_key(w, names[which]);
        ent_jw_array(w);
        for (size_t i = 0; i < d->s.service_count; i++)
            if (which == 0 || (which == 1) == h->answered[i])
                ent_jw_str(w, d->s.services[i].id);
        ent_jw_end(w);
    }
    ent_jw_end(w);
    ent_jw_end(w);
}

/* Names of what was named, for the sentence. */
static ent_str names_of(demo *d, const struct heard *h)
{
    ent_str text = ENT_STR("nobody");
    bool any = false;

    for (size_t i = 0; i < d->s.entity_count; i++) {
        if (!h->named[i])
            continue;
        text = any ? ent_arena_printf(d->arena, "%.*s, %.*s", ENT_STR_ARG(text),
                                      ENT_STR_ARG(d->s.entities[i].id))
                   : d->s.entities[i].id;
        any = true;
    }
    for (size_t i = 0; i < d->s.service_count; i++)
        if (h->fits[i]) {
            text = ent_arena_printf(d->arena, "%.*s%sone of %s's own", any ? (int)text.size : 0,
                                    text.ptr, any ? ", " : "", d->nodes[i].code);
            any = true;
        }
    return text;
}

/* Exactly those that are expected: by name if the asker knows them, else as one of theirs. */
static void expected_check(demo *d, const story_hypothesis *q, const struct heard *h)
{
    const demo_node *asker = &d->nodes[q->asker];
    bool same = h->strange == 0;

    for (size_t i = 0; i < d->s.entity_count; i++) {
        bool expected = false;

        for (size_t j = 0; j < q->expect_count; j++)
            expected = expected || q->expect[j] == i;
        same = same && h->named[i] == (expected && asker->known[i].ptr != NULL);
    }
    for (size_t s = 0; s < d->s.service_count; s++) {
        bool expected = false;

        for (size_t j = 0; j < q->expect_count; j++)
            expected = expected || (d->s.entities[q->expect[j]].service == s &&
                                    asker->known[q->expect[j]].ptr == NULL);
        same = same && h->fits[s] == expected;
    }
    if (!q->has_expect)
        demo_skip(d, "the hypothesis has no expect_records", "%.*s: who fits", ENT_STR_ARG(q->id));
    else
        demo_check(d, same, "%.*s: exactly those fit who should: %.*s", ENT_STR_ARG(q->id),
                   ENT_STR_ARG(names_of(d, h)));
}

/* How many services hold one who fits, by the records of the story. */
static int64_t holders_of(const demo *d, const story_hypothesis *q)
{
    int64_t count = 0;

    for (size_t s = 0; s < d->s.service_count; s++) {
        bool holds = false;

        for (size_t j = 0; j < q->expect_count; j++)
            holds = holds || d->s.entities[q->expect[j]].service == s;
        count += holds;
    }
    return count;
}

static bool forbidden_named(const story_hypothesis *q, const struct heard *h)
{
    for (size_t i = 0; i < q->forbid_count; i++)
        if (h->named[q->forbid[i]])
            return true;
    return false;
}

/* The id by which the asker knows a target; the owner's if it does not. */
static const char *target_id(demo *d, const demo_node *asker, size_t entity)
{
    return asker->known[entity].ptr != NULL ? demo_text(d, asker->known[entity])
                                            : d->ids.entities[entity].ptr;
}

static ent_code ask(demo *d, const story_hypothesis *q, demo_result *result, ent_err *err)
{
    const demo_node *asker = &d->nodes[q->asker];
    const char **arguments = ent_arena_array(d->arena, 2 * q->tied_count + 16, sizeof *arguments);
    size_t at = 0;

    if (arguments == NULL)
        return ent_fail_arena(err);
    arguments[at++] = "hypo";
    arguments[at++] = "ask";
    arguments[at++] = ent_arena_printf(d->arena, "--region=%.*s", ENT_STR_ARG(q->region)).ptr;
    arguments[at++] = "--from";
    arguments[at++] = demo_text(d, q->from);
    arguments[at++] = "--to";
    arguments[at++] = demo_text(d, q->to);
    for (size_t i = 0; i < q->tied_count; i++) {
        arguments[at++] = "--tied-to";
        arguments[at++] = target_id(d, asker, q->tied[i]);
    }
    arguments[at++] = "--max-steps";
    arguments[at++] = ent_arena_printf(d->arena, "%d", q->max_steps).ptr;
    arguments[at++] = "--purpose";
    arguments[at] = DEMO_PURPOSE;
    return demo_command(d, asker, "analyst", arguments, result, err);
}

static ent_code hypothesis_play(demo *d, const story_hypothesis *q, ent_err *err)
{
    demo_result result;
    struct heard h;

    ENT_TRY(ask(d, q, &result, err));
    ENT_TRY(lines_take(d, &d->nodes[q->asker], &result, &h, err));
    heard_write(d, q, &h);
    if (result.line_count == 0)
        demo_check(d, false, "%.*s: it can be asked (%d): %.*s", ENT_STR_ARG(q->id), result.exit,
                   ENT_STR_ARG(result.err));
    expected_check(d, q, &h);
    demo_check(d, !forbidden_named(q, &h), "%.*s: nobody is named who must not be",
               ENT_STR_ARG(q->id));
    demo_check(d, h.asked_count == d->s.service_count && h.answered_count == d->s.service_count,
               "%.*s: the answer says that %zu of %zu services answered", ENT_STR_ARG(q->id),
               h.answered_count, d->s.service_count);
    if (q->has_expect)
        demo_check(d,
                   h.told[0] == (int64_t)d->s.service_count &&
                       h.told[1] == (int64_t)d->s.service_count && h.told[2] == holders_of(d, q),
                   "%.*s: and counts them: %d of %d answered, %d of these hold one",
                   ENT_STR_ARG(q->id), (int)h.told[1], (int)h.told[0], (int)h.told[2]);
    return ENT_OK;
}

ent_code demo_hypotheses(demo *d, ent_err *err)
{
    demo_step_begin(d, 5, "hypotheses", "Who was there, and is tied to it?");
    if (!d->s.has_hypotheses || d->s.hypothesis_count == 0) {
        demo_skip(d, "the story has no hypotheses: made records are asked about",
                  "the story's hypotheses");
        return demo_made_hypothesis(d, err);
    }
    demo_say(d, "One service asks all: who was in that region then, and is tied to one of these? "
                "Each answers from its own records. It names whom it has released already; of "
                "all others it says at most that one of its own fits.");
    ENT_TRY(regions_define(d, err));
    ent_jw_key(&d->got, "hypotheses");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.hypothesis_count; i++)
        ENT_TRY(hypothesis_play(d, &d->s.hypotheses[i], err));
    ent_jw_end(&d->got);
    return ENT_OK;
}
