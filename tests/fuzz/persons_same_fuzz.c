/*
 * persons_same_fuzz -- everything a peer can say about who is the same person.
 *
 * A world of two services is built once.  DSV holds six people, two of whom are a witness and
 * one not to be disclosed; SVB knows four.  Five statements stand there, proposed, confirmed,
 * never, by either service, and one that SVB has not heard of.  An input is up to eight acts of
 * SVB's: each by choice about one of these or a new one, signed as it should be or not, or with
 * bytes of the input as the statement or as the whole body.
 *
 * Oracle: what is refused changed nothing; what is accepted and said again changes nothing more;
 * no object changes.  A shared join that is confirmed has one person of each service; what was
 * not shared stays as it was; nobody whom the peer does not know is in a statement of its; who is
 * protected is joined to nobody, nor the two of whom somebody says never.
 */
#include "fuzz/received.h"
#include "sim/release_stage.h"

#include "desk/work.h"
#include "node/receivers.h"
#include "persons/same_int.h"
#include "resolve/cluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CARL "identity--0b51a6f0-1c4e-4c7a-9f7e-00000000000a"
#define DORA "identity--0b51a6f0-1c4e-4c7a-9f7e-00000000000b"
#define ACTS 8

static const char *const people[] = { ANNA, BORIS, CARL, DORA, WITN, XOBJ, ORCON, PASS };
static const char *const acts[] = { "propose", "confirm", "never", "undo" };
static const char *const purposes[] = { "CT-INV", "CT-PREV", "FRAUD", "" };
static const char *const kinds[] = { "same", "outbox", "given", "exempt", "release", "draft" };

enum { STRUCTURED, KNOWN, TEXT, BODY };

struct fuzz_world {
    struct stage s;
    persons_same known[5];
    size_t known_count;
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

static ent_str take_text(input *in, ent_arena *arena, size_t size)
{
    ent_str text;

    size = size < in->left ? size : in->left;
    text = ent_arena_str(arena, (ent_str){ (const char *)in->at, size });
    in->at += size;
    in->left -= size;
    return text;
}

/* ---- the world ---- */

static persons_wish wish_of(sim_node *n, const char *a, const char *b, const char *peer)
{
    return (persons_wish){ .a = ent_str_of(a),
                           .b = ent_str_of(b),
                           .why = ENT_STR("seen"),
                           .peer = peer,
                           .purpose = peer == NULL ? ENT_STR_NONE : ENT_STR("CT-INV"),
                           .officer = &n->people[4].officer };
}

static ent_str propose(struct fuzz_world *w, sim_node *n, const char *a, const char *b,
                       const char *peer)
{
    persons_wish wish = wish_of(n, a, b, peer);
    persons_same same;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, persons_propose(&n->d, w->s.arena, &wish, &same, &err), &err), &err);
    sim_carry(&w->s.world);
    return same.id;
}

static void confirm(struct fuzz_world *w, sim_node *n, ent_str id)
{
    desk_officer officer = n->people[3].officer;
    persons_same same;
    ent_err err = { 0 };

    officer.role = "analyst";
    CHECK_OK(SIM_WORK(n, persons_confirm(&n->d, w->s.arena, id, &officer, &same, &err), &err),
             &err);
    sim_carry(&w->s.world);
}

static void statements_make(struct fuzz_world *w)
{
    sim_node *a = w->s.a, *b = w->s.b;
    persons_wish never = wish_of(a, CARL, DORA, "SVB");
    persons_same same, *list;
    ent_err err = { 0 };
    ent_str id;

    (void)propose(w, a, ANNA, BORIS, "SVB");
    CHECK_OK(SIM_WORK(a, persons_never(&a->d, w->s.arena, &never, &same, &err), &err), &err);
    sim_carry(&w->s.world);
    (void)propose(w, b, ANNA, CARL, "DSV");
    id = propose(w, a, BORIS, DORA, NULL);
    confirm(w, a, id);
    id = propose(w, a, ANNA, DORA, "SVB");
    confirm(w, b, id);
    CHECK_INT(sim_doc_count(a, "refused", NULL), 0);
    CHECK_OK(persons_same_list(&a->d, w->s.arena, NULL, NULL, &list, &w->known_count, &err), &err);
    CHECK_INT(w->known_count, 5);
    memcpy(w->known, list, sizeof w->known);
}

