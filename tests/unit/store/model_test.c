/* store: the same random work on a backend and on the plain one, and the same answers. */
#include "unit/store/backends.h"

#include "base/buf.h"

#define ROOM ((size_t)64 << 20)

static uint32_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

struct pair {
    store *a, *b; /* the backend's, the plain one */
    ent_arena *arena;
    bool open, marked;
};

static const char *const owners[] = { "", "SVB" };
static const char *const ids[] = { "identity--a",    "identity--b", "location--c",
                                   "location--d",    "malware--e",  "relationship--f",
                                   "relationship--g" };
static const char *const versions[] = { "",
                                        "2024-01-01T00:00:00Z",
                                        "2024-01-01T00:00:00.000Z",
                                        "2024-01-02T00:00:00.5Z",
                                        "2024-01-03T00:00:00.000Z",
                                        "not a time" };
static const char *const words[] = { "tsarnaev", "quay",  "\xd1\x86\xd0\xb0\xd1\x80",
                                     "q1",       "night", "tsarn" };
static const char *const keys[] = { "tel:+1", "tel:+2", "doc:A:1", "nm:xy" };
static const char *const days[] = { "", "2024-12-31", "2025-02-01" };
static const double places[][2] = { { 52.5, 13.25 }, { -15, 179.5 }, { -15, -179.5 }, { 10, 0 } };

#define PICK(list) ((list)[below(sizeof(list) / sizeof *(list))])

/* ---- what a store holds, as text ---- */

struct dump {
    store *s;
    ent_buf buf;
};

