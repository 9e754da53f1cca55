/* Step 4: releases by two persons, in order; after each, which chains are whole. */
#include "demo/play.h"

#define ARRIVES_MS 10000

/* ---- helpers ---- */

static bool any_mark(const demo *d, const story_release *r, char mark)
{
    for (size_t i = 0; i < r->object_count; i++)
        if (d->s.entities[r->objects[i]].mark == mark)
            return true;
    return false;
}

static bool is_sent(const demo_result *result)
{
    return result->exit == 0 && ent_str_is(ent_json_get_text(demo_first(result), "state"), "sent");
}

/* ---- one release ---- */

struct draft {
    const story_release *release;
    const demo_node *from;
    demo_node *to;
    const char *id;
    ent_str sent; /* the release's id once it left */
};

static ent_code draft_make(demo *d, struct draft *f, const char *user, bool *made, ent_err *err)
{
    const story_release *r = f->release;
    const char **arguments = ent_arena_array(d->arena, r->object_count + 8, sizeof *arguments);
    demo_result result;
    ent_json first;
    size_t at = 0;

    if (arguments == NULL)
        return ent_fail_arena(err);
    arguments[at++] = "release";
    arguments[at++] = "draft";
    for (size_t i = 0; i < r->object_count; i++)
        arguments[at++] = d->ids.entities[r->objects[i]].ptr;
    arguments[at++] = "--to";
    arguments[at++] = f->to->code;
    arguments[at++] = "--purpose";
    arguments[at] = DEMO_PURPOSE;
    ENT_TRY(demo_command(d, f->from, user, arguments, &result, err));
    first = demo_first(&result);
    *made = result.exit == 0 && ent_json_get_text(first, "draft").size > 0;
    if (!*made) {
        demo_check(d, false, "%.*s: the release can be drafted (%d): %.*s", ENT_STR_ARG(r->id),
                   result.exit, ENT_STR_ARG(result.err));
        return ENT_OK;
    }
    f->id = demo_text(d, ent_json_get_text(first, "draft"));
    for (ent_json v = ent_json_first(ent_json_get(first, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        size_t entity = demo_entity_of(d, f->from, ent_json_get_text(v, "id"));
        ent_str as = ent_json_get_text(v, "sent_as");

        if (entity != SIZE_MAX)
            f->to->known[entity] = as.size > 0 ? as : ent_json_get_text(v, "id");
    }
    return ENT_OK;
}

static ent_code approve(demo *d, struct draft *f, const char *officer, demo_result *result,
                        ent_err *err)
{
    ENT_TRY(demo_command(d, f->from, officer, DEMO_ARGS("release", "approve", f->id), result, err));
    if (is_sent(result))
        f->sent = ent_json_get_text(demo_first(result), "release");
    return ENT_OK;
}

/* Whoever is asked for consent in what is missing: "consent of X". */
static ent_code consents_add(demo *d, struct draft *f, demo_result *result, ent_err *err)
{
    static const ent_str begin = { "consent of ", 11 };
    ent_json missing = ent_json_get(demo_first(result), "missing");

    for (ent_json v = ent_json_first(missing); v.doc != NULL; v = ent_json_next(v)) {
        ent_str text = ent_json_str(v);

        if (!ent_str_starts(text, begin))
            continue;
        text.ptr += begin.size;
        text.size -= begin.size;
        ENT_TRY(demo_command(d, f->from, "liaison",
                             DEMO_ARGS("consent", "add", demo_text(d, text), "--for", f->id,
                                       "--note", "given, as the story says"),
                             result, err));
        if (is_sent(result))
            f->sent = ent_json_get_text(demo_first(result), "release");
    }
    return ENT_OK;
}

static ent_code release_approve(demo *d, struct draft *f, bool first, ent_err *err)
{
    bool legal = any_mark(d, f->release, 'W'), consent = any_mark(d, f->release, 'O');
    ent_str id = f->release->id;
    demo_result result;

    ENT_TRY(approve(d, f, "fdo1", &result, err));
    if (first)
        demo_check(d, result.exit == 0 && f->sent.size == 0,
                   "%.*s: one officer alone releases nothing", ENT_STR_ARG(id));
    ENT_TRY(approve(d, f, "fdo2", &result, err));
    if (consent) {
        demo_check(d, f->sent.size == 0,
                   "%.*s: two officers do not suffice, the originator has not consented",
                   ENT_STR_ARG(id));
        ENT_TRY(consents_add(d, f, &result, err));
    }
    if (legal) {
        demo_check(d, f->sent.size == 0,
                   "%.*s: it names a witness or victim, and legal has not approved",
                   ENT_STR_ARG(id));
        ENT_TRY(approve(d, f, "legal", &result, err));
    }
    demo_check(d, f->sent.size > 0,
               "%.*s: %s releases %zu records to %s, approved by two officers%s%s%s%.*s",
               ENT_STR_ARG(id), f->from->code, f->release->object_count, f->to->code,
               legal ? " and legal" : "", consent ? ", with the originator's consent" : "",
               f->sent.size > 0 ? "" : ": ", f->sent.size > 0 ? 0 : (int)result.err.size,
               result.err.ptr);
    return ENT_OK;
}

struct arriving {
    ent_str release;
};

static bool arrived(void *arg, const demo_result *result)
{
    const struct arriving *a = arg;

    for (size_t i = 0; i < result->line_count; i++)
        if (ent_str_equal(ent_json_get_text(result->lines[i], "release"), a->release) &&
            ent_str_is(ent_json_get_text(result->lines[i], "direction"), "in") &&
            ent_str_is(ent_json_get_text(result->lines[i], "state"), "stored"))
            return true;
    return false;
}

static ent_code release_wait(demo *d, const struct draft *f, ent_err *err)
{
    struct arriving a = { f->sent };
    int64_t begin = demo_clock_ms();
    bool yes;

    ENT_TRY(demo_until(d, f->to, NULL, DEMO_ARGS("release", "list", "--peer", f->from->code),
                       arrived, &a, 60, &yes, err));
    demo_check(d, yes && demo_clock_ms() - begin <= ARRIVES_MS,
               "%.*s: within ten seconds it has arrived at %s, verified and stored",
               ENT_STR_ARG(f->release->id), f->to->code);
    return ENT_OK;
}

/* ---- chains ---- */

ent_code demo_chain_whole(demo *d, const demo_node *node, const story_chain *chain, bool *whole,
                          demo_result *result, ent_err *err)
{
    const char **arguments = ent_arena_array(d->arena, chain->count + 4, sizeof *arguments);

    if (arguments == NULL)
        return ent_fail_arena(err);
    arguments[0] = "path";
    arguments[1] = "--chain";
    for (size_t i = 0; i < chain->count; i++) {
        ent_str id = node->known[chain->path[i]];

        /* What it does not hold is asked for by an id that it cannot hold either. */
        arguments[2 + i] = id.ptr != NULL ? demo_text(d, id) : d->ids.entities[chain->path[i]].ptr;
    }
    ENT_TRY(demo_command(d, node, "analyst", arguments, result, err));
    *whole = result->exit == 0 && ent_json_true(ent_json_get(demo_first(result), "complete"));
    return ENT_OK;
}

/* The chains that are whole at a receiver after a step, by the story's own links and keys: what it
 * has itself, and what was released to it up to then (FORM.md, readings 6, 7, 9 and 14). */
static ent_code chains_computed(demo *d, size_t number, story_list *whole, ent_err *err)
{
    bool *in = ent_arena_array(d->arena, d->s.entity_count + 1, sizeof *in);
    size_t to = d->s.releases[number].to;
    graph *g;

    whole->items = ent_arena_array(d->arena, d->s.chain_count + 1, sizeof *whole->items);
    if (in == NULL || whole->items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.entity_count; i++)
        in[i] = d->s.entities[i].service == to;
    for (size_t i = 0; i <= number; i++)
        for (size_t k = 0; d->s.releases[i].to == to && k < d->s.releases[i].object_count; k++)
            in[d->s.releases[i].objects[k]] = true;
    ENT_TRY(demo_story_graph(d, in, &g, err));
    for (size_t i = 0; i < d->s.chain_count; i++) {
        const story_chain *chain = &d->s.chains[i];
        bool tied = true;
        graph_step step;

        for (size_t k = 0; k + 1 < chain->count && tied; k++)
            tied =
                graph_neighbours(g, d->s.entities[chain->path[k]].id,
                                 d->s.entities[chain->path[k + 1]].id, false, &step) == GRAPH_TIED;
        if (tied)
            whole->items[whole->count++] = chain->name;
    }
    demo_story_sort(whole->items, whole->count);
    return ENT_OK;
}

static ent_code chains_check(demo *d, const story_release *r, const demo_node *node, ent_err *err)
{
    story_list got = { ent_arena_array(d->arena, d->s.chain_count + 1, sizeof(ent_str)), 0 };
    story_list expected = r->complete;
    ent_str names = ENT_STR("none");
    bool same = true;

    if (got.items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.chain_count; i++) {
        demo_result result;
        bool whole;

        ENT_TRY(demo_chain_whole(d, node, &d->s.chains[i], &whole, &result, err));
        if (whole)
            got.items[got.count++] = d->s.chains[i].name;
    }
    demo_story_sort(got.items, got.count);
    ent_jw_key(&d->got, "chains_complete");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < got.count; i++) {
        ent_jw_str(&d->got, got.items[i]);
        names = i == 0 ? got.items[0]
                       : ent_arena_printf(d->arena, "%.*s, %.*s", ENT_STR_ARG(names),
                                          ENT_STR_ARG(got.items[i]));
    }
    ent_jw_end(&d->got);
    if (!r->has_complete) {
        demo_skip(d, "the step has no chains_complete", "%.*s: the chains that the story names",
                  ENT_STR_ARG(r->id));
        ENT_TRY(chains_computed(d, (size_t)(r - d->s.releases), &expected, err));
    }
    for (size_t i = 0; got.count == expected.count && i < got.count; i++)
        same = same && ent_str_equal(got.items[i], expected.items[i]);
    demo_check(d, same && got.count == expected.count, "%.*s: chains now whole at %s: %.*s%s%s",
               ENT_STR_ARG(r->id), node->code, ENT_STR_ARG(names),
               r->has_complete ? "" : ", as the story's links and keys have it",
               same && got.count == expected.count ? "" : " (others were expected)");
    return ENT_OK;
}

/* ---- what only the story in the program shows ---- */

/* The drafter is not an approver, though the role would do. */
static ent_code drafter_refused(demo *d, const struct draft *f, ent_err *err)
{
    struct draft own = *f;
    demo_result result;
    bool made;

    ENT_TRY(draft_make(d, &own, "fdo1", &made, err));
    if (!made)
        return ENT_OK;
    ENT_TRY(approve(d, &own, "fdo1", &result, err));
    demo_check(d, result.exit == DEMO_EXIT_REFUSED && own.sent.size == 0,
               "the officer who drafts a release cannot approve it");
    return ENT_OK;
}

static void power_cut(demo *d, demo_node *node)
{
    demo_say(d,
             "The power fails at %s: every process of its node is killed (-9) in the middle of "
             "its work, and started again.",
             node->code);
    demo_serve_kill(node);
}

/* ---- the step ---- */

static void objects_write(demo *d, const story_release *r)
{
    ent_jw_key(&d->got, "objects");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < r->object_count; i++)
        ent_jw_str(&d->got, d->s.entities[r->objects[i]].id);
    ent_jw_end(&d->got);
}

