/* Asking, and what came of it.  The other side, and all messages, are in hypothesis_receive.c. */
#include "joint/hypothesis_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/project.h"
#include "desk/work.h"
#include "joint/terms.h"

static const char where[] = "the question";

/* ---- the question as JSON ---- */

static void region_write(ent_jw *w, const joint_region *region)
{
    ent_jw_key(w, "region");
    ent_jw_object(w);
    if (region->name.size > 0) {
        ent_jw_key(w, "name");
        ent_jw_str(w, region->name);
    }
    if (region->circle) {
        ent_jw_key(w, "lat");
        ent_jw_double(w, region->lat);
        ent_jw_key(w, "lon");
        ent_jw_double(w, region->lon);
        ent_jw_key(w, "km");
        ent_jw_double(w, region->km);
    }
    if (region->id_count > 0) {
        ent_jw_key(w, "ids");
        ent_jw_array(w);
        for (size_t i = 0; i < region->id_count; i++)
            ent_jw_str(w, region->ids[i]);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

void joint_question_write(ent_jw *w, const joint_question *q)
{
    ent_jw_key(w, "purpose");
    ent_jw_str(w, q->purpose);
    region_write(w, &q->region);
    ent_jw_key(w, "from");
    ent_jw_str(w, q->from);
    ent_jw_key(w, "to");
    ent_jw_str(w, q->to);
    ent_jw_key(w, "max_steps");
    ent_jw_int(w, q->max_steps);
}

static ent_code region_read(ent_arena *arena, ent_json json, joint_region *region, ent_err *err)
{
    static const char *const names[] = { "ids", "km", "lat", "lon", "name", NULL };
    ent_json ids = ent_json_get(json, "ids");

    ENT_TRY(desk_members(json, "the region", names, err));
    region->name = ent_json_get_text(json, "name");
    region->circle = ent_json_get(json, "km").doc != NULL;
    if (region->circle &&
        (!ent_json_double(ent_json_get(json, "lat"), &region->lat) ||
         !ent_json_double(ent_json_get(json, "lon"), &region->lon) ||
         !ent_json_double(ent_json_get(json, "km"), &region->km) || region->lat < -90 ||
         region->lat > 90 || region->lon < -180 || region->lon > 180 || region->km <= 0))
        return ent_fail(err, ENT_FORMAT, "the region: lat, lon, km are no circle on the earth");
    if (ent_json_count(ids) > ENT_LIMIT_REFS)
        return ent_fail(err, ENT_LIMIT, "the region has more than %d places", ENT_LIMIT_REFS);
    region->ids = ent_arena_array(arena, ent_json_count(ids) + 1, sizeof *region->ids);
    if (region->ids == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(ids); v.doc != NULL; v = ent_json_next(v))
        region->ids[region->id_count++] = ent_json_str(v);
    if (region->name.size == 0 && !region->circle && region->id_count == 0)
        return ent_fail(err, ENT_FORMAT, "the region is nowhere: no name, circle or place");
    return ENT_OK;
}

ent_code joint_question_read(ent_arena *arena, ent_json json, joint_question *q, ent_err *err)
{
    ent_days from, to;
    int64_t steps;

    ENT_TRY(desk_text(json, "purpose", where, &q->purpose, err));
    ENT_TRY(region_read(arena, ent_json_get(json, "region"), &q->region, err));
    ENT_TRY(desk_text(json, "from", where, &q->from, err));
    ENT_TRY(desk_text(json, "to", where, &q->to, err));
    ENT_TRY(ent_days_read(q->from, &from, err));
    ENT_TRY(ent_days_read(q->to, &to, err));
    q->window = (ent_days){ from.first, to.last };
    if (q->window.first > q->window.last)
        return ent_fail(err, ENT_FORMAT, "%s: its window ends before it begins", where);
    ENT_TRY(desk_number(json, "max_steps", where, 0, ENT_LIMIT_HYPO_STEPS, &steps, err));
    q->max_steps = (unsigned)steps;
    return ENT_OK;
}

/* ---- documents ---- */

ent_str joint_peer_doc_id(ent_arena *arena, ent_str question, ent_str peer)
{
    return ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(question), ENT_STR_ARG(peer));
}

ent_code joint_peer_put(joint_exchange *x, const char *state, ent_json answer, ent_str clause,
                        ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("hypothesis-peer"),
                      .id = joint_peer_doc_id(x->arena, x->question.id, ent_str_of(x->peer)),
                      .peer = ent_str_of(x->peer),
                      .state = ent_str_of(state),
                      .time = x->d->now };
    ent_buf buf;
    ent_jw w;

    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, x->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "rounds");
    ent_jw_int(&w, x->rounds);
    if (clause.size > 0) {
        ent_jw_key(&w, "clause");
        ent_jw_str(&w, clause);
    }
    if (answer.doc != NULL) {
        ent_jw_key(&w, "answer");
        ent_jw_raw(&w, ent_json_raw(answer));
    }
    joint_points_write(&w, &x->points);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(x->d->store, &doc, err);
}

