/*
 * casework_oversight_fuzz -- everything that a partner's oversight body can say to ours.
 *
 * A world of two services is built once: SVB was given a record of a person who has complained
 * here, twice, was asked about one of the complaints and has not answered, and the person's
 * document is exempt here.  An input is up to eight bodies: a question, a reply, an exemption with
 * two signatures or fewer, heads of a log, each with bytes of the input where its list stands,
 * or bytes alone.
 *
 * Oracle: what is refused changed nothing; nothing that is said changes an object, an exemption of
 * ours, or a complaint about which SVB was not asked; it is heard once for each time that it was
 * asked; what it says is kept as its own.
 */
#include "fuzz/received.h"
#include "sim/release_stage.h"

#include "casework/redress.h"
#include "desk/work.h"
#include "node/receivers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODIES 8
#define OURS   "doc:QCL:C0447120"
#define OTHER  "0b51a6f0-1c4e-4c7a-9f7e-0000000000aa"

static const char *const purposes[] = { "CT-INV", "CT-PREV", "FRAUD", "" };
/* What no word of theirs may change, and what one may add to. */
static const char *const fixed[] = {
    "same", "outbox", "given", "release", "draft", "redress-exempt"
};
static const char *const all[] = { "same",   "outbox",         "given",   "release",
                                   "draft",  "redress-exempt", "redress", "redress-in",
                                   "exempt", "heads-in",       "journal" };

#define COUNT(list) (sizeof(list) / sizeof *(list))

struct fuzz_world {
    struct stage s;
    char asked[37], not_asked[37];
    ent_str untouched; /* the complaint about which it was not asked */
};

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static unsigned take(input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static ent_str take_text(input *in, ent_arena *arena)
{
    size_t size = 2 * (size_t)take(in);
    ent_str text;

    size = size < in->left ? size : in->left;
    text = ent_arena_str(arena, (ent_str){ (const char *)in->at, size });
    in->at += size;
    in->left -= size;
    return text;
}

/* ---- the world ---- */

static desk_officer inspector(sim_node *n)
{
    desk_officer o = n->people[3].officer;

    o.role = "oversight";
    return o;
}

static void complain(struct fuzz_world *w, const char *reference, char id[37], casework_redress *r)
{
    const ent_str keys[] = { ENT_STR("doc:qcl:c0447120") };
    casework_complaint c = { .reference = ent_str_of(reference),
                             .name = ENT_STR("Anna Orlova"),
                             .birth = ENT_STR("1991-03-07"),
                             .text = ENT_STR("I am stopped at every border"),
                             .keys = keys,
                             .key_count = 1 };
    desk_officer o = inspector(w->s.a);
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(w->s.a, casework_redress_open(&w->s.a->d, w->s.arena, &c, &o, r, &err), &err),
             &err);
    memcpy(id, r->id.ptr, 36);
}

static void exempt_put(struct fuzz_world *w)
{
    store_doc doc = { .kind = ENT_STR("exempt"),
                      .id = ENT_STR(OURS),
                      .state = ENT_STR("kept"),
                      .json = ENT_STR("\"RD-1\"") };
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(w->s.a, store_doc_put(w->s.a->d.store, &doc, &err), &err), &err);
}

static ent_str complaint_of(struct fuzz_world *w, ent_arena *arena, const char *id)
{
    casework_redress r;
    ent_err err = { 0 };

    CHECK_OK(casework_redress_find(&w->s.a->d, arena, ent_str_of(id), &r, &err), &err);
    return ent_json_raw(r.json);
}

static struct fuzz_world *world_build(void)
{
    static struct fuzz_world w;
    desk_officer o;
    casework_redress r;
    ent_err err = { 0 };
    size_t count;

    stage_set(&w.s, 2);
    for (int i = 0; i < 2; i++)
        w.s.world.nodes[i].d.above = node_receivers;
    (void)release(&w.s, ANNA);
    complain(&w, "RD-2", w.not_asked, &r);
    w.untouched = complaint_of(&w, w.s.arena, w.not_asked);
    complain(&w, "RD-1", w.asked, &r);
    o = inspector(w.s.a);
    CHECK_OK(SIM_WORK(w.s.a,
                      casework_redress_ask(&w.s.a->d, w.s.arena, &r, "SVB", &o, &count, &err),
                      &err),
             &err);
    sim_carry(&w.s.world);
    exempt_put(&w);
    return &w;
}

/* ---- one body ---- */

static ent_str question(ent_arena *arena, const char *id, ent_str list)
{
    return ent_arena_printf(arena, "{\"by\":\"x\",\"id\":\"%s\",\"ids\":[%.*s],\"step\":\"ask\"}",
                            id, ENT_STR_ARG(list));
}

static ent_str reply(ent_arena *arena, const char *id, ent_str list)
{
    return ent_arena_printf(arena,
                            "{\"by\":\"x\",\"id\":\"%s\",\"items\":[%.*s],\"step\":\"reply\"}", id,
                            ENT_STR_ARG(list));
}

