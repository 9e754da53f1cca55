/*
 * sim/holding -- one organisation, DSV, with two partners: SVB, who looks, and CTB.
 *
 * DSV has a desk over a store in memory and the link logs that its border serves, as files.
 * Its randomness is drawn from one stream for each partner and one for itself, by whose work
 * it is, as law 2 has it: so that work that the looking partner may not see does not shift
 * what it sees.  Of everything that is said to SVB a running hash is kept.
 */
#ifndef ENT_SIM_HOLDING_H
#define ENT_SIM_HOLDING_H

#include "sim/desk_sim.h"

#include "casework/say.h"
#include "desk/release.h"
#include "holdings/admit.h"
#include "link/log.h"
#include "node/receivers.h"
#include "stix/extension_ids.h"

#include <errno.h>
#include <sys/stat.h>

enum { DSV, SVB, CTB };

#define HOLDING_FILES 4096

/* DSV's log for one partner. */
typedef struct shelf {
    struct holding *h;
    link_host host;
    ledger_frontier signer;
    char folder[160];              /* holds out/ */
    char (*names)[LINK_PATH_SIZE]; /* of files in out/ that there ever were */
    size_t count;
} shelf;

typedef struct holding {
    sim world; /* first: a node's world is its holding */
    shelf shelves[SIM_NODES];
    uint64_t drawn[SIM_NODES]; /* by DSV: on its own, for SVB, for CTB */
    int working_for;
    ent_hash said; /* everything that was said to SVB */
    size_t said_count;
    char *heard; /* of all that SVB was told, in the clear */
    size_t heard_size;
    char *mail; /* what SVB said last, to be spoiled and said again */
    size_t mail_size;
    link_kind mail_kind;
} holding;

/* ---- randomness ---- */

static void holding_random(void *arg, void *bytes, size_t size)
{
    holding *h = (holding *)((sim_node *)arg)->world;
    uint8_t seed[randombytes_SEEDBYTES] = { 0 };

    seed[0] = 0xd5;
    seed[1] = (uint8_t)h->working_for;
    memcpy(seed + 8, &h->drawn[h->working_for], sizeof(uint64_t));
    h->drawn[h->working_for]++;
    randombytes_buf_deterministic(bytes, size, seed);
}

/* For what stays in the house. */
static void holding_random_within(void *arg, void *bytes, size_t size)
{
    holding *h = (holding *)((sim_node *)arg)->world;
    int working_for = h->working_for;

    h->working_for = DSV;
    holding_random(arg, bytes, size);
    h->working_for = working_for;
}

/* ---- the files of a log ---- */

static void shelf_path(const shelf *s, const char *path, char full[400])
{
    (void)snprintf(full, 400, "%s/%s", s->folder, path);
}

static ent_code shelf_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                           ent_err *err)
{
    char full[400];
    FILE *in;
    long size;

    shelf_path(arg, path, full);
    in = fopen(full, "rb");
    if (in == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "no file '%s'", path);
    (void)fseek(in, 0, SEEK_END);
    size = ftell(in);
    rewind(in);
    content->ptr = ent_arena_alloc(arena, (size_t)size + 1);
    assert_non_null(content->ptr);
    content->size = fread((char *)(uintptr_t)content->ptr, 1, (size_t)size, in);
    (void)fclose(in);
    return ENT_OK;
}

static ent_code shelf_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    shelf *s = arg;
    char full[400], next[408];
    FILE *out;

    (void)err;
    shelf_path(s, path, full);
    for (char *at = strchr(full + strlen(s->folder) + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(full, 0700);
        *at = '/';
    }
    (void)snprintf(next, sizeof next, "%s.new", full);
    out = fopen(next, "wb");
    assert_non_null(out);
    (void)fwrite(content.ptr, 1, content.size, out);
    (void)fclose(out);
    assert_int_equal(rename(next, full), 0);
    if (strncmp(path, "out/", 4) == 0 && s->count < HOLDING_FILES)
        (void)snprintf(s->names[s->count++], LINK_PATH_SIZE, "%s", path + 4);
    return ENT_OK;
}

static ent_code shelf_remove(void *arg, const char *path, ent_err *err)
{
    char full[400];

    (void)err;
    shelf_path(arg, path, full);
    (void)unlink(full);
    return ENT_OK;
}

static ent_code shelf_sync(void *arg, ent_err *err)
{
    (void)arg;
    (void)err;
    return ENT_OK;
}

