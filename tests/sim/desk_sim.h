/*
 * sim/desk_sim -- several desks in one process, in virtual time.
 *
 * Each node has a store in memory, an identity key and five people.  What it puts into
 * its outbox is carried straight to the other's desk_receive, as the link would: in
 * order, inside a transaction that moves the position.  `sim_crash` makes every
 * application happen, be rolled back, and happen again; `sim_twice` offers every entry
 * a second time.
 */
#ifndef ENT_SIM_DESK_SIM_H
#define ENT_SIM_DESK_SIM_H

#include "test.h"

#include "base/hash.h"
#include "base/text.h"
#include "desk/agreement.h"
#include "match/match.h"
#include "match/receive.h"
#include "desk/desk.h"
#include "link/approval.h"

#include <sodium.h>

#define SIM_ROOM   ((size_t)512 << 20)
#define SIM_PEOPLE 5
#define SIM_NODES  3
#define SIM_NOW    (INT64_C(1731240000) * ENT_SECOND) /* 2024-11-10T12:00:00Z */

typedef struct sim_person {
    char name[32];
    const char *role;
    uint8_t secret[64];
    desk_officer officer;
} sim_person;

typedef struct sim_node {
    desk d;
    char code[9];
    uint8_t secret[64];
    sim_person people[SIM_PEOPLE]; /* fdo1, fdo2 (disclosure), legal, liaison, analyst */
    uint64_t said[SIM_NODES];      /* entries of our log for each other node */
    uint64_t drawn;                /* randomness used */
    struct sim *world;
    int index;
} sim_node;

typedef struct sim {
    sim_node nodes[SIM_NODES];
    int count;
    bool crash, twice, unlinked;
    bool late; /* the work of matches is done when all that was said is heard */
    size_t carried, bytes;
    /* A test may look at, or change, what is carried; false drops it. */
    bool (*tap)(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body);
    void *tap_arg;
} sim;

static inline void sim_random(void *arg, void *bytes, size_t size)
{
    sim_node *n = arg;
    uint8_t seed[randombytes_SEEDBYTES] = { 0 };

    seed[0] = (uint8_t)n->index;
    memcpy(seed + 8, &n->drawn, sizeof n->drawn);
    n->drawn++;
    randombytes_buf_deterministic(bytes, size, seed);
}

static inline sim_node *sim_find(sim *world, const char *code)
{
    for (int i = 0; i < world->count; i++)
        if (strcmp(world->nodes[i].code, code) == 0)
            return &world->nodes[i];
    return NULL;
}

static inline ent_code sim_peer(void *arg, ent_arena *arena, const char *code, desk_peer *peer,
                                ent_err *err)
{
    sim_node *n = arg, *other = sim_find(n->world, code);

    (void)arena;
    if (other == NULL || other == n || n->world->unlinked)
        return ent_fail(err, ENT_NOT_FOUND, "there is no peer '%s'", code);
    *peer = (desk_peer){ .code = other->code, .name = other->d.name };
    memcpy(peer->identity, other->d.identity, 32);
    memcpy(peer->key, other->d.identity, 32);
    return ENT_OK;
}

/* As the signer does it: two persons, neither of them the drafter. */
static inline ent_code sim_statement(void *arg, ent_arena *arena, ent_str statement,
                                     ent_json approvals, ent_str drafter, uint8_t signature[64],
                                     ent_err *err)
{
    sim_node *n = arg;
    ent_hash hash = link_statement_hash(statement);
    const char *what;
    ent_json json;
    int good = 0;

    if (ent_json_read(arena, statement, &json, err) != ENT_OK)
        return err->code;
    what = ent_str_is(ent_json_get_text(json, "kind"), "acceptance") ? "agreement" : "release";
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v))
        for (int i = 0; i < SIM_PEOPLE; i++) {
            uint8_t given[64];

            if (!ent_str_is(ent_json_get_text(v, "officer"), n->people[i].name) ||
                ent_str_is(drafter, n->people[i].name))
                continue;
            if (ent_hex_read(ent_json_get_text(v, "signature"), given, 64, err) != ENT_OK ||
                !link_approval_verify(what, statement, n->people[i].officer.key, given))
                return ent_fail(err, ENT_UNTRUSTED, "an approval does not verify");
            good++;
        }
    if (good < (ent_json_get(json, "emergency").doc != NULL ? 1 : 2))
        return ent_fail(err, ENT_DENIED, "two officers must approve");
    crypto_sign_detached(signature, NULL, hash.bytes, ENT_HASH_SIZE, n->secret);
    return ENT_OK;
}

static inline ent_code sim_officers(void *arg, ent_arena *arena, ent_str *lines, ent_err *err)
{
    sim_node *n = arg;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (int i = 0; i < SIM_PEOPLE; i++) {
        char hex[65];

        ent_hex_write(n->people[i].officer.key, 32, hex);
        ent_buf_printf(&buf, "%s %s %s\n", hex, n->people[i].role, n->people[i].name);
    }
    return ent_buf_done(&buf, lines, err);
}