static ent_str heads(ent_arena *arena, ent_str text)
{
    return ent_arena_printf(arena,
                            "{\"by\":\"x\",\"heard\":\"7\",\"said\":%.*s,\"step\":\"heads\"}",
                            ENT_STR_ARG(text));
}

/* With both signatures, unless `how` says that one is missing or of other words. */
static ent_str exemption(struct fuzz_world *w, ent_arena *arena, const char *id, unsigned how,
                         ent_str list)
{
    ent_str said = received_canonical(
        arena, ent_arena_printf(arena,
                                "{\"agreement\":\"%s\",\"id\":\"%s\",\"keys\":[%.*s],\"purpose\":"
                                "\"%s\",\"time\":\"2024-11-10T12:00:00.000Z\"}",
                                w->s.agreement, id, ENT_STR_ARG(list), purposes[how & 3]));

    return received_signed_as(w->s.b, arena, (how & 4) != 0 ? "release" : "exempt", said);
}

static ent_str body_make(struct fuzz_world *w, ent_arena *arena, input *in)
{
    unsigned op = take(in), which = op >> 3 & 3;
    const char *ids[] = { w->asked, w->not_asked, OTHER, "" };
    ent_str text = take_text(in, arena);

    if (text.ptr == NULL)
        text = ENT_STR("");
    switch (op & 7) {
    case 0:
        return received_canonical(arena, question(arena, ids[which], text));
    case 1:
        return received_canonical(arena, reply(arena, ids[which], text));
    case 2:
        return received_canonical(arena, exemption(w, arena, ids[which], op >> 5, text));
    case 3:
        return received_canonical(arena, heads(arena, text));
    case 4:
        return text;
    default:
        return received_canonical(arena, text);
    }
}

/* ---- what must hold ---- */

struct exempts {
    bool ours, strange;
};

static ent_code exempt_look(void *arg, const store_doc *doc, ent_err *err)
{
    struct exempts *e = arg;

    (void)err;
    e->ours = e->ours || (ent_str_is(doc->id, OURS) && doc->peer.size == 0 &&
                          ent_str_is(doc->json, "\"RD-1\""));
    e->strange = e->strange || (!ent_str_is(doc->id, OURS) && !ent_str_is(doc->peer, "SVB"));
    return ENT_OK;
}

static ent_code foreign_look(void *arg, const store_doc *doc, ent_err *err)
{
    (void)err;
    *(bool *)arg = *(bool *)arg || !ent_str_is(doc->peer, "SVB");
    return ENT_OK;
}

static void kept_check(struct fuzz_world *w, ent_arena *arena)
{
    store *held = w->s.a->d.store;
    struct exempts e = { false, false };
    bool foreign = false;
    ent_err err = { 0 };
    ent_json json;

    CHECK_OK(store_docs_each(held, "exempt", NULL, NULL, exempt_look, &e, &err), &err);
    ENT_ASSERT(e.ours && !e.strange);
    CHECK_OK(store_docs_each(held, "redress-in", NULL, NULL, foreign_look, &foreign, &err), &err);
    CHECK_OK(store_docs_each(held, "heads-in", NULL, NULL, foreign_look, &foreign, &err), &err);
    ENT_ASSERT(!foreign);
    ENT_ASSERT(ent_str_equal(w->untouched, complaint_of(w, arena, w->not_asked)));
    CHECK_OK(ent_json_read(arena, complaint_of(w, arena, w->asked), &json, &err), &err);
    ENT_ASSERT(ent_json_count(ent_json_get(json, "partners")) <= 1);
}

static void body_check(struct fuzz_world *w, ent_arena *arena, ent_str body, uint64_t seq)
{
    ent_hash still = received_digest_of(w->s.a, fixed, COUNT(fixed));
    ent_hash before = received_digest_of(w->s.a, all, COUNT(all)), after;

    if (!received_apply(w->s.a, arena, "SVB", LINK_OVERSIGHT, body, seq)) {
        after = received_digest_of(w->s.a, all, COUNT(all));
        ENT_ASSERT(ent_hash_equal(&before, &after));
    }
    after = received_digest_of(w->s.a, fixed, COUNT(fixed));
    ENT_ASSERT(ent_hash_equal(&still, &after));
    kept_check(w, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_world *w;
    input in = { data, size };
    ent_arena *arena;
    ent_err err = { 0 };

    if (w == NULL)
        w = world_build();
    if (size > 1 << 14)
        return 0;
    arena = ent_arena_new(SIM_ROOM);
    CHECK_OK(store_begin(w->s.a->d.store, &err), &err);
    for (uint64_t i = 0; i < BODIES && in.left > 0; i++) {
        ent_str body = body_make(w, arena, &in);

        if (body.ptr != NULL)
            body_check(w, arena, body, 1000 + i);
    }
    store_rollback(w->s.a->d.store);
    ent_arena_free(arena);
    return 0;
}