static ent_code shelf_sign(void *arg, ent_arena *arena, link_side side, uint64_t size,
                           const ent_hash *leaves, size_t count, ent_str *note, uint64_t *at,
                           ent_err *err)
{
    shelf *s = arg;
    const sim_node *n = &s->h->world.nodes[DSV];
    ledger_checkpoint head = { .origin = ent_str_of(s->host.out_origin) };
    char name[LINK_ORIGIN_SIZE];

    (void)side;
    *at = s->signer.size;
    if (size != s->signer.size)
        return ent_fail(err, ENT_CONFLICT, "signed at %llu", (unsigned long long)s->signer.size);
    for (size_t i = 0; i < count; i++)
        ENT_TRY(ledger_frontier_append(&s->signer, &leaves[i], err));
    head.size = s->signer.size;
    head.root = ledger_frontier_root(&s->signer);
    link_key_name_write(n->d.identity, name);
    return ledger_checkpoint_sign(arena, &head, name, n->secret, note, err);
}

static void shelf_random(void *arg, void *bytes, size_t size)
{
    holding_random(&((shelf *)arg)->h->world.nodes[DSV], bytes, size);
}

static void shelf_make(holding *h, int peer, const char *folder)
{
    shelf *s = &h->shelves[peer];
    uint8_t seed[32] = { (uint8_t)peer }, secret[32];
    char path[sizeof s->folder];

    *s = (shelf){ .h = h,
                  .names = calloc(HOLDING_FILES, sizeof *s->names),
                  .host = { .arg = s,
                            .read = shelf_read,
                            .write = shelf_write,
                            .remove = shelf_remove,
                            .sync = shelf_sync,
                            .publish = shelf_write,
                            .sign = shelf_sign,
                            .random = shelf_random } };
    assert_non_null(s->names);
    (void)snprintf(path, sizeof path, "%s/%s", folder, h->world.nodes[peer].code);
    memcpy(s->folder, path, sizeof path);
    (void)mkdir(s->folder, 0700);
    ledger_frontier_init(&s->signer);
    memcpy(s->host.identity, h->world.nodes[DSV].d.identity, 32);
    memcpy(s->host.peer_identity, h->world.nodes[peer].d.identity, 32);
    (void)crypto_box_seed_keypair(s->host.peer_box, secret, seed);
    link_host_origins(&s->host);
}

static void shelf_append(shelf *s, const link_entry *entry, ent_span body)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    link_log log;
    uint64_t seq;

    CHECK_OK(link_log_open(&s->host, arena, &log, &err), &err);
    CHECK_OK(link_log_append(&log, arena, entry->kind, entry->id, body, entry->time, &seq, &err),
             &err);
    ent_arena_free(arena);
}

/* ---- what passes ---- */

static void heard_add(holding *h, const link_entry *entry, ent_span body)
{
    const char *kind = link_kind_name(entry->kind);
    const ent_span pieces[] = {
        { h->said.bytes, ENT_HASH_SIZE }, { kind, strlen(kind) }, { entry->id, 36 }, body
    };

    h->said = ent_hash_pieces(pieces, 4);
    h->said_count++;
    h->heard = realloc(h->heard, h->heard_size + body.size + 80);
    assert_non_null(h->heard);
    h->heard_size += (size_t)snprintf(h->heard + h->heard_size, 80, "\n[%s %s] ", kind, entry->id);
    memcpy(h->heard + h->heard_size, body.ptr, body.size);
    h->heard_size += body.size;
}

static bool holding_tap(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    holding *h = arg;

    h->working_for = from->index == DSV ? to->index : from->index;
    if (from->index == DSV)
        shelf_append(&h->shelves[to->index], entry, *body);
    if (from->index == DSV && to->index == SVB)
        heard_add(h, entry, *body);
    if (from->index == SVB) {
        h->mail = realloc(h->mail, body->size + 1);
        assert_non_null(h->mail);
        memcpy(h->mail, body->ptr, body->size);
        h->mail_size = body->size;
        h->mail_kind = entry->kind;
    }
    return true;
}

/* What the desk wants erased is, as node_desk_flush does it. */
static ent_code erase_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct sim_outbox *box = arg;

    return box->count < 64 ? sim_outbox_take(arg, doc, err) : ENT_OK;
}

