/*
 * desk_receive_fuzz -- everything a peer can say to a desk.
 *
 * A world of two desks is built once, always the same, with something under way of every
 * kind: an agreement in force and another proposed, a release in each direction, a run
 * answered and a run asked.  The first byte of an input says what the rest is: the body
 * of an entry of some kind, or the inner part of one, which is then wrapped and signed
 * as the peer could, so that the checks behind the signatures are reached.
 *
 * Oracle: what is refused changed nothing (but the note, and the end of a run that the
 * peer broke); what is accepted and said again changes nothing more; nobody's object
 * ever becomes another's.  A message of a match that is accepted, written again from what its step has
 * (match/steps.def) and from nothing else, is the same bytes.
 */
#include "fuzz/received.h"

#include "base/limits.h"
#include "desk/evidence.h"
#include "match/match.h"
#include "desk/release.h"
#include "stix/extension_ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PERSON "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001"
#define PAGE   "a page of a passport" /* attached to it, and on its way */

/* What the first byte of an input means.  The committed inputs rely on the numbers: new ones go
 * behind the last. */
static const struct {
    link_kind kind;
    enum wrap { WHOLE, WRAP_OBJECTS, WRAP_TERMS, WRAP_SET, WRAP_FILE } wrap;
} meanings[] = {
    { LINK_AGREEMENT, WHOLE },         { LINK_AGREEMENT_SIGNATURE, WHOLE },
    { LINK_AGREEMENT_SUSPEND, WHOLE }, { LINK_MATCH, WHOLE },
    { LINK_RELEASE, WHOLE },           { LINK_RECALL, WHOLE },
    { LINK_RECEIPT, WHOLE },           { LINK_RELEASE, WRAP_OBJECTS },
    { LINK_AGREEMENT, WRAP_TERMS },    { LINK_MATCH, WRAP_SET },
    { LINK_STANDING, WHOLE },          { LINK_CORRECTION, WHOLE },
    { LINK_EVIDENCE, WHOLE },          { LINK_SUSPEND, WHOLE },
    { LINK_EVIDENCE, WRAP_FILE },
};

struct fuzz_world {
    sim world;
    ent_arena *arena;
    sim_node *a, *b; /* a says, b hears */
    char agreement[37];
    bool frozen;
    uint64_t seq;
    ent_str run;     /* answered by b, waiting for the set */
    ent_str release; /* of a, whose file b waits for */
    char page[65];   /* its hash */
};

static bool hold(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct fuzz_world *w = arg;

    (void)to;
    (void)body;
    return entry->kind != LINK_EVIDENCE && (!w->frozen || from != w->a);
}

static ent_code page_read(void *arg, ent_arena *arena, const char *hash, ent_str *content,
                          ent_err *err)
{
    (void)arg;
    (void)arena;
    (void)hash;
    (void)err;
    *content = ENT_STR(PAGE);
    return ENT_OK;
}

/* Whatever is kept is what was signed. */
static ent_code page_write(void *arg, ent_arena *arena, const char *hash, ent_str content,
                           ent_err *err)
{
    (void)arg;
    (void)arena;
    (void)hash;
    (void)err;
    CHECK_TEXT(content, PAGE);
    return ENT_OK;
}

static const desk_files pages = { page_read, page_write };

static void page_attach(struct fuzz_world *w)
{
    ent_hash sum = ent_hash_of(PAGE, sizeof PAGE - 1);
    desk_evidence e = { .type = ENT_STR("text/plain"),
                        .name = ENT_STR("page.txt"),
                        .size = sizeof PAGE - 1,
                        .object = ENT_STR(PERSON),
                        .added = SIM_NOW };
    ent_err err = { 0 };

    ent_hex_write(sum.bytes, sizeof sum.bytes, e.hash);
    memcpy(w->page, e.hash, sizeof w->page);
    CHECK_OK(SIM_WORK(w->a, desk_evidence_attach(w->a->d.store, w->arena, &e, &err), &err), &err);
}

static void record_put(sim_node *n, const char *id, const char *key)
{
    ent_str keys[] = { ent_str_of(key) };

    sim_put(n, id, "identity",
            "{\"type\":\"identity\",\"name\":\"n\",\"identity_class\":\"individual\",\"id\":"
            "\"identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001\",\"extensions\":"
            "{\"" STIX_EXT_HANDLING
            "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-INV\"],"
            "\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discover\":\"pointer\"}}}",
            keys, 1, NULL, 0);
}

