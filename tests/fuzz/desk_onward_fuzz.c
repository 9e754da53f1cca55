/*
 * desk_onward_fuzz -- what the three parties of an onward release can say to each other.
 *
 * DSV's fact went through SVB to CTB by DSV's grant, and SVB has asked for another.  The first
 * byte of an input says who says what to whom; the rest is the body, or the inner part of one,
 * which is signed as its teller could.  "@" and a letter stand for the ids of that world (see
 * fill), so that inputs stay good when ids change.
 *
 * Oracle: that of fuzz/received.h; a grant is taken only for the very request that it names; and a third node holds of the owner only what stood in a grant
 * that the owner signed for it: whatever it keeps under the owner's name is in that text.
 */
#include "fuzz/received.h"
#include "sim/onward_stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The committed inputs rely on the numbers: new ones go behind the last. */
static const struct {
    int from, to; /* 0 owner, 1 carrier, 2 third */
    link_kind kind;
    enum wrap {
        WHOLE,
        GRANT,    /* a statement that the owner signs, in a consent */
        GRANTED,  /* the same in a release of the carrier's */
        AMENDED,  /* the same in a correction by the owner */
        PASSED,   /* the same in a correction that the carrier passes on */
        APPROVED, /* a statement that two officers of the teller approve */
    } wrap;
} meanings[] = {
    { 1, 0, LINK_CONSENT_REQUEST, WHOLE }, { 0, 1, LINK_CONSENT, WHOLE },
    { 0, 1, LINK_CONSENT, GRANT },         { 1, 2, LINK_RELEASE, GRANTED },
    { 0, 1, LINK_CORRECTION, AMENDED },    { 1, 2, LINK_CORRECTION, PASSED },
    { 0, 1, LINK_RECALL, WHOLE },          { 1, 2, LINK_RECALL, WHOLE },
    { 0, 2, LINK_RECALL, WHOLE },          { 0, 1, LINK_CORRECTION, APPROVED },
    { 1, 2, LINK_RELEASE, APPROVED },      { 1, 0, LINK_RECEIPT, WHOLE },
    { 2, 1, LINK_RECEIPT, WHOLE },         { 1, 2, LINK_CORRECTION, APPROVED },
};

struct fuzz_world {
    struct onward o;
    ent_str granted; /* the request that was */
    ent_str grant;   /* its id */
    char identity[3][65];
    int accepted[sizeof meanings / sizeof *meanings];
};

static struct fuzz_world *world_build(void)
{
    static struct fuzz_world w;
    ent_json doc, grant;
    store_doc found;
    ent_err err = { 0 };

    onward_set(&w.o);
    pass(&w.o);
    w.granted = w.o.request;
    CHECK_OK(desk_doc(&w.o.s.b->d, w.o.s.arena, "onward-out", w.granted, &found, &doc, &err), &err);
    CHECK_OK(ent_json_read(w.o.s.arena, ent_json_get_text(ent_json_get(doc, "grant"), "statement"),
                           &grant, &err),
             &err);
    w.grant = ent_json_get_text(grant, "id");
    CHECK_OK(ask_for(&w.o, ANNA, &err), &err);
    sim_carry(&w.o.s.world);
    for (int i = 0; i < 3; i++)
        ent_hex_write(w.o.s.world.nodes[i].d.identity, 32, w.identity[i]);
    return &w;
}

/* ---- making a body ---- */

static ent_str fill(const struct fuzz_world *w, ent_arena *arena, ent_str text)
{
    const struct {
        char letter;
        ent_str is;
    } names[] = {
        { 'R', w->o.release },
        { 'P', w->o.passed },
        { 'G', w->grant },
        { 'Q', w->granted },
        { 'N', w->o.request },
        { 'M', ent_str_of(w->o.s.agreement) },
        { 'O', ENT_STR(ANNA) },
        { 'a', ent_str_of(w->identity[0]) },
        { 'b', ent_str_of(w->identity[1]) },
        { 'c', ent_str_of(w->identity[2]) },
    };
    ent_err err = { 0 };
    ent_buf buf;
    ent_str out;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < text.size; i++) {
        size_t n = 0;

        while (n < sizeof names / sizeof *names &&
               !(text.ptr[i] == '@' && i + 1 < text.size && text.ptr[i + 1] == names[n].letter))
            n++;
        if (n == sizeof names / sizeof *names) {
            ent_buf_byte(&buf, (uint8_t)text.ptr[i]);
            continue;
        }
        ent_buf_str(&buf, names[n].is);
        i++;
    }
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

/* {"signature","statement"}, as the owner's node signs it. */
static ent_str grant_write(const struct fuzz_world *w, ent_arena *arena, ent_str statement)
{
    ent_hash hash = link_statement_hash(statement);
    uint8_t signature[64];
    char hex[129];
    ent_err err = { 0 };
    ent_buf buf;
    ent_str out;

    (void)crypto_sign_detached(signature, NULL, hash.bytes, ENT_HASH_SIZE, w->o.s.a->secret);
    ent_hex_write(signature, 64, hex);
    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf, "{\"signature\":\"%s\",\"statement\":", hex);
    ent_json_string_write(&buf, statement);
    ent_buf_byte(&buf, '}');
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