static inline void sim_sign(void *arg, const void *bytes, size_t size, uint8_t signature[64])
{
    crypto_sign_detached(signature, NULL, bytes, size, ((sim_person *)arg)->secret);
}

static inline void sim_node_init(sim *world, int index, const char *code)
{
    static const char *const roles[] = { "disclosure", "disclosure", "legal", "liaison",
                                         "analyst" };
    static const char *const names[] = { "fdo1", "fdo2", "legal", "liaison", "analyst" };
    static const desk_receiver above[LINK_KIND_COUNT] = {
        [LINK_MATCH] = match_receive, [LINK_STANDING] = match_standing_receive
    };
    sim_node *n = &world->nodes[index];
    uint8_t seed[32] = { 0 };
    ent_err err = { 0 };

    *n = (sim_node){ .world = world, .index = index };
    (void)snprintf(n->code, sizeof n->code, "%s", code);
    n->d = (desk){ .above = above,
                   .released = match_leaves_open,
                   .now = SIM_NOW,
                   .code = n->code,
                   .name = ent_str_of(n->code),
                   .arg = n,
                   .random = sim_random,
                   .peer = sim_peer,
                   .statement = sim_statement,
                   .officers = sim_officers };
    CHECK_OK(store_open(":memory:", &n->d.store, &err), &err);
    sim_random(n, seed, sizeof seed);
    crypto_sign_seed_keypair(n->d.identity, n->secret, seed);
    for (int i = 0; i < SIM_PEOPLE; i++) {
        sim_person *p = &n->people[i];

        (void)snprintf(p->name, sizeof p->name, "%c.%s", (char)(code[0] - 'A' + 'a'), names[i]);
        p->role = roles[i];
        p->officer = (desk_officer){ .name = p->name, .role = p->role, .sign = sim_sign, .arg = p };
        sim_random(n, seed, sizeof seed);
        crypto_sign_seed_keypair(p->officer.key, p->secret, seed);
    }
}

static inline void sim_init(sim *world, int count)
{
    static const char *const codes[] = { "DSV", "SVB", "CTB" };

    assert_true(sodium_init() >= 0);
    *world = (sim){ .count = count };
    for (int i = 0; i < count; i++)
        sim_node_init(world, i, codes[i]);
}

static inline void sim_release(sim *world)
{
    for (int i = 0; i < world->count; i++)
        store_close(world->nodes[i].d.store);
}

/* One entry at the receiving desk, as node/desk does it. */
static inline void sim_apply(sim_node *from, sim_node *to, const link_entry *entry, ent_span body)
{
    sim *world = from->world;
    int times = 1 + world->crash + world->twice;

    for (int i = 0; i < times; i++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_err err = { 0 };
        uint64_t next;

        CHECK_OK(store_begin(to->d.store, &err), &err);
        CHECK_OK(desk_position(&to->d, arena, from->code, &next, &err), &err);
        if (entry->seq == next)
            CHECK_OK(desk_receive(&to->d, arena, from->code, entry, body, &err), &err);
        if (i == 0 && world->crash)
            store_rollback(to->d.store);
        else
            CHECK_OK(store_commit(to->d.store, &err), &err);
        if (i + 1 == times && !world->late)
            CHECK_OK(match_work(&to->d, arena, &(size_t){ 0 }, &err), &err);
        ent_arena_free(arena);
    }
}

struct sim_outbox {
    ent_arena *arena;
    store_doc docs[64];
    size_t count;
};

static inline ent_code sim_outbox_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct sim_outbox *box = arg;
    store_doc *to = &box->docs[box->count];

    (void)err;
    if (box->count == 64)
        return ENT_OK;
    to->id = ent_arena_str(box->arena, doc->id);
    to->peer = ent_arena_str(box->arena, doc->peer);
    to->json = ent_arena_str(box->arena, doc->json);
    assert_non_null(to->json.ptr);
    box->count++;
    return ENT_OK;
}

static inline ent_span sim_outbox_body(sim_node *from, ent_arena *arena, ent_str id)
{
    ent_err err = { 0 };
    store_doc doc;

    CHECK_OK(store_doc_get(from->d.store, arena, "outbox", id, &doc, &err), &err);
    return (ent_span){ doc.bytes.ptr, doc.bytes.size };
}

/* What one node has to say is said and heard.  How many entries. */
static inline size_t sim_carry_from(sim *world, sim_node *from)
{
    struct sim_outbox box = { .arena = ent_arena_new(SIM_ROOM) };
    ent_err err = { 0 };

    CHECK_OK(store_docs_each(from->d.store, "outbox", NULL, "waiting", sim_outbox_take, &box, &err),
             &err);
    for (size_t i = 0; i < box.count; i++) {
        sim_node *to = sim_find(world, box.docs[i].peer.ptr);
        link_entry entry = { .time = from->d.now };
        ent_json json;
        ent_span body;

        assert_non_null(to);
        CHECK_OK(ent_json_read(box.arena, box.docs[i].json, &json, &err), &err);
        CHECK(link_kind_read(ent_json_get_text(json, "kind"), &entry.kind));
        body = sim_outbox_body(from, box.arena, box.docs[i].id);
        memcpy(entry.id, box.docs[i].id.ptr, 37);
        entry.seq = from->said[to->index];
        entry.body = ent_hash_of(body.ptr, body.size);
        world->carried++;
        world->bytes += body.size;
        if (world->tap == NULL || world->tap(world->tap_arg, from, to, &entry, &body)) {
            from->said[to->index]++;
            sim_apply(from, to, &entry, body);
        }
        CHECK_OK(store_begin(from->d.store, &err), &err);
        CHECK_OK(store_doc_delete(from->d.store, "outbox", box.docs[i].id, &err), &err);
        CHECK_OK(store_commit(from->d.store, &err), &err);
    }
    ent_arena_free(box.arena);
    return box.count;
}

