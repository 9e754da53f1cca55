/* What is done with each message about a hypothesis (joint/hypothesis.h). */
#include "joint/hypothesis_int.h"
#include "joint/receive.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/gate.h"
#include "desk/work.h"
#include "holdings/search.h"
#include "joint/terms.h"

#include <stdlib.h>

static const char where[] = "a hypothesis";

/* ---- budgets, at who is asked ---- */

static bool same_region(const joint_region *a, const joint_region *b)
{
    if (a->name.size > 0 && ent_str_equal(a->name, b->name))
        return true;
    if (a->circle && b->circle && holdings_km(a->lat, a->lon, b->lat, b->lon) <= a->km + b->km)
        return true;
    for (size_t i = 0; i < a->id_count; i++)
        for (size_t j = 0; j < b->id_count; j++)
            if (ent_str_equal(a->ids[i], b->ids[j]))
                return true;
    return false;
}

/* Asking for halves of a region or of a window would find what an answer does not say. */
static ent_code budget_check(joint_exchange *x, const char **clause, ent_err *err)
{
    size_t count, today = 0, alike = 0;
    store_doc *docs;

    *clause = NULL;
    ENT_TRY(desk_docs(x->d, x->arena, "question", x->peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        joint_question earlier = { .id = docs[i].id };
        ent_err ignored = { 0 };
        ent_json json;

        if (ent_json_read(x->arena, docs[i].json, &json, &ignored) != ENT_OK ||
            joint_question_read(x->arena, ent_json_get(json, "ask"), &earlier, &ignored) != ENT_OK)
            continue;
        today += x->d->now - docs[i].time < ENT_DAY_TIME;
        alike += x->d->now - docs[i].time < 7 * ENT_DAY_TIME &&
                 ent_days_overlap(earlier.window, x->question.window) &&
                 same_region(&earlier.region, &x->question.region);
    }
    if (today >= ENT_LIMIT_HYPO_DAY)
        *clause = "budget";
    else if (alike >= ENT_LIMIT_HYPO_REGION)
        *clause = "budget of this region and window";
    return ENT_OK;
}

/* ---- at who is asked ---- */

static ent_code question_keep(joint_exchange *x, ent_json ask, const char *state, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("question"),
                      .id = joint_peer_doc_id(x->arena, ent_str_of(x->peer), x->question.id),
                      .peer = ent_str_of(x->peer),
                      .state = ent_str_of(state),
                      .time = x->d->now };
    static const char *const kept[] = { "purpose", "region", "from", "to", "max_steps" };
    ent_buf buf;
    ent_jw w;

    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, x->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "rounds");
    ent_jw_int(&w, x->rounds);
    ent_jw_key(&w, "ask");
    ent_jw_object(&w);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        ent_jw_key(&w, kept[i]);
        ent_jw_raw(&w, ent_json_raw(ent_json_get(ask, kept[i])));
    }
    ent_jw_end(&w);
    joint_points_write(&w, &x->points);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(x->d->store, &doc, err);
}

static ent_code refuse_say(joint_exchange *x, const char *clause, ent_err *err)
{
    ent_str body;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, x->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "refuse");
    ent_jw_key(&w, "question");
    ent_jw_str(&w, x->question.id);
    ent_jw_key(&w, "clause");
    ent_jw_c(&w, clause);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    return desk_say(x->d, x->arena, x->peer, LINK_HYPOTHESIS, ent_span_of_str(body), err);
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* The ids by which the asker knows those who fit, in an order that tells nothing; *others:
 * somebody fits whom it does not know. */
static ent_code fits_find(joint_exchange *x, ent_str **named, size_t *count, bool *others,
                          ent_err *err)
{
    ent_str *persons;
    size_t present;

    *count = 0;
    *others = false;
    ENT_TRY(joint_presence(&x->view, x->arena, &x->question.region, x->question.window, &persons,
                           &present, err));
    *named = ent_arena_array(x->arena, present + 1, sizeof **named);
    if (*named == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < present; i++) {
        ent_str own = persons[i], as = ENT_STR_NONE;
        bool knows = false;

        if (joint_field_steps(&x->field, x->steps, own) > x->question.max_steps)
            continue;
        for (size_t j = 0; j < x->points.count && !knows; j++)
            if (ent_str_equal(x->points.items[j].own, own)) {
                as = x->points.items[j].id;
                ENT_TRY(desk_peer_knows(x->d, x->arena, x->peer, as, &knows, err));
            }
        if (knows)
            (*named)[(*count)++] = as;
        else
            *others = true;
    }
    if (*count > 1)
        qsort(*named, *count, sizeof **named, by_text);
    return ENT_OK;
}