/* One release from `from` to the other, by two persons; its id. */
static ent_str release_make(struct fuzz_world *w, sim_node *from, const char *to)
{
    ent_str ids[] = { ENT_STR(PERSON) }, hashes[] = { ent_str_of(w->page) };
    desk_draft_request request = { .peer = to,
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = ids,
                                   .id_count = 1,
                                   .evidence = hashes,
                                   .evidence_count = 1,
                                   .drafter = "analyst" };
    desk_gate_result result;
    desk_draft_state state;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(from, desk_release_draft(&from->d, w->arena, &request, &result, &state, &err),
                      &err),
             &err);
    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(from,
                          desk_release_approve(&from->d, w->arena, state.id,
                                               &from->people[i].officer, &state, &err),
                          &err),
                 &err);
    return state.id;
}

static void run_start(struct fuzz_world *w, sim_node *n, const char *peer, char run[37])
{
    const match_question asked = { .peer = peer, .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };

    CHECK_OK(match_start(&n->d, w->arena, &asked, run, &err), &err);
}

static struct fuzz_world *world_build(void)
{
    static struct fuzz_world w;
    char run[37];

    w.arena = ent_arena_new(SIM_ROOM);
    sim_init(&w.world, 2);
    w.a = &w.world.nodes[0];
    w.b = &w.world.nodes[1];
    w.world.tap = hold;
    w.world.tap_arg = &w;
    sim_agree(&w.world, w.arena, w.agreement);
    w.a->d.files = w.b->d.files = &pages;
    record_put(w.a, PERSON, "doc:QBZ:1");
    page_attach(&w);
    w.release = release_make(&w, w.a, "SVB");
    sim_carry(&w.world);
    record_put(w.b, "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000b1", "doc:QBZ:1");
    run_start(&w, w.a, "SVB", run);
    w.run = ent_arena_str(w.arena, ent_str_of(run));
    (void)sim_carry_from(&w.world, w.a); /* announce; b accepts */
    w.frozen = true;
    (void)sim_carry_from(&w.world, w.b);
    run_start(&w, w.b, "DSV", run);
    sim_carry(&w.world);
    w.seq = w.a->said[1];
    return &w;
}

/* ---- wrapping ---- */

/* A release of these objects, signed by two officers of the peer. */
static ent_str objects_wrap(struct fuzz_world *w, ent_arena *arena, ent_str objects)
{
    ent_str statement = received_canonical(
        arena, ent_arena_printf(arena,
                                "{\"kind\":\"release\",\"version\":1,\"id\":\"0b51a6f0-1c4e-4c7a-"
                                "9f7e-0000000000ee\",\"agreement\":\"%s\",\"from\":\"DSV\",\"to\":"
                                "\"SVB\",\"purpose\":\"CT-INV\",\"drafted\":\"2024-11-10T12:00:00."
                                "000Z\",\"objects\":%.*s}",
                                w->agreement, ENT_STR_ARG(objects)));

    return received_signed(w->a, arena, statement);
}

/* A proposal of these terms between the two. */
static ent_str terms_wrap(struct fuzz_world *w, ent_arena *arena, ent_str terms)
{
    char a[65], b[65];

    ent_hex_write(w->a->d.identity, 32, a);
    ent_hex_write(w->b->d.identity, 32, b);
    return received_canonical(
        arena,
        ent_arena_printf(arena,
                         "{\"kind\":\"agreement\",\"version\":1,\"id\":\"0b51a6f0-1c4e-4c7a-9f7e-"
                         "0000000000aa\",\"proposed\":\"2024-11-10T12:00:00.000Z\",\"proposer\":"
                         "\"DSV\",\"parties\":[{\"code\":\"DSV\",\"name\":\"DSV\",\"identity\":"
                         "\"%s\"},{\"code\":\"SVB\",\"name\":\"SVB\",\"identity\":\"%s\"}],"
                         "\"terms\":%.*s}",
                         a, b, ENT_STR_ARG(terms)));
}

