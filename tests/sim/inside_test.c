/* sim: noninterference inside the house.  Pairs of holdings that differ only in what one of its
 * own people may not read (compartments, and what a partner released to others by name) answer
 * that person alike, byte for byte: whatever is searched, read, walked, counted, viewed, exported
 * or tried to be released, also under the ids of what is hidden.  INSIDE=N runs N pairs;
 * INSIDE_SEED=S runs one. */
#include "campaign.h"
#include "sim/release_stage.h"

#include "desk/compartment.h"
#include "desk/explain.h"
#include "desk/view.h"
#include "graph/graph.h"
#include "holdings/around.h"
#include "holdings/export.h"
#include "holdings/search.h"
#include "holdings/ties.h"

#define STEPS  12
#define POOL   24 /* ids that may be hidden */
#define SECRET "OPAL"

enum { HIDDEN, JOINED, QUESTIONS, ANSWERED };

typedef struct pair {
    struct stage sides[2];
    uint64_t state;    /* of what both do */
    uint64_t apart[2]; /* and of what each hides */
    unsigned shown;    /* records that everybody may read */
    unsigned made[2];  /* documents and releases */
    unsigned *tally;
    ent_arena *arena[2]; /* of one answer */
} pair;

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned under(uint64_t *state, unsigned limit)
{
    return (unsigned)(next(state) % limit);
}

static const char *const names[] = { "Anna Orlova",  "Boris Orlov", "Hakob Verdure",
                                     "Anna Verdure", "Otar Pell",   "Anna Anna Anna" };
#define NAMES (sizeof names / sizeof *names)

static const char *id_of(ent_arena *arena, const char *type, const char *set, unsigned n)
{
    return ent_arena_printf(arena, "%s--%s-0000-4000-8000-%012u", type, set, n).ptr;
}

static const char *shown_id(ent_arena *arena, unsigned n)
{
    return id_of(arena, "identity", "aaaaaaaa", n);
}

static const char *hidden_id(ent_arena *arena, unsigned n)
{
    return id_of(arena, "identity", "bbbbbbbb", n);
}

/* A person with a name and a document's key, in one of its versions. */
static void person_put(struct stage *s, const char *owner, const char *source, const char *id,
                       const char *name, unsigned key, unsigned version)
{
    holdings_origin origin = { .owner = owner, .source = ent_str_of(source), .now = s->a->d.now };
    holdings_result result;
    ent_str reason, bytes;
    ent_err err = { 0 };

    bytes = ent_arena_printf(
        s->arena,
        "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"created\":"
        "\"2024-01-01T00:00:00.000Z\",\"modified\":\"2024-01-01T00:00:%02u.000Z\",\"name\":\"%s\","
        "\"identity_class\":\"individual\",\"extensions\":{\"" STIX_EXT_HANDLING
        "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT
        ",\"keys\":[\"doc:QBZ:%u\"]}}}",
        id, version, name, 650018823 + key);
    CHECK_OK(holdings_admit(s->a->d.store, s->arena, &origin, bytes, &result, &reason, &err), &err);
}

static void link_put(struct stage *s, const char *id, const char *from, const char *to)
{
    holdings_origin origin = { .owner = "", .source = ENT_STR("test"), .now = s->a->d.now };
    holdings_result result;
    ent_str reason;
    ent_err err = { 0 };

    CHECK_OK(holdings_admit(s->a->d.store, s->arena, &origin,
                            ent_arena_printf(s->arena,
                                             "{\"type\":\"relationship\",\"spec_version\":\"2.1\","
                                             "\"id\":\"%s\"," TIMES ",\"relationship_type\":"
                                             "\"related-to\",\"source_ref\":\"%s\",\"target_ref\":"
                                             "\"%s\"}",
                                             id, from, to),
                            &result, &reason, &err),
             &err);
}

static void doc_put(struct stage *s, const char *kind, const char *id, const char *json,
                    const char *state)
{
    store_doc doc = { .kind = ent_str_of(kind),
                      .id = ent_str_of(id),
                      .peer = ENT_STR("SVB"),
                      .state = ent_str_of(state),
                      .json = ent_str_of(json) };
    ent_err err = { 0 };

    CHECK_OK(store_doc_put(s->a->d.store, &doc, &err), &err);
}