static void holding_erase(holding *h, int peer)
{
    sim_node *n = &h->world.nodes[DSV];
    struct sim_outbox box = { .arena = ent_arena_new(SIM_ROOM) };
    ent_err err = { 0 };

    CHECK_OK(store_docs_each(n->d.store, "erase", h->world.nodes[peer].code, NULL, erase_take, &box,
                             &err),
             &err);
    for (size_t i = 0; i < box.count; i++) {
        link_entry entry;

        if (link_log_find(&h->shelves[peer].host, box.arena, LINK_OUT, box.docs[i].id.ptr, &entry,
                          &err) == ENT_OK)
            CHECK_OK(link_body_erase(&h->shelves[peer].host, LINK_OUT, &entry.body, &err), &err);
        err = (ent_err){ 0 };
        CHECK_OK(SIM_WORK(n, store_doc_delete(n->d.store, "erase", box.docs[i].id, &err), &err),
                 &err);
    }
    ent_arena_free(box.arena);
}

/* Until nobody has anything to say. */
static void holding_carry(holding *h)
{
    sim_carry(&h->world);
    for (int peer = SVB; peer <= CTB; peer++) {
        h->working_for = peer;
        holding_erase(h, peer);
    }
    h->working_for = DSV;
}

/* ---- making and ending ---- */

static void holding_agree(holding *h, ent_arena *arena, int peer)
{
    const char *peers[] = { h->world.nodes[peer].code };
    sim_node *n = &h->world.nodes[DSV];
    ent_err err = { 0 };
    char id[37];

    h->working_for = peer;
    CHECK_OK(SIM_WORK(n,
                      desk_agreement_propose(&n->d, arena, ENT_STR(SIM_TERMS), peers, 1,
                                             n->people[3].name, id, &err),
                      &err),
             &err);
    holding_carry(h);
    h->working_for = peer;
    sim_sign_agreement(n, arena, id);
    holding_carry(h);
    sim_sign_agreement(&h->world.nodes[peer], arena, id);
    holding_carry(h);
}

static desk_receiver holding_receivers[LINK_KIND_COUNT];

static void holding_open(holding *h, const char *folder)
{
    memset(h, 0, sizeof *h);
    sim_init(&h->world, SIM_NODES);
    /* All but those that look into a node's home. */
    memcpy(holding_receivers, node_receivers, sizeof holding_receivers);
    holding_receivers[LINK_KEY] = holding_receivers[LINK_HELLO] = NULL;
    (void)mkdir(folder, 0700);
    for (int i = 0; i < SIM_NODES; i++)
        h->world.nodes[i].d.above = holding_receivers;
    h->world.nodes[DSV].d.random = holding_random;
    h->world.nodes[DSV].d.random_within = holding_random_within;
    h->world.tap = holding_tap;
    h->world.tap_arg = h;
    for (int peer = SVB; peer <= CTB; peer++)
        shelf_make(h, peer, folder);
}

static void holding_close(holding *h)
{
    sim_release(&h->world);
    for (int peer = SVB; peer <= CTB; peer++)
        free(h->shelves[peer].names);
    free(h->heard);
    free(h->mail);
}

/* ---- work ---- */

/* Admits an object; what became of it does not matter. */
static void holding_put(sim_node *n, const char *owner, const char *bytes)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    holdings_origin origin = { .owner = owner, .source = ENT_STR("test"), .now = n->d.now };
    holdings_result result;
    ent_str reason;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n,
                      holdings_admit(n->d.store, arena, &origin, ent_str_of(bytes), &result,
                                     &reason, &err),
                      &err),
             &err);
    ent_arena_free(arena);
}

/* Drafts and has two officers approve it; false: it may not go.  The release's id in `id`. */
static bool holding_release(sim_node *n, const char *peer, const char *const *ids, size_t count,
                            int approvals, char id[37])
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_str list[8];
    desk_draft_request request = { .peer = peer,
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = list,
                                   .id_count = count,
                                   .drafter = n->people[4].name };
    desk_gate_result result;
    desk_draft_state state = { .id = ENT_STR_NONE };
    ent_err err = { 0 };
    bool done;

    for (size_t i = 0; i < count; i++)
        list[i] = ent_str_of(ids[i]);
    done = SIM_WORK(n, desk_release_draft(&n->d, arena, &request, &result, &state, &err), &err) ==
           ENT_OK;
    for (int i = 0; i < approvals && done; i++)
        done = SIM_WORK(n,
                        desk_release_approve(&n->d, arena, state.id, &n->people[i].officer, &state,
                                             &err),
                        &err) == ENT_OK;
    (void)snprintf(id, 37, "%.*s", done ? 36 : 0, done ? state.id.ptr : "");
    ent_arena_free(arena);
    return done;
}

#endif