static ent_code release_play(demo *d, size_t number, ent_err *err)
{
    const story_release *r = &d->s.releases[number];
    struct draft f = { .release = r, .from = &d->nodes[r->from], .to = &d->nodes[r->to] };
    bool made, cut = d->builtin && number == d->s.release_count / 2;

    ent_jw_object(&d->got);
    ent_jw_key(&d->got, "id");
    ent_jw_str(&d->got, r->id);
    if (d->builtin && number == 0)
        ENT_TRY(drafter_refused(d, &f, err));
    if (cut)
        power_cut(d, f.to);
    ENT_TRY(draft_make(d, &f, "analyst", &made, err));
    if (made) {
        ENT_TRY(release_approve(d, &f, number == 0, err));
        objects_write(d, r);
    }
    if (cut) {
        ENT_TRY(demo_serve(d, f.to, err));
        demo_check(d, true, "%s is up again on the same address", f.to->code);
    }
    if (f.sent.size > 0)
        ENT_TRY(release_wait(d, &f, err));
    ENT_TRY(chains_check(d, r, f.to, err));
    ent_jw_end(&d->got);
    return ENT_OK;
}

/* ---- the chains drawn ---- */

/* The code of whoever owns a record, as the node knows it. */
static const char *owner_code(const demo *d, const demo_node *node, ent_str id)
{
    size_t entity = demo_entity_of(d, node, id);

    return entity == SIZE_MAX ? "?" : d->nodes[d->s.entities[entity].service].code;
}