/* ---- what both do ---- */

static void shown_do(pair *p)
{
    unsigned n = p->shown, name = under(&p->state, NAMES), key = under(&p->state, 6),
             to = n == 0 ? 0 : under(&p->state, n);

    p->shown++;
    for (int i = 0; i < 2; i++) {
        struct stage *s = &p->sides[i];
        ent_err err = { 0 };

        CHECK_OK(store_begin(s->a->d.store, &err), &err);
        person_put(s, "", "test", shown_id(s->arena, n), names[name], key, 0);
        if (to < n)
            link_put(s, id_of(s->arena, "relationship", "ffffffff", n), shown_id(s->arena, n),
                     shown_id(s->arena, to));
        doc_put(s, "hit", ent_arena_printf(s->arena, "shown%u", n).ptr,
                ent_arena_printf(s->arena, "{\"own\":[\"%s\"]}", shown_id(s->arena, n)).ptr,
                "open");
        CHECK_OK(store_commit(s->a->d.store, &err), &err);
    }
}

/* ---- what one hides ---- */

/* To somebody else by name: of the partner, under an id that may be ours as well. */
static void named_do(pair *p, int i, const char *id, unsigned name, unsigned key)
{
    struct stage *s = &p->sides[i];
    const char *release =
        ent_arena_printf(s->arena, "cccccccc-000%d-4000-8000-%012u", i, p->made[i]++).ptr;

    person_put(s, "SVB", ent_arena_printf(s->arena, "release:%s", release).ptr, id, names[name],
               key, p->made[i] % 60);
    doc_put(s, "named", release, "{\"for\":[\"eve\"]}", "kept");
    doc_put(s, "release-body", release,
            ent_arena_printf(s->arena,
                             "{\"parts\":[{\"owner\":\"SVB\",\"objects\":[{\"id\":\"%s\"}]}]}", id)
                .ptr,
            "");
    doc_put(s, "release-in", release,
            ent_arena_printf(s->arena, "{\"for\":[\"eve\"],\"objects\":[\"%s\"]}", id).ptr,
            "stored");
}

static void secret_do(pair *p, int i, unsigned n, unsigned name, unsigned key)
{
    struct stage *s = &p->sides[i];
    const char *id = hidden_id(s->arena, n);
    ent_err err = { 0 };

    CHECK_OK(desk_compartment_hold(&s->a->d, s->arena, ent_str_of(id), ENT_STR(SECRET), &err),
             &err);
    person_put(s, "", "test", id, names[name], key, under(&p->apart[i], 60));
    if (p->shown > 0 && under(&p->apart[i], 2) == 0) {
        const char *tail = id + strlen(id) - 36; /* a link may end as the record does */
        const char *link = under(&p->apart[i], 2) == 0
                               ? ent_arena_printf(s->arena, "relationship--%s", tail).ptr
                               : id_of(s->arena, "relationship", "eeeeeeee", n);

        link_put(s, link, id, shown_id(s->arena, under(&p->apart[i], p->shown)));
        p->tally[JOINED]++;
    }
    doc_put(s, under(&p->apart[i], 2) == 0 ? "hit" : "draft",
            ent_arena_printf(s->arena, "h%u", p->made[i]++).ptr,
            ent_arena_printf(s->arena, "{\"own\":[\"%s\"]}", id).ptr, "open");
    if (under(&p->apart[i], 5) == 0)
        CHECK_OK(
            store_object_erase(s->a->d.store, ENT_STR(""), ent_str_of(id), ENT_STR("gone"), &err),
            &err);
}

static void hidden_do(pair *p, int i)
{
    struct stage *s = &p->sides[i];
    unsigned n = under(&p->apart[i], POOL), name = under(&p->apart[i], NAMES),
             key = under(&p->apart[i], 6);
    ent_err err = { 0 };

    CHECK_OK(store_begin(s->a->d.store, &err), &err);
    if (under(&p->apart[i], 3) > 0)
        secret_do(p, i, n, name, key);
    else
        named_do(p, i,
                 p->shown > 0 && under(&p->apart[i], 2) == 0
                     ? shown_id(s->arena, under(&p->apart[i], p->shown))
                     : id_of(s->arena, "identity", "dddddddd", n),
                 name, key);
    CHECK_OK(store_commit(s->a->d.store, &err), &err);
    p->tally[HIDDEN]++;
}

