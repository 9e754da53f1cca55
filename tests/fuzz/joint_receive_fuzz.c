/*
 * joint_receive_fuzz -- everything a peer can say to the modules above the desk about
 * hypotheses, plans, alerts, views, tasks and facts to be repeated.
 *
 * A world of two desks is built once, with a question asked in each direction, a task, a view
 * and a case under way.  The first byte of an input chooses the kind, the rest is the body;
 * QQ in it stands for the question that the hearer has asked, AA for the one it was asked.
 *
 * Oracle: an error is never the node's own; what is refused changed nothing and is answered
 * by nothing; nobody's object becomes another's.
 */
#include "sim/joint_sim.h"

#include "joint/hypothesis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const link_kind kinds[] = { LINK_HYPOTHESIS, LINK_PLAN, LINK_ALERT,
                                   LINK_OPINION,    LINK_TASK, LINK_REPEAT };

struct fuzz_world {
    sim world;
    ent_arena *arena;
    sim_node *a, *b; /* a says, b hears */
    char asked[37], answered[37];
    bool frozen;
};

static bool hold(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct fuzz_world *w = arg;

    (void)from;
    (void)to;
    (void)entry;
    (void)body;
    return !w->frozen;
}

static void holdings_put(sim_node *n, ent_arena *arena, const char *peer)
{
    static const char person[] = "identity--00000000-0000-4000-8000-000000000001";
    static const char event[] = "event--00000000-0000-4000-8000-000000000002";
    static const char place[] = "location--00000000-0000-4000-8000-000000000003";

    joint_put(n, arena, "", "identity", person, ",\"identity_class\":\"individual\",\"name\":\"x\"",
              joint_label(arena, ""), "doc:QV:1");
    joint_put(n, arena, "", "event", event, ",\"name\":\"x\"", joint_label(arena, ""), NULL);
    joint_put(n, arena, "", "location", place, ",\"latitude\":1,\"longitude\":1",
              joint_label(arena, ""), NULL);
    joint_link(n, arena, "relationship--00000000-0000-4000-8000-000000000004", person, "travelled",
               event, true);
    joint_link(n, arena, "relationship--00000000-0000-4000-8000-000000000005", event, "to", place,
               true);
    joint_doc(n, "hit", "h", peer, "open", "{\"key\":\"doc:QV:1\",\"status\":\"hit\"}");
    joint_doc(
        n, "given",
        ent_arena_printf(arena, "%s/identity--00000000-0000-4000-8000-000000000001", peer).ptr,
        peer, "given", "{}");
}

static void ask(struct fuzz_world *w, sim_node *n, const char *peer, char id[37])
{
    ent_str target[] = { ENT_STR("identity--00000000-0000-4000-8000-000000000001") };
    joint_question q = { .purpose = ENT_STR("CT-INV"),
                         .region = { .circle = true, .lat = 1, .lon = 1, .km = 5 },
                         .from = ENT_STR("2024-09-01"),
                         .to = ENT_STR("2024-09-30"),
                         .tied_to = target,
                         .tied_count = 1,
                         .max_steps = 8,
                         .asked_by = ENT_STR("x") };
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, joint_hypothesis_ask(&n->d, w->arena, &q, &peer, 1, id, &err), &err),
             &err);
}

static struct fuzz_world *world_build(void)
{
    static struct fuzz_world w;
    char agreement[37];

    w.arena = ent_arena_new(SIM_ROOM);
    joint_init(&w.world, 2);
    w.a = &w.world.nodes[0];
    w.b = &w.world.nodes[1];
    w.world.tap = hold;
    w.world.tap_arg = &w;
    joint_agree(&w.world, w.arena, JOINT_TERMS, agreement);
    holdings_put(w.a, w.arena, "SVB");
    holdings_put(w.b, w.arena, "DSV");
    joint_doc(w.b, "view", "00000000-0000-4000-8000-0000000000aa", "DSV", "open",
              "{\"owner\":\"DSV\",\"purpose\":\"CT-INV\",\"peers\":[\"DSV\"],\"opinions\":[]}");
    joint_doc(w.b, "task", "00000000-0000-4000-8000-0000000000bb", "", "proposed",
              "{\"who\":\"DSV\",\"purpose\":\"CT-INV\",\"peers\":[\"DSV\"]}");
    joint_doc(w.b, "alert-case", "00000000-0000-4000-8000-0000000000cc", "", "open",
              "{\"notify\":[\"DSV\"],\"acks\":[]}");
    joint_doc(w.b, "repeat", "00000000-0000-4000-8000-0000000000dd", "DSV", "asked",
              "{\"ids\":[\"identity--1\"]}");
    ask(&w, w.a, "SVB", w.answered);
    (void)sim_carry_from(&w.world, w.a);
    w.frozen = true;
    ask(&w, w.b, "DSV", w.asked);
    sim_carry(&w.world);
    return &w;
}