static struct fuzz_world *world_build(void)
{
    static struct fuzz_world w;
    const char *const told[] = { ANNA, BORIS, CARL, DORA };

    stage_set(&w.s, 2);
    for (int i = 0; i < 2; i++)
        w.s.world.nodes[i].d.above = node_receivers;
    person(w.s.a, w.s.arena, CARL, "Carl Orlov", SUSPECT);
    person(w.s.a, w.s.arena, DORA, "Dora Orlova", SUSPECT);
    (void)release_many(&w.s, told, 4);
    statements_make(&w);
    return &w;
}

/* ---- one act of the peer's ---- */

static ent_str statement_make(ent_arena *arena, input *in)
{
    unsigned who = take(in), how = take(in);
    ent_err err = { 0 };
    resolve_statement said = {
        .id = ent_arena_printf(arena, "0b51a6f0-1c4e-4c7a-9f7e-0000000000e%u", how >> 2 & 3),
        .kind = (resolve_kind)(how & 3) > RESOLVE_UNDO ? RESOLVE_SAME : (resolve_kind)(how & 3),
        .a = ent_str_of(people[who & 7]),
        .b = ent_str_of(people[who >> 3 & 7]),
        .undoes = ENT_STR("0b51a6f0-1c4e-4c7a-9f7e-0000000000e0"),
        .by = ENT_STR("SVB/s.analyst"),
        .at = ENT_STR("2024-11-10T12:00:00.000Z"),
        .score = (double)(how >> 4) / 16
    };
    ent_str text;

    return resolve_statement_write(arena, &said, &text, &err) == ENT_OK ? text : ENT_STR_NONE;
}

static ent_str body_write(ent_arena *arena, ent_str id, const char *purpose, ent_str statement,
                          const persons_act *act)
{
    ent_str text;
    ent_err err = { 0 };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "act", act->text);
    desk_put(&w, "id", id);
    desk_put(&w, "purpose", ent_str_of(purpose));
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, act->signature, sizeof act->signature);
    desk_put(&w, "statement", statement);
    ent_jw_end(&w);
    return ent_buf_done(&buf, &text, &err) == ENT_OK ? received_canonical(arena, text)
                                                     : ENT_STR_NONE;
}

static ent_str id_of(ent_arena *arena, ent_str statement)
{
    ent_err err = { 0 };
    ent_json json;

    return ent_json_read(arena, statement, &json, &err) == ENT_OK ? ent_json_get_text(json, "id")
                                                                  : ENT_STR("x");
}

static ent_str body_make(struct fuzz_world *w, ent_arena *arena, input *in)
{
    unsigned op = take(in), how = op >> 2 & 3;
    desk speaker = w->s.b->d;
    ent_str statement, id;
    persons_act act;
    ent_err err = { 0 };

    if (how == BODY)
        return received_canonical(arena, take_text(in, arena, 4 * (size_t)take(in)));
    if (how == KNOWN)
        statement = w->known[(op >> 4) % w->known_count].statement;
    else if (how == TEXT)
        statement = received_canonical(arena, take_text(in, arena, 2 * (size_t)take(in)));
    else
        statement = statement_make(arena, in);
    if (statement.ptr == NULL)
        return ENT_STR_NONE;
    id = id_of(arena, statement);
    how = take(in);
    if ((how & 12) == 12)
        speaker.code = "DSV"; /* in another's name */
    if (persons_act_make(&speaker, arena, acts[op & 3], statement, ENT_STR_NONE,
                         &w->s.b->people[how >> 4 & 3].officer, &act, &err) != ENT_OK)
        return ENT_STR_NONE;
    if ((how & 12) == 8)
        act.signature[how >> 4] ^= 1;
    return body_write(arena, id, purposes[how & 3], statement, &act);
}