static void record_draw(demo *d, const demo_node *node, ent_str id, ent_str name)
{
    demo_line(d, "      %-8s  %.*s", owner_code(d, node, id), ENT_STR_ARG(name));
}

static void step_draw(demo *d, ent_json step, int64_t weakest)
{
    ent_str link = ent_json_get_text(step, "link"), rating = ent_json_get_text(step, "rating");
    int64_t confidence;

    if (ent_str_is(link, "="))
        demo_line(d, "                =  both hold %.*s",
                  ENT_STR_ARG(ent_json_get_text(step, "key")));
    else if (ent_json_int(ent_json_get(step, "confidence"), &confidence))
        demo_line(d, "                |  %.*s, %.*s %d%s", ENT_STR_ARG(link), ENT_STR_ARG(rating),
                  (int)confidence, confidence == weakest ? "  <- weakest" : "");
    else
        demo_line(d, "                |  %.*s, %.*s", ENT_STR_ARG(link), ENT_STR_ARG(rating));
}

/* As the node tells it: its own names for what was released to it. */
static void chain_draw(demo *d, const demo_node *node, const story_chain *chain,
                       const demo_result *result)
{
    ent_json steps = ent_json_get(demo_first(result), "steps");
    int64_t weakest = 100, confidence;

    for (ent_json v = ent_json_first(steps); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_int(ent_json_get(v, "confidence"), &confidence) && confidence < weakest)
            weakest = confidence;
    demo_line(d, "%s", "");
    demo_line(d, "   chain %.*s as %s sees it: %zu steps, weakest link %d",
              ENT_STR_ARG(chain->name), node->code, ent_json_count(steps), (int)weakest);
    for (ent_json v = ent_json_first(steps); v.doc != NULL; v = ent_json_next(v)) {
        record_draw(d, node, ent_json_get_text(v, "from"), ent_json_get_text(v, "from_name"));
        step_draw(d, v, weakest);
        if (ent_json_next(v).doc == NULL)
            record_draw(d, node, ent_json_get_text(v, "to"), ent_json_get_text(v, "to_name"));
    }
}

static ent_code chains_draw(demo *d, ent_err *err)
{
    const demo_node *node = &d->nodes[d->s.releases[d->s.release_count - 1].to];

    for (size_t i = 0; i < d->s.chain_count; i++) {
        demo_result result;
        bool whole;

        ENT_TRY(demo_chain_whole(d, node, &d->s.chains[i], &whole, &result, err));
        if (whole)
            chain_draw(d, node, &d->s.chains[i], &result);
    }
    return ENT_OK;
}

ent_code demo_release(demo *d, ent_err *err)
{
    demo_step_begin(d, 4, "release", "Release, by two persons, and the chain appears");
    if (!d->s.has_releases || d->s.release_count == 0) {
        demo_skip(d, "the story has no release_steps", "releases, and the chains after them");
        return ENT_OK;
    }
    demo_say(d, "A hit names nobody. Who wants to know more asks, and the owner decides: record by "
                "record, two officers, never the one who drafted it. Only the fields on a list "
                "leave; notes, authors and free text stay at home.");
    ent_jw_key(&d->got, "releases");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.release_count; i++)
        ENT_TRY(release_play(d, i, err));
    ent_jw_end(&d->got);
    return d->options->json ? ENT_OK : chains_draw(d, err);
}