static ent_str carried_write(struct fuzz_world *w, ent_arena *arena, ent_str grant)
{
    return received_signed(
        w->o.s.b, arena,
        received_canonical(
            arena, ent_arena_printf(arena,
                                    "{\"kind\":\"release\",\"version\":1,\"id\":\"0b51a6f0-1c4e-"
                                    "4c7a-9f7e-0000000000ee\",\"agreement\":\"%s\",\"from\":"
                                    "\"SVB\",\"to\":\"CTB\",\"purpose\":\"CT-INV\",\"drafted\":"
                                    "\"2024-11-10T12:00:00.000Z\",\"objects\":[],\"onward\":"
                                    "[%.*s]}",
                                    w->o.s.agreement, ENT_STR_ARG(grant))));
}

static ent_str body_make(struct fuzz_world *w, ent_arena *arena, unsigned meaning, ent_str text)
{
    sim_node *from = &w->o.s.world.nodes[meanings[meaning].from];
    enum wrap wrap = meanings[meaning].wrap;
    ent_str grant;

    if (text.ptr == NULL || wrap == WHOLE)
        return text;
    text = received_canonical(arena, text);
    if (text.ptr == NULL)
        return text;
    if (wrap == APPROVED)
        return received_signed(from, arena, text);
    grant = grant_write(w, arena, text);
    if (grant.ptr == NULL || wrap == GRANTED)
        return grant.ptr == NULL ? grant : carried_write(w, arena, grant);
    return received_canonical(
        arena,
        wrap == GRANT
            ? ent_arena_printf(arena, "{\"grant\":%.*s,\"request\":\"%.*s\",\"state\":\"granted\"}",
                               ENT_STR_ARG(grant), ENT_STR_ARG(w->o.request))
        : wrap == AMENDED ? ent_arena_printf(arena, "{\"onward\":%.*s}", ENT_STR_ARG(grant))
                          : ent_arena_printf(arena, "{\"corrects\":[\"%.*s\"],\"onward\":%.*s}",
                                             ENT_STR_ARG(w->o.passed), ENT_STR_ARG(grant)));
}

/* ---- what the third node holds of the owner ---- */

struct kept {
    ent_str grant;  /* text, or nothing */
    ent_str had[8]; /* before */
    size_t count;
    bool collect;
    ent_arena *arena;
};

static ent_code kept_row(void *arg, const store_row *row, ent_err *err)
{
    struct kept *k = arg;

    (void)err;
    if (k->collect && k->count < 8)
        k->had[k->count++] = ent_arena_str(k->arena, row->bytes);
    if (k->collect || row->tombstone.size > 0)
        return ENT_OK;
    for (size_t i = 0; i < k->count; i++)
        if (ent_str_equal(k->had[i], row->bytes))
            return ENT_OK;
    CHECK(k->grant.ptr != NULL &&
          has(k->grant.ptr, k->grant.size, ent_arena_str(k->arena, row->bytes).ptr));
    return ENT_OK;
}

/* Once more, to look at what is there then. */
static void third_check(struct fuzz_world *w, ent_arena *arena, unsigned meaning, ent_str body,
                        ent_str grant, uint64_t seq)
{
    sim_node *c = w->o.c;
    const char *teller = w->o.s.world.nodes[meanings[meaning].from].code;
    store_query query = { .owner = "DSV", .versions = true };
    struct kept k = { .grant = grant, .collect = true, .arena = arena };
    ent_err err = { 0 };

    CHECK_OK(store_objects_each(c->d.store, &query, kept_row, &k, &err), &err);
    CHECK_OK(store_begin(c->d.store, &err), &err);
    (void)received_apply(c, arena, teller, meanings[meaning].kind, body, seq);
    k.collect = false;
    CHECK_OK(store_objects_each(c->d.store, &query, kept_row, &k, &err), &err);
    store_rollback(c->d.store);
}

static void request_check(const struct fuzz_world *w, ent_arena *arena, ent_str statement)
{
    ent_json json;
    ent_err err = { 0 };

    CHECK_OK(ent_json_read(arena, statement, &json, &err), &err);
    CHECK(ent_str_equal(ent_json_get_text(json, "request"), w->o.request));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_world *w;
    unsigned meaning = size == 0 ? 0 : data[0] % (sizeof meanings / sizeof *meanings);
    sim_node *from, *to;
    ent_arena *arena;
    ent_str text, body;
    uint64_t seq;

    if (w == NULL)
        w = world_build();
    if (size < 1 || size > (1 << 16))
        return 0;
    from = &w->o.s.world.nodes[meanings[meaning].from];
    to = &w->o.s.world.nodes[meanings[meaning].to];
    seq = from->said[meanings[meaning].to];
    arena = ent_arena_new(SIM_ROOM);
    text = fill(w, arena, (ent_str){ (const char *)data + 1, size - 1 });
    body = body_make(w, arena, meaning, text);
    if (body.ptr != NULL) {
        enum wrap wrap = meanings[meaning].wrap;

        bool accepted = received_check(to, arena, from->code, meanings[meaning].kind, body, seq);

        if (accepted && wrap == GRANT)
            request_check(w, arena, text);
        w->accepted[meaning] += accepted;
        if (to == w->o.c)
            third_check(w, arena, meaning, body,
                        wrap == GRANTED || wrap == PASSED ? received_canonical(arena, text)
                                                          : ENT_STR_NONE,
                        seq);
        if (getenv("FUZZ_SAYS") != NULL)
            (void)fprintf(stderr, "meaning %u: accepted %d\n", meaning, w->accepted[meaning]);
    }
    ent_arena_free(arena);
    return 0;
}