static ent_code row_dump(void *arg, const store_row *r, ent_err *err)
{
    struct dump *d = arg;
    ent_str *list;
    size_t count;

    ent_buf_printf(&d->buf, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%d %d|%d|%d %g %g|",
                   ENT_STR_ARG(r->owner), ENT_STR_ARG(r->id), ENT_STR_ARG(r->version),
                   ENT_STR_ARG(r->bytes), ENT_STR_ARG(r->source), ENT_STR_ARG(r->retention),
                   ENT_STR_ARG(r->tombstone), ENT_STR_ARG(r->handling), ENT_STR_ARG(r->quarantine),
                   r->when.first, r->when.last, r->latest, r->place.known,
                   r->place.known ? r->place.latitude : 0, r->place.known ? r->place.longitude : 0);
    ENT_TRY(store_keys_of(d->s, d->buf.arena, r->number, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ent_buf_printf(&d->buf, " %.*s", ENT_STR_ARG(list[i]));
    ENT_TRY(store_refs_of(d->s, d->buf.arena, r->number, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ent_buf_printf(&d->buf, " %.*s", ENT_STR_ARG(list[i]));
    ent_buf_byte(&d->buf, '\n');
    return ENT_OK;
}

static ent_code doc_dump(void *arg, const store_doc *doc, ent_err *err)
{
    struct dump *d = arg;

    (void)err;
    ent_buf_printf(&d->buf, "%.*s|%.*s|%.*s|%.*s|%lld|%.*s\n", ENT_STR_ARG(doc->kind),
                   ENT_STR_ARG(doc->id), ENT_STR_ARG(doc->peer), ENT_STR_ARG(doc->state),
                   (long long)doc->time, ENT_STR_ARG(doc->json));
    return ENT_OK;
}

/* Ids found, sorted: the order of words is each backend's own. */
struct ids {
    char found[64][64];
    size_t count;
};

static ent_code id_take(void *arg, const store_row *row, ent_err *err)
{
    struct ids *list = arg;
    size_t at;

    (void)err;
    assert_true(list->count < 64);
    for (at = list->count++; at > 0; at--) {
        char name[64];

        (void)snprintf(name, sizeof name, "%.*s/%.*s", ENT_STR_ARG(row->owner),
                       ENT_STR_ARG(row->id));
        if (strcmp(list->found[at - 1], name) <= 0)
            break;
        memcpy(list->found[at], list->found[at - 1], 64);
    }
    (void)snprintf(list->found[at], 64, "%.*s/%.*s", ENT_STR_ARG(row->owner), ENT_STR_ARG(row->id));
    return ENT_OK;
}

static void dump(store *s, ent_arena *arena, const store_query *query, ent_str *text)
{
    struct dump d = { .s = s };
    ent_err err = { 0 };

    ent_buf_init(&d.buf, arena);
    CHECK_OK(store_objects_each(s, query, row_dump, &d, &err), &err);
    CHECK_OK(ent_buf_done(&d.buf, text, &err), &err);
}

static void same_text(const char *what, ent_str a, ent_str b, uint32_t start)
{
    if (!ent_str_equal(a, b))
        fail_msg("seed %u: %s: the backend has\n%.*s\nand should have\n%.*s", start, what,
                 ENT_STR_ARG(a), ENT_STR_ARG(b));
}

static void same_answers(struct pair *p, uint32_t start)
{
    static const store_box boxes[] = { { 50, 55, 10, 15 },
                                       { -20, -10, 179, -179 },
                                       { -90, 90, -180, 180 } };
    static const ent_days spans[] = { { 5, 10 }, { 11, 20 }, { ENT_DAY_MIN, ENT_DAY_MAX } };
    static const char *const types[] = { "identity", "location", "malware", "relationship" };
    const store_beside beside[] = { { PICK(types), &PICK(spans) }, { PICK(types), NULL } };
    const store_query queries[] = {
        { .every = true },
        { .owner = PICK(owners) },
        { .key = PICK(keys), .limit = 2 },
        { .ref = PICK(ids), .owner = PICK(owners) },
        { .ref = PICK(ids), .owner = PICK(owners), .beside = beside, .beside_count = 1 },
        { .ref = PICK(ids), .beside = beside, .beside_count = 2 },
        { .ref = PICK(ids), .key = PICK(keys) },
        { .key_start = below(2) ? "tel:" : "doc:A:1" },
        { .type = "location", .near = &PICK(boxes) },
        { .when = &PICK(spans) },
        { .due = "2025-01-01" },
        { .id = ent_str_of(PICK(ids)), .versions = true },
        { .quarantined = true },
        { .source = "s1" },
        { .near = &PICK(boxes), .when = &PICK(spans), .key = PICK(keys) },
    };
    ent_str a, b;

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char what[32];

        (void)snprintf(what, sizeof what, "question %zu", i);
        ent_arena_reset(p->arena);
        dump(p->a, p->arena, &queries[i], &a);
        dump(p->b, p->arena, &queries[i], &b);
        same_text(what, a, b, start);
    }
}

static void same_words(struct pair *p, uint32_t start)
{
    static struct ids a, b;
    ent_err err = { 0 };
    char text[200];
    store_query query = { .text = text };

    (void)snprintf(text, sizeof text, "%s%s%s", PICK(words), below(2) ? "|" : " ", PICK(words));
    if (below(3) == 0)
        (void)snprintf(text, sizeof text, "%.4s", PICK(words));
    a.count = b.count = 0;
    CHECK_OK(store_objects_each(p->a, &query, id_take, &a, &err), &err);
    CHECK_OK(store_objects_each(p->b, &query, id_take, &b, &err), &err);
    if (a.count != b.count)
        fail_msg("seed %u: '%s' finds %zu and should find %zu", start, text, a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        CHECK_STR(a.found[i], b.found[i]);
}

static void same_docs(struct pair *p, uint32_t start)
{
    struct dump a = { .s = p->a }, b = { .s = p->b };
    const char *peer = below(2) ? NULL : PICK(owners);
    ent_err err = { 0 };
    ent_str text_a, text_b;

    ent_arena_reset(p->arena);
    ent_buf_init(&a.buf, p->arena);
    ent_buf_init(&b.buf, p->arena);
    CHECK_OK(store_docs_each(p->a, "k", peer, NULL, doc_dump, &a, &err), &err);
    CHECK_OK(store_docs_each(p->b, "k", peer, NULL, doc_dump, &b, &err), &err);
    CHECK_OK(ent_buf_done(&a.buf, &text_a, &err), &err);
    CHECK_OK(ent_buf_done(&b.buf, &text_b, &err), &err);
    same_text("documents", text_a, text_b, start);
}

/* ---- work ---- */

static void put_both(struct pair *p, uint32_t start)
{
    ent_str some_keys[3], some_refs[6];
    const char *id = PICK(ids);
    const double *place = PICK(places);
    store_put_result a = STORE_HELD, b = STORE_ADDED;
    ent_err err = { 0 };
    char text[200], bytes[32];
    store_object o = { .owner = ent_str_of(PICK(owners)),
                       .id = ent_str_of(id),
                       .version = ent_str_of(PICK(versions)),
                       .type = { id, strcspn(id, "-") },
                       .received = below(1000),
                       .source = ent_str_of(below(2) ? "s1" : "s2"),
                       .retention = ent_str_of(PICK(days)),
                       .handling = ent_str_of(below(2) ? "" : "{}"),
                       .quarantine = ent_str_of(below(5) == 0 ? "lacks" : ""),
                       .keys = some_keys,
                       .key_count = below(4),
                       .refs = some_refs,
                       .ref_count = below(4) > 0 ? below(4) : below(7) };

    (void)snprintf(bytes, sizeof bytes, "bytes %u", below(3));
    (void)snprintf(text, sizeof text, " %s %s", PICK(words), PICK(words));
    o.bytes = ent_str_of(bytes);
    o.text = ent_str_of(text);
    if (below(2))
        o.when = (ent_days){ (ent_day)below(15), (ent_day)(15 + below(10)) };
    if (below(2))
        o.place = (store_place){ true, place[0], place[1] };
    for (size_t i = 0; i < 3; i++)
        some_keys[i] = ent_str_of(PICK(keys));
    for (size_t i = 0; i < 6; i++)
        some_refs[i] = ent_str_of(PICK(ids));
    if (below(4) == 0)
        CHECK_OK(store_objects_expect(p->a, below(2) ? "" : "SVB", &o.id, 1, &err), &err);
    CHECK_OK(store_object_put(p->a, &o, &a, &err), &err);
    CHECK_OK(store_object_put(p->b, &o, &b, &err), &err);
    if (a != b)
        fail_msg("seed %u: a put gives %d and should give %d", start, a, b);
}

static void get_both(struct pair *p, uint32_t start)
{
    const char *owner = below(3) == 0 ? NULL : PICK(owners);
    ent_str id = ent_str_of(PICK(ids));
    ent_err err = { 0 };
    store_row a, b;
    ent_code rc;

    ent_arena_reset(p->arena);
    rc = store_object_get(p->a, p->arena, owner, id, &a, &err);
    if (rc != store_object_get(p->b, p->arena, owner, id, &b, &err))
        fail_msg("seed %u: looking for '%s' of %s gives %s", start, id.ptr,
                 owner == NULL ? "anybody" : owner, ent_code_name(rc));
    if (rc == ENT_OK) {
        CHECK(ent_str_equal(a.bytes, b.bytes) && ent_str_equal(a.version, b.version));
        CHECK(ent_str_equal(a.owner, b.owner) && ent_str_equal(a.tombstone, b.tombstone));
    }
}

static void rest_both(struct pair *p, uint32_t which)
{
    ent_str owner = ent_str_of(PICK(owners)), id = ent_str_of(PICK(ids));
    ent_str day = ent_str_of(PICK(days));
    store_doc doc = { .kind = ENT_STR("k"),
                      .id = id,
                      .peer = owner,
                      .state = day,
                      .time = below(9),
                      .json = ENT_STR("{\"a\":1}"),
                      .bytes = ENT_STR("bytes\n") };
    ent_err err = { 0 };
    int64_t a, b;

    if (which == 0) {
        CHECK_INT(store_object_label(p->a, owner, id, ENT_STR("{\"x\":2}"), day, &err),
                  store_object_label(p->b, owner, id, ENT_STR("{\"x\":2}"), day, &err));
    } else if (which == 1) {
        CHECK_INT(store_object_erase(p->a, owner, id, ENT_STR("why"), &err),
                  store_object_erase(p->b, owner, id, ENT_STR("why"), &err));
    } else if (which == 2) {
        CHECK_OK(store_object_forget(p->a, owner, id, &err), &err);
        CHECK_OK(store_object_forget(p->b, owner, id, &err), &err);
    } else if (which == 3) {
        CHECK_OK(store_doc_put(p->a, &doc, &err), &err);
        CHECK_OK(store_doc_put(p->b, &doc, &err), &err);
    } else if (which == 4) {
        CHECK_OK(store_doc_delete(p->a, "k", id, &err), &err);
        CHECK_OK(store_doc_delete(p->b, "k", id, &err), &err);
    } else {
        CHECK_OK(store_count(p->a, owner.ptr, &a, &err), &err);
        CHECK_OK(store_count(p->b, owner.ptr, &b, &err), &err);
        CHECK_INT(a, b);
    }
}

static void mark_both(struct pair *p)
{
    ent_err err = { 0 };

    if (!p->marked) {
        CHECK_OK(store_mark(p->a, &err), &err);
        CHECK_OK(store_mark(p->b, &err), &err);
    } else if (below(2)) {
        CHECK_OK(store_mark_undo(p->a, &err), &err);
        CHECK_OK(store_mark_undo(p->b, &err), &err);
    } else {
        CHECK_OK(store_mark_keep(p->a, &err), &err);
        CHECK_OK(store_mark_keep(p->b, &err), &err);
    }
    p->marked = !p->marked;
}

static void end_both(struct pair *p)
{
    ent_err err = { 0 };

    if (below(3) == 0) {
        store_rollback(p->a);
        store_rollback(p->b);
    } else {
        CHECK_OK(store_commit(p->a, &err), &err);
        CHECK_OK(store_commit(p->b, &err), &err);
    }
    p->open = p->marked = false;
}

static void step_both(struct pair *p, uint32_t start)
{
    uint32_t what = below(20);
    ent_err err = { 0 };

    if (!p->open) {
        CHECK_OK(store_begin(p->a, &err), &err);
        CHECK_OK(store_begin(p->b, &err), &err);
        p->open = true;
    } else if (what < 9) {
        put_both(p, start);
    } else if (what < 12) {
        get_both(p, start);
    } else if (what < 17) {
        rest_both(p, below(6));
    } else if (what == 17) {
        mark_both(p);
    } else if (what == 18) {
        end_both(p);
    } else {
        same_answers(p, start);
        same_words(p, start);
        same_docs(p, start);
    }
}

static struct pair pair_open(void **state, uint32_t start)
{
    struct pair p = { .arena = ent_arena_new(ROOM) };
    ent_err err = { 0 };

    CHECK_INT(set_up(state), 0);
    seed = start;
    p.a = opened();
    CHECK_OK(store_open("plain:", &p.b, &err), &err);
    return p;
}

static void pair_close(void **state, struct pair *p)
{
    store_close(p->a);
    store_close(p->b);
    ent_arena_free(p->arena);
    (void)tear_down(state);
}

static void random_work_has_the_same_answers_everywhere(void **state)
{
    (void)state;
    for (uint32_t start = 1; start <= 12; start++) {
        struct pair p = pair_open(state, start);
        ent_err err = { 0 };

        for (int i = 0; i < 400; i++)
            step_both(&p, start);
        if (p.open)
            end_both(&p);
        CHECK_OK(store_check(p.a, &err), &err);
        same_answers(&p, start);
        pair_close(state, &p);
    }
}

/* ---- what is beside ---- */

/* A relationship, or a version of something that relationships refer to, with its days or none. */
static void tie_put(struct pair *p, uint32_t step)
{
    const char *id = PICK(ids);
    ent_str refs[6];
    char version[32];
    store_put_result result;
    ent_err err = { 0 };
    store_object o = { .owner = ent_str_of(PICK(owners)),
                       .id = ent_str_of(id),
                       .type = { id, strcspn(id, "-") },
                       .refs = refs };

    (void)snprintf(version, sizeof version, "2024-01-01T00:%02u:%02u.000Z", step / 60, step % 60);
    o.version = o.bytes = ent_str_of(version);
    if (below(3) > 0)
        o.when.first = o.when.last = (ent_day)(1 + below(20));
    if (ent_str_is(o.type, "relationship"))
        o.ref_count = below(4) > 0 ? 2 : below(7);
    for (size_t i = 0; i < o.ref_count; i++)
        refs[i] = ent_str_of(PICK(ids));
    CHECK_OK(store_object_put(p->a, &o, &result, &err), &err);
    CHECK_OK(store_object_put(p->b, &o, &result, &err), &err);
    if (below(10) > 0)
        return;
    CHECK_OK(store_object_erase(p->a, o.owner, o.id, ENT_STR("why"), &err), &err);
    CHECK_OK(store_object_erase(p->b, o.owner, o.id, ENT_STR("why"), &err), &err);
}

static void beside_both(struct pair *p, uint32_t start)
{
    static const char *const types[] = { "identity", "location", "malware", "relationship" };
    const ent_day first = (ent_day)below(20);
    const ent_days window = { first, first + (ent_day)below(8) };
    const store_beside beside[] = { { PICK(types), &window }, { PICK(types), NULL } };
    const store_query queries[] = {
        { .ref = PICK(ids), .beside = beside, .beside_count = 1 },
        { .ref = PICK(ids), .beside = beside, .beside_count = 2 },
        { .ref = PICK(ids), .owner = "", .beside = beside + 1, .beside_count = 1 },
    };

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        ent_str a, b;

        ent_arena_reset(p->arena);
        dump(p->a, p->arena, &queries[i], &a);
        dump(p->b, p->arena, &queries[i], &b);
        same_text("who is beside", a, b, start);
    }
}

static void what_is_beside_is_never_missed(void **state)
{
    (void)state;
    for (uint32_t start = 1; start <= 24; start++) {
        struct pair p = pair_open(state, start);
        ent_err err = { 0 };

        CHECK_OK(store_begin(p.a, &err), &err);
        CHECK_OK(store_begin(p.b, &err), &err);
        for (uint32_t step = 1; step <= 60; step++) {
            tie_put(&p, step);
            beside_both(&p, start);
        }
        CHECK_OK(store_commit(p.a, &err), &err);
        CHECK_OK(store_commit(p.b, &err), &err);
        pair_close(state, &p);
    }
}

int main(void)
{
    static const char *const names[] = { "model on sqlite", "model on plain", "model on postgres" };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_has_the_same_answers_everywhere),
        cmocka_unit_test(what_is_beside_is_never_missed),
    };
    int failed = 0;

    (void)postgres_start(&server);
    for (int i = SQLITE; i <= POSTGRES; i += POSTGRES) {
        backend = (enum backend)i;
        failed += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
    }
    postgres_stop(&server);
    return failed;
}