/* The own answer: who fits, and a way of evidence to each.  */
struct own_answer {
    ent_str *fits;
    graph_path *ways; /* from a target; of no step: it is the target */
    joint_field field;
    size_t count;
};

/* Ids, in order: what the answer rests on (desk/basis.h). */
static void way_write(ent_jw *w, const graph_path *way, ent_str fit)
{
    ent_jw_array(w);
    for (size_t i = 0; i < way->count; i++)
        ent_jw_str(w, way->steps[i].from);
    ent_jw_str(w, fit);
    ent_jw_end(w);
}

/* The statements that join two records of a way. */
static void joins_write(ent_jw *w, const joint_field *field, const graph_path *way)
{
    ent_jw_array(w);
    for (size_t i = 0; i < way->count; i++) {
        ent_str statement = joint_field_join(field, &way->steps[i]);

        if (statement.size > 0)
            ent_jw_str(w, statement);
    }
    ent_jw_end(w);
}

static ent_code question_put(desk *d, ent_arena *arena, const joint_question *q,
                             const struct own_answer *own, const char *const *peers,
                             size_t peer_count, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("hypothesis"),
                      .id = q->id,
                      .state = ent_str_of(peer_count > 0 ? "open" : "closed"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    joint_question_write(&w, q);
    ent_jw_key(&w, "tied_to");
    ent_jw_array(&w);
    for (size_t i = 0; i < q->tied_count; i++)
        ent_jw_str(&w, q->tied_to[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "asked_by");
    ent_jw_str(&w, q->asked_by);
    ent_jw_key(&w, "asked");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "peers");
    ent_jw_array(&w);
    for (size_t i = 0; i < peer_count; i++)
        ent_jw_c(&w, peers[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "own");
    ent_jw_array(&w);
    for (size_t i = 0; i < own->count; i++)
        ent_jw_str(&w, own->fits[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "ways");
    ent_jw_array(&w);
    for (size_t i = 0; i < own->count; i++)
        way_write(&w, &own->ways[i], own->fits[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "joins");
    ent_jw_array(&w);
    for (size_t i = 0; i < own->count; i++)
        joins_write(&w, &own->field, &own->ways[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* ---- asking ---- */

ent_code joint_distances_say(joint_exchange *x, const char *step, bool all, bool empty,
                             size_t *count, ent_err *err)
{
    ent_str body;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, x->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, step);
    ent_jw_key(&w, "question");
    ent_jw_str(&w, x->question.id);
    if (all)
        joint_question_write(&w, &x->question);
    *count = joint_points_say(&w, &x->field, &x->points, x->steps, x->question.max_steps, all);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    if (*count == 0 && !empty)
        return ENT_OK;
    x->rounds++;
    return desk_say(x->d, x->arena, x->peer, LINK_HYPOTHESIS, ent_span_of_str(body), err);
}

/* A place by its id is named to a peer only if the peer knows it, and by what it knows it. */
static ent_code region_for_peer(joint_exchange *x, const joint_region *region, ent_err *err)
{
    joint_region *out = &x->question.region;

    out->id_count = 0;
    out->ids = ent_arena_array(x->arena, region->id_count + 1, sizeof *out->ids);
    if (out->ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < region->id_count; i++)
        for (size_t j = 0; j < x->points.count; j++)
            if (x->points.items[j].id.size > 0 &&
                ent_str_equal(x->points.items[j].own, region->ids[i]))
                out->ids[out->id_count++] = x->points.items[j].id;
    if (out->name.size == 0 && !out->circle && out->id_count == 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' knows none of the places, and they have no coordinates [region]",
                        x->peer);
    return ENT_OK;
}

/* A target that is not held here is known by somebody else's id: only its owner can tell. */
static ent_code targets_add(joint_exchange *x, ent_err *err)
{
    for (size_t i = 0; i < x->question.tied_count; i++) {
        ent_str id = x->question.tied_to[i];
        joint_point *point;
        bool holds;

        ENT_TRY(joint_view_holds(&x->view, NULL, id, &holds, err));
        if (holds)
            continue;
        ENT_TRY(joint_point_add(x->arena, &x->points, id, err));
        point = joint_point_find(&x->points, ENT_STR_NONE, id);
        point->said = GRAPH_FAR;
        point->own = ENT_STR_NONE;
    }
    return ENT_OK;
}

static ent_code peer_ask(desk *d, ent_arena *arena, const joint_question *q, const char *peer,
                         ent_err *err)
{
    joint_exchange x = { .d = d, .arena = arena, .peer = peer, .question = *q };
    desk_terms terms;
    size_t count;

    ENT_TRY(joint_terms_find(d, arena, peer, JOINT_HYPOTHESES, q->purpose, &terms, err));
    x.view = (joint_view){ d, &terms, q->purpose };
    ENT_TRY(joint_points_collect(&x.view, arena, peer, true, &x.points, err));
    for (size_t i = 0; i < q->region.id_count; i++)
        ENT_TRY(joint_points_received(&x.view, arena, peer, q->region.ids[i], &x.points, err));
    ENT_TRY(region_for_peer(&x, &q->region, err));
    ENT_TRY(targets_add(&x, err));
    ENT_TRY(joint_points_spread(&x.view, arena, peer, &x.points, q->tied_to, q->tied_count,
                                q->max_steps, &x.field, &x.steps, err));
    ENT_TRY(joint_distances_say(&x, "ask", true, true, &count, err));
    return joint_peer_put(&x, "open", (ent_json){ NULL, 0 }, ENT_STR_NONE, err);
}

static ent_code question_check(desk *d, joint_question *q, ent_err *err)
{
    ent_days from, to;

    (void)d;
    if (ent_days_read(q->from, &from, err) != ENT_OK)
        return ent_context(err, "--from");
    if (ent_days_read(q->to, &to, err) != ENT_OK)
        return ent_context(err, "--to");
    q->window = (ent_days){ from.first, to.last };
    if (q->window.first > q->window.last)
        return ent_fail(err, ENT_USAGE, "the window ends before it begins");
    if (q->tied_count == 0)
        return ent_fail(err, ENT_USAGE,
                        "tied to what?  A list of all who were somewhere is no hypothesis");
    for (size_t i = 0; i < q->tied_count; i++)
        if (!desk_is_id(q->tied_to[i]))
            return ent_fail(err, ENT_USAGE, "--tied-to '%.*s' is no id of an object",
                            ENT_STR_ARG(q->tied_to[i]));
    if (q->max_steps > ENT_LIMIT_HYPO_STEPS)
        return ent_fail(err, ENT_USAGE, "a tie is of at most %d steps [limit HYPO_STEPS]",
                        ENT_LIMIT_HYPO_STEPS);
    return ENT_OK;
}

static ent_code way_find(const joint_field *field, graph_walker *walker, ent_arena *arena,
                         const joint_question *q, ent_str fit, graph_path *way, ent_err *err)
{
    *way = (graph_path){ 0 };
    for (size_t i = 0; i < q->tied_count && way->count == 0; i++) {
        if (ent_str_equal(q->tied_to[i], fit))
            return ENT_OK;
        if (graph_number(field->g, q->tied_to[i]) != GRAPH_NOBODY)
            ENT_TRY(
                graph_shortest(walker, arena, q->tied_to[i], fit, true, q->max_steps, way, err));
    }
    return ENT_OK;
}

/* Our own part: ties by what is held here. */
static ent_code own_part(desk *d, ent_arena *arena, const joint_question *q, struct own_answer *own,
                         ent_err *err)
{
    const joint_view view = { .d = d, .purpose = q->purpose };
    joint_points none = { 0 };
    graph_walker *walker;
    joint_field *field = &own->field;
    uint8_t *steps;
    size_t present;

    ENT_TRY(joint_presence(&view, arena, &q->region, q->window, &own->fits, &present, err));
    ENT_TRY(joint_points_spread(&view, arena, NULL, &none, q->tied_to, q->tied_count, q->max_steps,
                                field, &steps, err));
    walker = graph_walker_new(field->g, arena);
    own->ways = ent_arena_array(arena, present + 1, sizeof *own->ways);
    if (walker == NULL || own->ways == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < present; i++) {
        if (joint_field_steps(field, steps, own->fits[i]) > q->max_steps)
            continue;
        own->fits[own->count] = own->fits[i];
        ENT_TRY(way_find(field, walker, arena, q, own->fits[i], &own->ways[own->count++], err));
    }
    return ENT_OK;
}

ent_code joint_hypothesis_ask(desk *d, ent_arena *arena, joint_question *q,
                              const char *const *peers, size_t count, char id[37], ent_err *err)
{
    struct own_answer own = { 0 };

    ENT_TRY(question_check(d, q, err));
    desk_id(d, id);
    q->id = ent_str_of(id);
    ENT_TRY(own_part(d, arena, q, &own, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(peer_ask(d, arena, q, peers[i], err));
    return question_put(d, arena, q, &own, peers, count, err);
}

/* ---- what came of it ---- */

ent_code joint_hypothesis_settle(desk *d, ent_arena *arena, ent_str id, ent_err *err)
{
    ent_json question;
    store_doc doc;

    ENT_TRY(desk_doc(d, arena, "hypothesis", id, &doc, &question, err));
    for (ent_json v = ent_json_first(ent_json_get(question, "peers")); v.doc != NULL;
         v = ent_json_next(v)) {
        store_doc peer;

        ENT_TRY(store_doc_get(d->store, arena, "hypothesis-peer",
                              joint_peer_doc_id(arena, id, ent_json_str(v)), &peer, err));
        if (ent_str_is(peer.state, "open"))
            return ENT_OK;
    }
    doc.state = ENT_STR("closed");
    return store_doc_put(d->store, &doc, err);
}

static int64_t distances_count(ent_json points)
{
    int64_t count = 0;

    for (ent_json v = ent_json_first(points); v.doc != NULL; v = ent_json_next(v))
        count += (ent_json_get(v, "said").doc != NULL) + (ent_json_get(v, "heard").doc != NULL);
    return count;
}

static ent_code peer_answer(desk *d, ent_arena *arena, ent_str id, ent_str peer,
                            joint_answer *answer, ent_err *err)
{
    joint_peer_answer *to = &answer->peers[answer->peer_count++];
    ent_json json, named;
    joint_fit *grown;
    store_doc doc;

    ENT_TRY(desk_doc(d, arena, "hypothesis-peer", joint_peer_doc_id(arena, id, peer), &doc, &json,
                     err));
    named = ent_json_get(ent_json_get(json, "answer"), "named");
    *to = (joint_peer_answer){
        .peer = peer,
        .state = doc.state,
        .clause = ent_json_get_text(json, "clause"),
        .fits = ent_json_true(ent_json_get(ent_json_get(json, "answer"), "fits")),
        .leaked = distances_count(ent_json_get(json, "points")),
    };
    answer->open = answer->open || ent_str_is(doc.state, "open");
    grown = ent_arena_array(arena, answer->fit_count + ent_json_count(named) + 1, sizeof *grown);
    if (grown == NULL)
        return ent_fail_arena(err);
    if (answer->fit_count > 0)
        memcpy(grown, answer->fits, answer->fit_count * sizeof *grown);
    answer->fits = grown;
    for (ent_json v = ent_json_first(named); v.doc != NULL; v = ent_json_next(v))
        answer->fits[answer->fit_count++] = (joint_fit){ .id = ent_json_str(v), .owner = peer };
    return ENT_OK;
}

ent_code joint_hypothesis_get(desk *d, ent_arena *arena, ent_str id, joint_answer *answer,
                              ent_err *err)
{
    ent_json own, peers, joins;
    store_doc doc;

    *answer = (joint_answer){ .id = id };
    ENT_TRY(desk_doc(d, arena, "hypothesis", id, &doc, &answer->question, err));
    answer->state = doc.state;
    own = ent_json_get(answer->question, "own");
    peers = ent_json_get(answer->question, "peers");
    answer->fits = ent_arena_array(arena, ent_json_count(own) + 1, sizeof *answer->fits);
    answer->peers = ent_arena_array(arena, ent_json_count(peers) + 1, sizeof *answer->peers);
    if (answer->fits == NULL || answer->peers == NULL)
        return ent_fail_arena(err);
    joins = ent_json_first(ent_json_get(answer->question, "joins"));
    for (ent_json v = ent_json_first(own); v.doc != NULL; v = ent_json_next(v)) {
        answer->fits[answer->fit_count++] =
            (joint_fit){ ent_json_str(v), ent_str_of(d->code), joins };
        joins = joins.doc != NULL ? ent_json_next(joins) : joins;
    }
    for (ent_json v = ent_json_first(peers); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(peer_answer(d, arena, id, ent_json_str(v), answer, err));
    return ENT_OK;
}

ent_code joint_hypothesis_list(desk *d, ent_arena *arena, ent_str **ids, size_t *count,
                               ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "hypothesis", NULL, NULL, &docs, count, err));
    *ids = ent_arena_array(arena, *count + 1, sizeof **ids);
    if (*ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        (*ids)[i] = docs[i].id;
    return ENT_OK;
}