/* ---- what the person asks ---- */

static ent_code row_say(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %.*s %.*s %.*s %.*s %d\n", ENT_STR_ARG(row->owner),
                   ENT_STR_ARG(row->id), ENT_STR_ARG(row->version), ENT_STR_ARG(row->bytes),
                   ENT_STR_ARG(row->tombstone), row->latest);
    return ENT_OK;
}

static ent_code doc_say(void *arg, const store_doc *doc, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %.*s\n", ENT_STR_ARG(doc->id), ENT_STR_ARG(doc->json));
    return ENT_OK;
}

static void code_say(ent_buf *buf, ent_code rc, const ent_err *err)
{
    ent_buf_printf(buf, "%d %s\n", (int)rc, rc == ENT_OK ? "" : err->msg);
}

static ent_code write_say(void *arg, ent_str bytes, ent_err *err)
{
    (void)err;
    ent_buf_str(arg, bytes);
    return ENT_OK;
}

static ent_code thing_say(void *arg, const holdings_thing *t, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %.*s %u %d\n", ENT_STR_ARG(t->id), ENT_STR_ARG(t->name), t->hops,
                   t->whole);
    return ENT_OK;
}

static ent_code link_say(void *arg, const holdings_link *l, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %.*s %.*s %.*s\n", ENT_STR_ARG(l->from), ENT_STR_ARG(l->type),
                   ENT_STR_ARG(l->to), ENT_STR_ARG(l->key));
    return ENT_OK;
}

static ent_code compartment_say(void *arg, ent_str object, ent_json list, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %zu\n", ENT_STR_ARG(object), ent_json_count(list));
    return ENT_OK;
}

static ent_code view_say(void *arg, const store_row *row, bool permitted, ent_err *err)
{
    (void)err;
    if (permitted)
        ent_buf_printf(arg, "%.*s %.*s\n", ENT_STR_ARG(row->id), ENT_STR_ARG(row->bytes));
    return ENT_OK;
}

struct question {
    unsigned kind, form;
    const char *id, *other, *word;
    char key[32];
};

static void rows_ask(const struct question *q, sim_node *n, ent_arena *arena, ent_buf *buf)
{
    const store_query queries[] = {
        { .owner = NULL },
        { .owner = "", .type = "relationship" },
        { .owner = "SVB" },
        { .text = q->word },
        { .text = q->word, .limit = 2 },
        { .key = q->key },
        { .key_start = "doc:" },
        { .ref = q->id },
        { .id = ent_str_of(q->id), .versions = true },
        { .quarantined = true },
    };
    static const char *const kinds[] = { "hit", "draft", "release-in" };
    static const char *const owners[] = { NULL, "", "SVB" };
    const char *kind = kinds[q->form % 3], *owner = owners[q->form % 3];
    ent_err err = { 0 };
    int64_t count = 0;
    store_row row;
    ent_code rc;

    code_say(buf, store_objects_each(n->d.store, &queries[q->form % 10], row_say, buf, &err), &err);
    err = (ent_err){ 0 };
    rc = store_object_get(n->d.store, arena, owner, ent_str_of(q->id), &row, &err);
    code_say(buf, rc, &err);
    if (rc == ENT_OK)
        CHECK_OK(row_say(buf, &row, &err), &err);
    CHECK_OK(store_count(n->d.store, owner, &count, &err), &err);
    ent_buf_printf(buf, "%lld\n", (long long)count);
    CHECK_OK(store_docs_each(n->d.store, kind, NULL, NULL, doc_say, buf, &err), &err);
    CHECK_OK(desk_compartment_list(&n->d, arena, compartment_say, buf, &err), &err);
}