static ent_str body_make(struct fuzz_world *w, ent_arena *arena, const uint8_t *data, size_t size)
{
    ent_err err = { 0 };
    ent_buf buf;
    ent_str out;

    ent_buf_init(&buf, arena);
    for (size_t i = 1; i < size; i++) {
        bool pair = i + 1 < size && data[i] == data[i + 1] && (data[i] == 'Q' || data[i] == 'A');

        if (pair)
            ent_buf_c(&buf, data[i] == 'Q' ? w->asked : w->answered);
        else
            ent_buf_byte(&buf, data[i]);
        i += pair;
    }
    return ent_buf_done(&buf, &out, &err) == ENT_OK && out.ptr != NULL ? out : ENT_STR("");
}

/* ---- what a refusal must leave as it was ---- */

static ent_code doc_add(void *arg, const store_doc *doc, ent_err *err)
{
    crypto_generichash_state *state = arg;
    const ent_str texts[] = { doc->kind, doc->id, doc->state, doc->json };

    (void)err;
    if (ent_str_is(doc->kind, "refused") || ent_str_is(doc->kind, "position"))
        return ENT_OK;
    for (size_t i = 0; i < 4; i++)
        if (texts[i].size > 0)
            (void)crypto_generichash_update(state, (const uint8_t *)texts[i].ptr, texts[i].size);
    return ENT_OK;
}

static ent_hash docs_digest(sim_node *n)
{
    static const char *const all[] = { "outbox",    "hypothesis", "hypothesis-peer", "question",
                                       "plan-run",  "clash",      "plan-secret",     "alert-case",
                                       "view",      "task",       "alert-case-in",   "repeat",
                                       "repeat-in", "erase",      "plan-compared" };
    crypto_generichash_state state;
    ent_err err = { 0 };
    ent_hash hash;

    (void)crypto_generichash_init(&state, NULL, 0, ENT_HASH_SIZE);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CHECK_OK(store_docs_each(n->d.store, all[i], NULL, NULL, doc_add, &state, &err), &err);
    (void)crypto_generichash_final(&state, hash.bytes, ENT_HASH_SIZE);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_world *w;
    link_entry entry = { .seq = 1000, .time = SIM_NOW };
    ent_hash before, after;
    ent_arena *arena;
    int64_t objects[2];
    ent_err err = { 0 };
    ent_str body;
    int refused;

    if (w == NULL)
        w = world_build();
    if (size < 2 || size > 1 << 16)
        return 0;
    arena = ent_arena_new(SIM_ROOM);
    entry.kind = kinds[data[0] % (sizeof kinds / sizeof *kinds)];
    memcpy(entry.id, "0b51a6f0-1c4e-4c7a-9f7e-0000000000cc", 37);
    body = body_make(w, arena, data, size);
    CHECK_OK(store_begin(w->b->d.store, &err), &err);
    CHECK_OK(store_count(w->b->d.store, NULL, &objects[0], &err), &err);
    before = docs_digest(w->b);
    refused = sim_doc_count(w->b, "refused", NULL);
    CHECK_OK(desk_receive(&w->b->d, arena, "DSV", &entry, ent_span_of_str(body), &err), &err);
    after = docs_digest(w->b);
    if (sim_doc_count(w->b, "refused", NULL) != refused)
        CHECK(ent_hash_equal(&before, &after));
    CHECK_OK(store_count(w->b->d.store, NULL, &objects[1], &err), &err);
    CHECK(objects[0] == objects[1]);
    store_rollback(w->b->d.store);
    ent_arena_free(arena);
    return 0;
}