static ent_code answer_say(joint_exchange *x, ent_err *err)
{
    ent_str body, *named;
    size_t count;
    bool others;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(fits_find(x, &named, &count, &others, err));
    ent_buf_init(&buf, x->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "answer");
    ent_jw_key(&w, "question");
    ent_jw_str(&w, x->question.id);
    ent_jw_key(&w, "fits");
    ent_jw_bool(&w, others);
    ent_jw_key(&w, "named");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(&w, named[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    return desk_say(x->d, x->arena, x->peer, LINK_HYPOTHESIS, ent_span_of_str(body), err);
}

/* The distances are stable, or we say what is shorter. */
static ent_code asked_go_on(joint_exchange *x, ent_json ask, bool stable, ent_err *err)
{
    size_t count = 0;

    ENT_TRY(joint_points_spread(&x->view, x->arena, x->peer, &x->points, NULL, 0,
                                x->question.max_steps, &x->field, &x->steps, err));
    if (!stable && x->rounds < ENT_LIMIT_HYPO_ROUNDS)
        ENT_TRY(joint_distances_say(x, "distances", false, false, &count, err));
    if (count > 0)
        return question_keep(x, ask, "exchanging", err);
    ENT_TRY(answer_say(x, err));
    return question_keep(x, ask, "answered", err);
}

/* Records that the asker names by their own id though nobody gave it to it. */
static ent_code named_targets(joint_exchange *x, ent_json points, const char *steps_name,
                              ent_err *err)
{
    for (ent_json v = ent_json_first(points); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "id");
        int64_t steps;
        bool holds;

        if (id.size == 0 || !ent_json_int(ent_json_get(v, steps_name), &steps) || steps != 0)
            continue;
        ENT_TRY(joint_view_holds(&x->view, NULL, id, &holds, err));
        if (holds)
            ENT_TRY(joint_point_add(x->arena, &x->points, id, err));
    }
    return ENT_OK;
}

/* What is shared, and what of it the lists of points name. */
static ent_code exchange_begin(joint_exchange *x, const desk_terms *terms, ent_json kept,
                               ent_json heard, ent_err *err)
{
    x->view = (joint_view){ x->d, terms, x->question.purpose };
    ENT_TRY(joint_points_collect(&x->view, x->arena, x->peer, false, &x->points, err));
    ENT_TRY(joint_points_mention(&x->view, x->arena, x->peer, kept, &x->points, err));
    return joint_points_mention(&x->view, x->arena, x->peer, heard, &x->points, err);
}

static ent_code take_ask(joint_exchange *x, ent_json json, ent_err *err)
{
    static const char *const names[] = { "from",   "max_steps", "points", "purpose", "question",
                                         "region", "step",      "to",     NULL };
    const ent_json none = { NULL, 0 };
    const char *clause;
    ent_err why = { 0 };
    desk_terms terms;
    store_doc doc;
    ent_code rc;
    bool found;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(joint_question_read(x->arena, json, &x->question, err));
    ENT_TRY(desk_doc_found(x->d, x->arena, "question",
                           joint_peer_doc_id(x->arena, ent_str_of(x->peer), x->question.id), &doc,
                           &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "the question was asked already");
    rc = joint_terms_find(x->d, x->arena, x->peer, JOINT_HYPOTHESES, x->question.purpose, &terms,
                          &why);
    if (rc != ENT_OK && rc != ENT_DENIED) {
        *err = why;
        return rc;
    }
    if (rc == ENT_DENIED) {
        ENT_TRY(question_keep(x, json, "refused", err));
        return refuse_say(x, "agreement", err);
    }
    ENT_TRY(budget_check(x, &clause, err));
    if (clause != NULL) {
        ENT_TRY(question_keep(x, json, "refused", err));
        return refuse_say(x, clause, err);
    }
    ENT_TRY(exchange_begin(x, &terms, none, ent_json_get(json, "points"), err));
    ENT_TRY(named_targets(x, ent_json_get(json, "points"), "steps", err));
    ENT_TRY(
        joint_points_hear(ent_json_get(json, "points"), &x->points, x->question.max_steps, err));
    return asked_go_on(x, json, false, err);
}

/* Distances of the asker, at who was asked. */
static ent_code asked_hear(joint_exchange *x, const store_doc *doc, ent_json json, ent_err *err)
{
    ent_json kept, ask;
    desk_terms terms;

    if (!ent_str_is(doc->state, "exchanging"))
        return ent_fail(err, ENT_CONFLICT, "the question is answered already");
    ENT_TRY(ent_json_read(x->arena, doc->json, &kept, err));
    ask = ent_json_get(kept, "ask");
    ENT_TRY(joint_question_read(x->arena, ask, &x->question, err));
    (void)ent_json_int(ent_json_get(kept, "rounds"), &x->rounds);
    if (joint_terms_find(x->d, x->arena, x->peer, JOINT_HYPOTHESES, x->question.purpose, &terms,
                         err) != ENT_OK) {
        if (err->code != ENT_DENIED)
            return err->code;
        *err = (ent_err){ 0 };
        ENT_TRY(question_keep(x, ask, "refused", err));
        return refuse_say(x, "agreement", err);
    }
    ENT_TRY(
        exchange_begin(x, &terms, ent_json_get(kept, "points"), ent_json_get(json, "points"), err));
    ENT_TRY(named_targets(x, ent_json_get(kept, "points"), "heard", err));
    joint_points_read(ent_json_get(kept, "points"), &x->points);
    ENT_TRY(
        joint_points_hear(ent_json_get(json, "points"), &x->points, x->question.max_steps, err));
    return asked_go_on(x, ask, ent_json_count(ent_json_get(json, "points")) == 0, err);
}

/* ---- at the asker ---- */

static ent_code asker_load(joint_exchange *x, const store_doc *doc, ent_json heard, ent_json *kept,
                           ent_err *err)
{
    ent_json question, tied;
    store_doc whole;
    ent_str *targets;

    if (!ent_str_is(doc->state, "open"))
        return ent_fail(err, ENT_CONFLICT, "this peer has answered already");
    ENT_TRY(ent_json_read(x->arena, doc->json, kept, err));
    ENT_TRY(desk_doc(x->d, x->arena, "hypothesis", x->question.id, &whole, &question, err));
    ENT_TRY(joint_question_read(x->arena, question, &x->question, err));
    (void)ent_json_int(ent_json_get(*kept, "rounds"), &x->rounds);
    tied = ent_json_get(question, "tied_to");
    targets = ent_arena_array(x->arena, ent_json_count(tied) + 1, sizeof *targets);
    if (targets == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(tied); v.doc != NULL; v = ent_json_next(v))
        targets[x->question.tied_count++] = ent_json_str(v);
    x->question.tied_to = targets;
    ENT_TRY(exchange_begin(x, NULL, ent_json_get(*kept, "points"), heard, err));
    joint_points_read(ent_json_get(*kept, "points"), &x->points);
    return ENT_OK;
}

static ent_code asker_hear(joint_exchange *x, const store_doc *doc, ent_json json, ent_err *err)
{
    size_t count;
    ent_json kept;

    ENT_TRY(asker_load(x, doc, ent_json_get(json, "points"), &kept, err));
    if (x->rounds >= ENT_LIMIT_HYPO_ROUNDS)
        return ent_fail(err, ENT_LIMIT, "distances do not become stable [limit HYPO_ROUNDS]");
    ENT_TRY(
        joint_points_hear(ent_json_get(json, "points"), &x->points, x->question.max_steps, err));
    ENT_TRY(joint_points_spread(&x->view, x->arena, x->peer, &x->points, x->question.tied_to,
                                x->question.tied_count, x->question.max_steps, &x->field, &x->steps,
                                err));
    ENT_TRY(joint_distances_say(x, "distances", false, true, &count, err));
    return joint_peer_put(x, "open", (ent_json){ NULL, 0 }, ENT_STR_NONE, err);
}

/* Only what this peer has released to us can be named by it. */
static ent_code named_check(joint_exchange *x, ent_json named, ent_err *err)
{
    if (!ent_json_is(named, ENT_JSON_ARRAY) || ent_json_count(named) > ENT_LIMIT_REFS)
        return ent_fail(err, ENT_FORMAT, "%s: member 'named' is no list of at most %d", where,
                        ENT_LIMIT_REFS);
    for (ent_json v = ent_json_first(named); v.doc != NULL; v = ent_json_next(v)) {
        store_row row;

        if (store_object_get(x->d->store, x->arena, x->peer, ent_json_str(v), &row, err) != ENT_OK)
            return ent_context(err, "%s names what '%s' has not released to us", where, x->peer);
    }
    return ENT_OK;
}

static ent_code take_answer(joint_exchange *x, const store_doc *doc, ent_json json, ent_err *err)
{
    static const char *const names[] = { "fits", "named", "question", "step", NULL };
    ent_json fits = ent_json_get(json, "fits"), kept;

    ENT_TRY(desk_members(json, where, names, err));
    if (!ent_json_is(fits, ENT_JSON_TRUE) && !ent_json_is(fits, ENT_JSON_FALSE))
        return ent_fail(err, ENT_FORMAT, "%s: member 'fits' is not true or false", where);
    ENT_TRY(asker_load(x, doc, (ent_json){ NULL, 0 }, &kept, err));
    ENT_TRY(named_check(x, ent_json_get(json, "named"), err));
    ENT_TRY(joint_peer_put(x, "answered", json, ENT_STR_NONE, err));
    return joint_hypothesis_settle(x->d, x->arena, x->question.id, err);
}

static ent_code take_refuse(joint_exchange *x, const store_doc *doc, ent_json json, ent_err *err)
{
    static const char *const names[] = { "clause", "question", "step", NULL };
    ent_json kept;
    ent_str clause;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "clause", where, &clause, err));
    ENT_TRY(asker_load(x, doc, (ent_json){ NULL, 0 }, &kept, err));
    ENT_TRY(joint_peer_put(x, "refused", (ent_json){ NULL, 0 }, clause, err));
    return joint_hypothesis_settle(x->d, x->arena, x->question.id, err);
}