/* What waited for it, at every node. */
static inline size_t sim_work(sim *world)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    size_t done, all = 0;

    for (int i = 0; i < world->count; i++)
        do {
            CHECK_OK(match_work(&world->nodes[i].d, arena, &done, &err), &err);
            all += done;
        } while (done > 0);
    ent_arena_free(arena);
    return all;
}

/* Until nobody has anything to say. */
static inline void sim_carry(sim *world)
{
    size_t said;

    do {
        said = 0;
        for (int i = 0; i < world->count; i++)
            said += sim_carry_from(world, &world->nodes[i]);
        if (world->late)
            said += sim_work(world);
    } while (said > 0);
}

/* One piece of work at a node, in its transaction; rolled back if it fails. */
#define SIM_WORK(node, call, err)                                                                   \
    (store_begin((node)->d.store, (err)) != ENT_OK ? (err)->code                                    \
     : (call) != ENT_OK                            ? (store_rollback((node)->d.store), (err)->code) \
                                                   : store_commit((node)->d.store, (err)))

static inline int sim_doc_count(sim_node *n, const char *kind, const char *state);

static inline ent_code sim_doc_counted(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    ++*(int *)arg;
    return ENT_OK;
}

static inline int sim_doc_count(sim_node *n, const char *kind, const char *state)
{
    ent_err err = { 0 };
    int count = 0;

    CHECK_OK(store_docs_each(n->d.store, kind, NULL, state, sim_doc_counted, &count, &err), &err);
    return count;
}

#define SIM_TERMS                                                                           \
    "{\"name\":\"Trilateral\",\"purposes\":[\"CT-INV\",\"CT-PREV\"],\"match\":{\"keys_per_" \
    "day\":100000,\"set_max\":65536},\"release\":true,\"onward\":\"H2\",\"retention_"       \
    "months\":12,\"not_before\":\"2024-01-01\",\"not_after\":\"2025-12-31\"}"

/* The first node proposes to all others. */
static inline void sim_propose(sim *world, ent_arena *arena, const char *terms, char id[37])
{
    const char *peers[SIM_NODES];
    sim_node *first = &world->nodes[0];
    ent_err err = { 0 };

    for (int i = 1; i < world->count; i++)
        peers[i - 1] = world->nodes[i].code;
    CHECK_OK(
        SIM_WORK(first,
                 desk_agreement_propose(&first->d, arena, ent_str_of(terms), peers,
                                        (size_t)world->count - 1, first->people[3].name, id, &err),
                 &err),
        &err);
    sim_carry(world);
}

/* Two officers of a node approve, and it signs. */
static inline void sim_sign_agreement(sim_node *n, ent_arena *arena, const char *id)
{
    ent_err err = { 0 };
    bool done = false;
    int count;

    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(n,
                          desk_agreement_approve(&n->d, arena, ent_str_of(id),
                                                 &n->people[i].officer, &count, &done, &err),
                          &err),
                 &err);
    CHECK(done);
    sim_carry(n->world);
}

/* An agreement among all that is in force. */
static inline void sim_agree(sim *world, ent_arena *arena, char id[37])
{
    sim_propose(world, arena, SIM_TERMS, id);
    for (int i = 0; i < world->count; i++)
        sim_sign_agreement(&world->nodes[i], arena, id);
}

/* An own object with keys, put straight into the store. */
static inline void sim_put(sim_node *n, const char *id, const char *type, const char *bytes,
                           const ent_str *keys, size_t key_count, const ent_str *refs,
                           size_t ref_count)
{
    store_object object = { .owner = ENT_STR(""),
                            .id = ent_str_of(id),
                            .version = ENT_STR("2024-11-01T00:00:00.000Z"),
                            .type = ent_str_of(type),
                            .bytes = ent_str_of(bytes),
                            .received = n->d.now,
                            .source = ENT_STR("test"),
                            .keys = keys,
                            .key_count = key_count,
                            .refs = refs,
                            .ref_count = ref_count };
    store_put_result result;
    ent_err err = { 0 };

    CHECK_OK(store_begin(n->d.store, &err), &err);
    CHECK_OK(store_object_put(n->d.store, &object, &result, &err), &err);
    CHECK_OK(store_commit(n->d.store, &err), &err);
    CHECK(result == STORE_ADDED || result == STORE_UPDATED);
}

#endif