/* The set that the run waits for. */
static ent_str set_wrap(struct fuzz_world *w, ent_arena *arena, ent_str set)
{
    ent_buf buf;
    ent_str out;
    ent_err err = { 0 };

    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf, "{\"run\":\"%s\",\"step\":\"set\"}\n", w->run.ptr);
    ent_buf_str(&buf, set);
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

/* A part of the file that is awaited. */
static ent_str file_wrap(struct fuzz_world *w, ent_arena *arena, ent_str bytes)
{
    ent_buf buf;
    ent_str out;
    ent_err err = { 0 };

    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf, "{\"file\":\"%s\",\"part\":0,\"release\":\"%.*s\"}\n", w->page,
                   ENT_STR_ARG(w->release));
    ent_buf_str(&buf, bytes);
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

static bool body_make(struct fuzz_world *w, ent_arena *arena, const uint8_t *data, size_t size,
                      link_kind *kind, ent_str *body)
{
    ent_str text = ent_arena_str(arena, (ent_str){ (const char *)data + 1, size - 1 });
    unsigned meaning = data[0] % (sizeof meanings / sizeof *meanings);
    enum wrap what = meanings[meaning].wrap;

    *kind = meanings[meaning].kind;
    *body = what == WRAP_OBJECTS ? objects_wrap(w, arena, text)
            : what == WRAP_TERMS ? terms_wrap(w, arena, text)
            : what == WRAP_SET   ? set_wrap(w, arena, text)
            : what == WRAP_FILE  ? file_wrap(w, arena, text)
                                 : text;
    return body->ptr != NULL;
}

/* ---- a message of a match, written again ---- */

static bool has(const char *list, ent_str name)
{
    for (const char *blank; (blank = strchr(list, ' ')) != NULL; list = blank + 1)
        if (name.size == (size_t)(blank - list) && memcmp(list, name.ptr, name.size) == 0)
            return true;
    return false;
}

/* Does a message of this step have the member, and may bytes follow it? */
static bool step_has(bool standing, ent_str step, ent_str name, bool *bytes)
{
    static const struct {
        const char *step, *kinds, *must, *may;
        bool bytes;
    } rows[] = {
#define X(step, kinds, must, may, bytes) { step, kinds, must, may, bytes },
#include "match/steps.def"
#undef X
    };
    bool found = ent_str_is(name, "step") || ent_str_is(name, standing ? "standing" : "run");

    *bytes = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((rows[i].kinds[0] == '+') == standing && ent_str_is(step, rows[i].step)) {
            found = found || has(rows[i].must, name) || has(rows[i].may, name);
            *bytes = *bytes || rows[i].bytes;
        }
    return found;
}

static void same_again(ent_arena *arena, bool standing, ent_str body)
{
    const char *feed = memchr(body.ptr, '\n', body.size);
    ent_str text, canonical;
    bool bytes = false;
    ent_err err = { 0 };
    ent_json header;
    ent_buf buf;
    ent_jw w;

    CHECK(feed != NULL);
    CHECK_OK(ent_json_read(arena, (ent_str){ body.ptr, (size_t)(feed - body.ptr) }, &header, &err),
             &err);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(header); v.doc != NULL; v = ent_json_next(v))
        if (step_has(standing, ent_json_get_text(header, "step"), ent_json_name(v), &bytes)) {
            ent_jw_key_str(&w, ent_json_name(v));
            ent_jw_raw(&w, ent_json_raw(v));
        }
    ent_jw_end(&w);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    canonical = received_canonical(arena, text);
    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, canonical);
    ent_buf_byte(&buf, '\n');
    if (bytes)
        ent_buf_put(&buf, feed + 1, body.size - (size_t)(feed + 1 - body.ptr));
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    CHECK(ent_str_equal(text, body));
}

/* ---- one input ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_world *w;
    ent_arena *arena;
    link_kind kind;
    ent_str body;

    if (w == NULL)
        w = world_build();
    if (size < 1 || size > (1 << 18))
        return 0;
    arena = ent_arena_new(SIM_ROOM);
    if (body_make(w, arena, data, size, &kind, &body) &&
        received_check(w->b, arena, "DSV", kind, body, w->seq) &&
        (kind == LINK_MATCH || kind == LINK_STANDING))
        same_again(arena, kind == LINK_STANDING, body);
    ent_arena_free(arena);
    return 0;
}