/* ---- the receiver ---- */

static ent_code take_distances(joint_exchange *x, ent_json json, ent_err *err)
{
    static const char *const names[] = { "points", "question", "step", NULL };
    store_doc doc;
    bool found;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_doc_found(x->d, x->arena, "question",
                           joint_peer_doc_id(x->arena, ent_str_of(x->peer), x->question.id), &doc,
                           &found, err));
    if (found)
        return asked_hear(x, &doc, json, err);
    ENT_TRY(store_doc_get(x->d->store, x->arena, "hypothesis-peer",
                          joint_peer_doc_id(x->arena, x->question.id, ent_str_of(x->peer)), &doc,
                          err));
    return asker_hear(x, &doc, json, err);
}

ent_code joint_hypothesis_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err)
{
    joint_exchange x = { .d = d, .arena = arena, .peer = peer };
    ent_json json;
    store_doc doc;
    ent_str step;

    (void)entry;
    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &json, err));
    ENT_TRY(desk_text(json, "step", where, &step, err));
    ENT_TRY(desk_uuid(json, "question", where, &x.question.id, err));
    if (ent_str_is(step, "ask"))
        return take_ask(&x, json, err);
    if (ent_str_is(step, "distances"))
        return take_distances(&x, json, err);
    if (!ent_str_is(step, "answer") && !ent_str_is(step, "refuse"))
        return ent_fail(err, ENT_FORMAT, "%s: step '%.*s' is not known", where,
                        step.size > 40 ? 40 : (int)step.size, step.ptr);
    ENT_TRY(store_doc_get(d->store, arena, "hypothesis-peer",
                          joint_peer_doc_id(arena, x.question.id, ent_str_of(peer)), &doc, err));
    return ent_str_is(step, "answer") ? take_answer(&x, &doc, json, err)
                                      : take_refuse(&x, &doc, json, err);
}