static void find_ask(const struct question *q, sim_node *n, ent_arena *arena, ent_buf *buf)
{
    const holdings_search search = { .text = q->word,
                                     .when = { ENT_DAY_MIN, ENT_DAY_MAX },
                                     .limit = q->form % 2 == 0 ? 0 : 2 };
    holdings_export export = { .form = (holdings_form)(q->form % 3),
                               .query = { .owner = q->form % 2 == 0 ? NULL : "" },
                               .bundle = "11111111-1111-4111-8111-111111111111",
                               .write = write_say,
                               .arg = buf };
    holdings_hit *hits;
    size_t count = 0;
    ent_err err = { 0 };

    CHECK_OK(holdings_find(n->d.store, arena, &search, &hits, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        ent_buf_printf(buf, "%f ", hits[i].score);
        CHECK_OK(row_say(buf, &hits[i].row, &err), &err);
    }
    CHECK_OK(holdings_export_run(n->d.store, &export, &count, &err), &err);
    ent_buf_printf(buf, "%zu\n", count);
}

static void walk_ask(const struct question *q, sim_node *n, ent_arena *arena, ent_buf *buf)
{
    const holdings_around_ask ask = { .id = ent_str_of(q->id),
                                      .self = ENT_STR("DSV"),
                                      .depth = 1 + q->form % 3,
                                      .limit = 3 + q->form,
                                      .arg = buf,
                                      .thing = thing_say,
                                      .link = link_say };
    const graph_options options = { .max_paths = 3 };
    const uint8_t seed[16] = { 7 };
    graph_answer answer = { .count = 0 };
    ent_err err = { 0 };
    bool more = false;
    ent_code rc;
    graph *g;

    rc = holdings_around(n->d.store, arena, &ask, &more, &err);
    code_say(buf, rc, &err);
    ent_buf_printf(buf, "%d\n", more);
    err = (ent_err){ 0 };
    CHECK_OK(holdings_graph(n->d.store, arena, ENT_STR("DSV"), seed, &g, &err), &err);
    ent_buf_printf(buf, "%zu %zu\n", graph_record_count(g), graph_link_count(g));
    rc = graph_paths(g, arena, ent_str_of(q->id), ent_str_of(q->other), &options, &answer, &err);
    code_say(buf, rc, &err);
    for (size_t i = 0; i < answer.count; i++)
        for (size_t j = 0; j < answer.paths[i].count; j++)
            ent_buf_printf(buf, "%.*s %.*s %.*s\n", ENT_STR_ARG(answer.paths[i].steps[j].from),
                           ENT_STR_ARG(answer.paths[i].steps[j].link),
                           ENT_STR_ARG(answer.paths[i].steps[j].to));
}

/* What is said of a record before anything leaves: a refusal names nothing that is hidden. */
static void desk_ask(const struct question *q, struct stage *s, ent_arena *arena, ent_buf *buf)
{
    desk_audience audience = { .name = ENT_STR("out"), .any_purpose = true, .categories = ~0U };
    const char *const ids[] = { q->id };
    desk_explanation why;
    desk_gate_result result;
    desk_draft_state state;
    desk_view view;
    ent_err err = { 0 };
    store_row row;
    ent_code rc;

    rc = desk_explain(&s->a->d, arena, ent_str_of(q->id), "SVB", POLICY_RELEASE, ENT_STR_NONE, &why,
                      &err);
    code_say(buf, rc, &err);
    if (rc == ENT_OK)
        ent_buf_printf(buf, "%d %d\n", why.decision.permit, (int)why.decision.reason);
    if (strstr(q->id, "aaaaaaaa") == NULL) { /* what is there draws an id, and is kept */
        rc = draft_with(s, ids, 1, NULL, 0, NULL, &result, &state, &err);
        code_say(buf, rc, &err);
        err = (ent_err){ 0 };
        code_say(buf,
                 SIM_WORK(s->a,
                          desk_compartment_put(&s->a->d, arena, ent_str_of(q->id), ENT_STR("ONYX"),
                                               &err),
                          &err),
                 &err);
    }
    CHECK_OK(desk_view_open(&s->a->d, arena, ENT_STR(""), ent_str_of(q->form % 2 == 0 ? "" : "SVB"),
                            &audience, &view, &err),
             &err);
    CHECK_OK(desk_view_each(&view, 0, view_say, buf, &err), &err);
    rc = desk_view_read(&view, arena, ent_str_of(q->id), ENT_STR("2024-01-01T00:00:00.000Z"), &row,
                        &err);
    code_say(buf, rc, &err);
}

static ent_str answer(pair *p, int i, const struct question *q)
{
    struct stage *s = &p->sides[i];
    const store_reader *reader;
    ent_err err = { 0 };
    ent_str said;
    ent_buf buf;

    ent_arena_reset(p->arena[i]);
    ent_buf_init(&buf, p->arena[i]);
    CHECK_OK(desk_reader_open(&s->a->d, p->arena[i], ENT_STR("out"), NULL, 0, &reader, &err), &err);
    (void)store_reader_set(s->a->d.store, reader);
    if (q->kind == 0)
        rows_ask(q, s->a, p->arena[i], &buf);
    else if (q->kind == 1)
        find_ask(q, s->a, p->arena[i], &buf);
    else if (q->kind == 2)
        walk_ask(q, s->a, p->arena[i], &buf);
    else
        desk_ask(q, s, p->arena[i], &buf);
    (void)store_reader_set(s->a->d.store, NULL);
    CHECK_OK(ent_buf_done(&buf, &said, &err), &err);
    return said;
}

static const char *any_id(pair *p, ent_arena *arena)
{
    switch (under(&p->state, 4)) {
    case 0:
        return hidden_id(arena, under(&p->state, POOL));
    case 1:
        return id_of(arena, "identity", "dddddddd", under(&p->state, POOL));
    default:
        return shown_id(arena, under(&p->state, p->shown + 1));
    }
}

static void both_ask(pair *p, int step)
{
    static const char *const words[] = { "orlova", "anna", "verdure", "pell", "orlov|pell" };
    struct question q = { .kind = under(&p->state, 4),
                          .form = under(&p->state, 60),
                          .word = words[under(&p->state, 5)] };
    ent_str said[2];

    q.id = any_id(p, p->sides[0].arena);
    q.other = any_id(p, p->sides[0].arena);
    (void)snprintf(q.key, sizeof q.key, "doc:QBZ:%u", 650018823 + under(&p->state, 6));
    if (q.kind == 1 && strchr(q.word, '|') != NULL)
        q.word = "orlov";
    for (int i = 0; i < 2; i++)
        said[i] = answer(p, i, &q);
    p->tally[QUESTIONS]++;
    p->tally[ANSWERED] += said[0].size > 40;
    if (!ent_str_equal(said[0], said[1]))
        fail_msg("step %d, question %u form %u of %s, %s, '%s':\n%.*s\n---- and ----\n%.*s", step,
                 q.kind, q.form, q.id, q.other, q.word, ENT_STR_ARG(said[0]), ENT_STR_ARG(said[1]));
}

static void inside_pair(uint64_t seed, unsigned *tally)
{
    pair *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->state = seed;
    p->tally = tally;
    for (int i = 0; i < 2; i++) {
        p->apart[i] = seed * 2 + (uint64_t)i + UINT64_C(0x5bd1e995);
        stage_set(&p->sides[i], 2);
        p->arena[i] = ent_arena_new((size_t)256 << 20);
    }
    for (int step = 0; step < STEPS; step++) {
        shown_do(p);
        for (int i = 0; i < 2; i++)
            for (unsigned more = under(&p->apart[i], 5); more > 0; more--)
                hidden_do(p, i);
        for (int more = 0; more < 4; more++)
            both_ask(p, step);
    }
    for (int i = 0; i < 2; i++) {
        stage_strike(&p->sides[i]);
        ent_arena_free(p->arena[i]);
    }
    free(p);
}

static void what_one_of_our_own_may_not_read_changes_no_byte_of_what_he_is_told(void **state)
{
    static const campaign c = { .name = "inside pairs",
                                .count_name = "INSIDE",
                                .seed_name = "INSIDE_SEED",
                                .slice = 40,
                                .run = inside_pair,
                                .tally = { "hidden acts", "hidden links to what is shown",
                                           "questions", "answers with something in them" },
                                .whole = 10 };

    (void)state;
    campaign_run(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_of_our_own_may_not_read_changes_no_byte_of_what_he_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
