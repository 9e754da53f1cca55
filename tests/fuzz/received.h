/*
 * fuzz/received -- one entry of a peer's at a desk, and what must hold whatever it says.
 *
 * What is refused changed nothing (but the note of it, and the end of a run that the peer
 * broke); what is accepted and said again changes nothing more; nobody's object becomes ours.
 * The state of a desk is one hash of the documents and objects that a peer can move.
 */
#ifndef ENT_FUZZ_RECEIVED_H
#define ENT_FUZZ_RECEIVED_H

#include "sim/desk_sim.h"

#define RECEIVED_PERSON "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001"

struct received {
    crypto_generichash_state state;
    size_t count;
    bool foreign; /* an object of ours that is not what it was */
};

static inline void received_text(struct received *g, ent_str text)
{
    uint64_t size = text.size;

    (void)crypto_generichash_update(&g->state, (const uint8_t *)&size, sizeof size);
    if (text.size > 0)
        (void)crypto_generichash_update(&g->state, (const uint8_t *)text.ptr, text.size);
}

static inline ent_code received_doc(void *arg, const store_doc *doc, ent_err *err)
{
    (void)err;
    received_text(arg, doc->id);
    received_text(arg, doc->peer);
    received_text(arg, doc->state);
    received_text(arg, doc->json);
    return ENT_OK;
}

static inline ent_code received_row(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    received_text(arg, row->owner);
    received_text(arg, row->id);
    received_text(arg, row->bytes);
    received_text(arg, row->tombstone);
    return ENT_OK;
}

/* Of the documents of these kinds, and of every object. */
static inline ent_hash received_digest_of(sim_node *n, const char *const *kinds, size_t count)
{
    store_query query = { .versions = true };
    struct received g = { .count = 0 };
    ent_err err = { 0 };
    ent_hash hash;

    (void)crypto_generichash_init(&g.state, NULL, 0, ENT_HASH_SIZE);
    for (size_t i = 0; i < count; i++)
        CHECK_OK(store_docs_each(n->d.store, kinds[i], NULL, NULL, received_doc, &g, &err), &err);
    CHECK_OK(store_objects_each(n->d.store, &query, received_row, &g, &err), &err);
    (void)crypto_generichash_final(&g.state, hash.bytes, ENT_HASH_SIZE);
    return hash;
}

static inline ent_hash received_digest(sim_node *n, bool runs, const char *owner)
{
    static const char *const kinds[] = {
        "agreement", "release",      "release-in", "given",
        "recalled",  "draft",        "consent",    "secret",
        "hit",       "release-body", "evidence",   ("evidence:" RECEIVED_PERSON),
        "onward-in", "onward-out",   "basis",      "correction-waiting"
    };
    static const char *const run_kinds[] = { "run",     "run-secret", "run-items",
                                             "run-set", "run-tags",   "run-found" };
    store_query query = { .owner = owner, .versions = true };
    struct received g = { .count = 0 };
    ent_err err = { 0 };
    ent_hash hash;

    (void)crypto_generichash_init(&g.state, NULL, 0, ENT_HASH_SIZE);
    for (size_t i = 0; owner == NULL && i < sizeof kinds / sizeof *kinds; i++)
        CHECK_OK(store_docs_each(n->d.store, kinds[i], NULL, NULL, received_doc, &g, &err), &err);
    for (size_t i = 0; runs && i < sizeof run_kinds / sizeof *run_kinds; i++)
        CHECK_OK(store_docs_each(n->d.store, run_kinds[i], NULL, NULL, received_doc, &g, &err),
                 &err);
    CHECK_OK(store_objects_each(n->d.store, &query, received_row, &g, &err), &err);
    (void)crypto_generichash_final(&g.state, hash.bytes, ENT_HASH_SIZE);
    return hash;
}

static inline ent_str received_canonical(ent_arena *arena, ent_str text)
{
    ent_err err = { 0 };
    ent_json json;
    ent_buf buf;
    ent_str out;

    ent_buf_init(&buf, arena);
    if (text.ptr == NULL || ent_json_read(arena, text, &json, &err) != ENT_OK ||
        ent_json_canon(json, &buf, &err) != ENT_OK || ent_buf_done(&buf, &out, &err) != ENT_OK)
        return ENT_STR_NONE;
    return out;
}

/* The body of what this node's two officers approved as `what`; NONE for no statement. */
static inline ent_str received_signed_as(sim_node *node, ent_arena *arena, const char *what,
                                         ent_str statement)
{
    ent_hash hash;
    ent_buf buf;
    ent_str out;
    ent_err err = { 0 };

    if (statement.ptr == NULL)
        return ENT_STR_NONE;
    hash = link_approval_hash(what, statement);
    ent_buf_init(&buf, arena);
    ent_buf_c(&buf, "{\"approvals\":[");
    for (int i = 0; i < 2; i++) {
        uint8_t signature[64];
        char hex[129];

        sim_sign(&node->people[i], hash.bytes, ENT_HASH_SIZE, signature);
        ent_hex_write(signature, 64, hex);
        ent_buf_printf(&buf, "%s{\"officer\":\"%s\",\"signature\":\"%s\"}", i > 0 ? "," : "",
                       node->people[i].name, hex);
    }
    ent_buf_c(&buf, "],\"statement\":");
    ent_json_string_write(&buf, statement);
    ent_buf_byte(&buf, '}');
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

static inline ent_str received_signed(sim_node *node, ent_arena *arena, ent_str statement)
{
    return received_signed_as(node, arena, "release", statement);
}

static inline bool received_apply(sim_node *hearer, ent_arena *arena, const char *teller,
                                  link_kind kind, ent_str body, uint64_t seq)
{
    link_entry entry = { .seq = seq, .kind = kind, .time = SIM_NOW };
    int refused = sim_doc_count(hearer, "refused", NULL);
    ent_err err = { 0 };

    memcpy(entry.id, "0b51a6f0-1c4e-4c7a-9f7e-0000000000cc", 37);
    CHECK_OK(desk_receive(&hearer->d, arena, teller, &entry, ent_span_of_str(body), &err), &err);
    return sim_doc_count(hearer, "refused", NULL) == refused;
}

/* Says it twice and takes it back; was it accepted? */
static inline bool received_check(sim_node *hearer, ent_arena *arena, const char *teller,
                                  link_kind kind, ent_str body, uint64_t seq)
{
    ent_hash before, after, again, own;
    ent_err err = { 0 };
    bool accepted;

    CHECK_OK(store_begin(hearer->d.store, &err), &err);
    own = received_digest(hearer, false, "");
    before = received_digest(hearer, kind != LINK_MATCH, NULL);
    accepted = received_apply(hearer, arena, teller, kind, body, seq);
    if (accepted) {
        after = received_digest(hearer, true, NULL);
        (void)received_apply(hearer, arena, teller, kind, body, seq + 1);
        again = received_digest(hearer, true, NULL);
        CHECK(ent_hash_equal(&after, &again));
    } else {
        after = received_digest(hearer, kind != LINK_MATCH, NULL);
        CHECK(ent_hash_equal(&before, &after));
    }
    after = received_digest(hearer, false, "");
    CHECK(ent_hash_equal(&own, &after));
    store_rollback(hearer->d.store);
    return accepted;
}

#endif