/* ---- what must hold ---- */

static bool known_to_peer(ent_str id)
{
    for (size_t i = 0; i < 4; i++)
        if (ent_str_is(id, people[i]))
            return true;
    return false;
}

static void statement_check(const struct fuzz_world *w, const persons_same *same)
{
    ENT_ASSERT(!ent_str_is(same->state, "broken") && same->act_count > 0);
    if (same->peer.size == 0) {
        ENT_ASSERT(ent_str_equal(same->id, w->known[3].id) ||
                   ent_str_equal(same->id, w->known[4].id));
        ENT_ASSERT(ent_str_is(same->state, "confirmed"));
        return;
    }
    ENT_ASSERT(ent_str_is(same->peer, "SVB"));
    ENT_ASSERT(known_to_peer(same->said.a) && known_to_peer(same->said.b));
    if (!ent_str_is(same->state, "confirmed"))
        return;
    ENT_ASSERT(same->act_count == 2 && same->said.kind == RESOLVE_SAME);
    ENT_ASSERT(ent_str_is(same->acts[0].act, "propose"));
    ENT_ASSERT(!ent_str_equal(same->acts[0].node, same->acts[1].node));
}

static void statements_check(struct fuzz_world *w, ent_arena *arena)
{
    desk *d = &w->s.a->d;
    resolve_clusters clusters;
    persons_same *list;
    ent_err err = { 0 };
    size_t count, not_shared = 0;

    CHECK_OK(persons_same_list(d, arena, NULL, NULL, &list, &count, &err), &err);
    CHECK_OK(persons_clusters(d, arena, NULL, &clusters, &err), &err);
    for (size_t i = 0; i < count; i++) {
        statement_check(w, &list[i]);
        not_shared += list[i].peer.size == 0;
        if (ent_str_is(list[i].state, "never"))
            ENT_ASSERT(!resolve_same(&clusters, list[i].said.a, list[i].said.b));
    }
    ENT_ASSERT(count >= w->known_count && not_shared == 1);
    for (size_t i = 0; i + 1 < sizeof people / sizeof *people; i++)
        if (i != 4)
            ENT_ASSERT(!resolve_same(&clusters, ENT_STR(WITN), ent_str_of(people[i])));
}

static void act_check(struct fuzz_world *w, ent_arena *arena, ent_str body, uint64_t seq)
{
    const size_t count = sizeof kinds / sizeof *kinds;
    ent_hash before = received_digest_of(w->s.a, kinds, count), after, again;
    ent_hash objects = received_digest_of(w->s.a, NULL, 0), now;
    bool accepted = received_apply(w->s.a, arena, "SVB", LINK_SAME, body, seq);

    after = received_digest_of(w->s.a, kinds, count);
    ENT_ASSERT(accepted || ent_hash_equal(&before, &after));
    (void)received_apply(w->s.a, arena, "SVB", LINK_SAME, body, seq + 1);
    again = received_digest_of(w->s.a, kinds, count);
    ENT_ASSERT(ent_hash_equal(&after, &again));
    now = received_digest_of(w->s.a, NULL, 0);
    ENT_ASSERT(ent_hash_equal(&objects, &now));
    statements_check(w, arena);
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
    for (uint64_t i = 0; i < ACTS && in.left > 0; i++) {
        ent_str body = body_make(w, arena, &in);

        if (body.ptr != NULL)
            act_check(w, arena, body, 1000 + 2 * i);
    }
    store_rollback(w->s.a->d.store);
    ent_arena_free(arena);
    return 0;
}
