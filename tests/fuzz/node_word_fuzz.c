/*
 * node_word_fuzz -- what a peer can say of itself and of others' logs, and the card of a stranger.
 *
 * Three real homes: BRAVO hears, ALPHA tells, CHARLY is another peer of BRAVO's.  The first byte
 * of an input says what the rest is: the body of an entry `key`, `heads` or `hello`; the statement
 * of a new identity key, which ALPHA's recovery key and the new one sign, or, by a thief, the
 * new one and the identity key; the text of a checkpoint, which ALPHA signs and tells; a card.  "@a", "@b" and "@c" stand for the identities,
 * "@k" for the new key, "@o" for the name of ALPHA's log, "@p" for CHARLY's courier.
 *
 * Oracle: a peer's identity, state and code never change, nor does anything of CHARLY; no two
 * peers have one certificate; without the recovery key no identity key is replaced; without a
 * signature of ALPHA's there is no alarm; what is refused changed nothing, what is said again
 * changes nothing more; a card makes nobody more than joined; no failure is the node's own.
 */
#include "unit/node/homes.h"

#include "base/text.h"
#include "desk/work.h"
#include "ledger/checkpoint.h"
#include "link/approval.h"
#include "node/gossip.h"
#include "node/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The committed inputs rely on the numbers. */
enum meaning { KEY, HEADS, HELLO, ROTATION, HEAD, CARD, STOLEN, MEANINGS };

struct fuzz_world {
    ent_arena *arena;
    char folder[64];
    node_home a, b, c;
    node_desk *nd;
    uint8_t key[32], secret[64], recovery[64], identity[64];
    char hex[4][65], log[LINK_ORIGIN_SIZE], pin[65];
    ent_str cards[2]; /* peer.json of ALPHA and CHARLY */
};

static struct fuzz_world *made; /* for the end */

static const char *card_path(struct fuzz_world *w, ent_arena *arena, int who)
{
    return node_path(arena, "%s/links/%s/peer.json", w->b.path, who == 0 ? "ALPHA" : "CHARLY");
}

static ent_str card_read_now(struct fuzz_world *w, ent_arena *arena, int who)
{
    ent_str text = { "", 0 };
    ent_err err = { 0 };

    CHECK_OK(node_file_read(arena, card_path(w, arena, who), 1 << 20, &text, &err), &err);
    return text;
}

static void folder_end(void)
{
    node_desk_close(made->nd);
    homes_remove(made->folder);
}

static void secrets_read(struct fuzz_world *w)
{
    ent_str text = { "", 0 }, line;
    ent_err err = { 0 };

    CHECK_OK(node_file_read_secret(node_path(w->arena, "%s/keys/identity.sk", w->a.path),
                                   w->identity, sizeof w->identity, &err),
             &err);
    CHECK_OK(node_file_read(w->arena, node_path(w->arena, "%s/keys/recovery", w->a.path), 4096,
                            &text, &err),
             &err);
    line = text;
    while (line.size > 0 && line.ptr[0] == '#') {
        size_t skip = strcspn(line.ptr, "\n") + 1;

        line = (ent_str){ line.ptr + skip, line.size - skip };
    }
    CHECK_OK(ent_hex_read((ent_str){ line.ptr, 128 }, w->recovery, 64, &err), &err);
}

static struct fuzz_world *world_build(void)
{
    static struct fuzz_world w;
    node_peer charly = { 0 };
    ent_err err = { 0 };

    if (sodium_init() < 0)
        abort();
    w.arena = ent_arena_new((size_t)64 << 20);
    (void)snprintf(w.folder, sizeof w.folder, "/tmp/ent-word-XXXXXX");
    assert_non_null(mkdtemp(w.folder));
    homes_make(w.arena, w.folder, "ALPHA", NULL, &w.a);
    homes_make(w.arena, w.folder, "BRAVO", NULL, &w.b);
    homes_make(w.arena, w.folder, "CHARLY", NULL, &w.c);
    homes_link(w.arena, &w.a, "https://127.0.0.1:1", &w.b, "https://127.0.0.1:2");
    homes_link(w.arena, &w.c, "https://127.0.0.1:3", &w.b, "https://127.0.0.1:2");
    CHECK_OK(node_desk_open(w.arena, &w.b, &w.nd, &err), &err);
    secrets_read(&w);
    (void)crypto_sign_keypair(w.key, w.secret);
    ent_hex_write(w.a.identity, 32, w.hex[0]);
    ent_hex_write(w.b.identity, 32, w.hex[1]);
    ent_hex_write(w.c.identity, 32, w.hex[2]);
    ent_hex_write(w.key, 32, w.hex[3]);
    link_origin_write(w.a.identity, w.b.identity, w.log);
    CHECK_OK(node_peer_get(w.arena, &w.b, "CHARLY", &charly, &err), &err);
    ent_hex_write(charly.courier_pin, 32, w.pin);
    for (int i = 0; i < 2; i++)
        w.cards[i] = card_read_now(&w, w.arena, i);
    made = &w;
    (void)atexit(folder_end);
    return &w;
}

/* ---- making what is said ---- */

static ent_str fill(const struct fuzz_world *w, ent_arena *arena, ent_str text)
{
    static const char letters[] = "abckop";
    const char *is[] = { w->hex[0], w->hex[1], w->hex[2], w->hex[3], w->log, w->pin };
    ent_err err = { 0 };
    ent_buf buf;
    ent_str out;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < text.size; i++) {
        const char *letter = text.ptr[i] == '@' && i + 1 < text.size && text.ptr[i + 1] != '\0'
                                 ? strchr(letters, text.ptr[i + 1])
                                 : NULL;

        if (letter == NULL) {
            ent_buf_byte(&buf, (uint8_t)text.ptr[i]);
            continue;
        }
        ent_buf_c(&buf, is[letter - letters]);
        i++;
    }
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

static ent_str canonical(ent_arena *arena, ent_str text)
{
    ent_err err = { 0 };
    ent_str out;

    return text.ptr != NULL && desk_canon(arena, text, &out, &err) == ENT_OK ? out : ENT_STR_NONE;
}

static ent_str rotation_make(const struct fuzz_world *w, ent_arena *arena, const uint8_t *by,
                             ent_str text)
{
    ent_str statement = canonical(arena, text), out;
    uint8_t possession[64], recovered[64];
    ent_err err = { 0 };
    ent_hash hash;
    ent_buf buf;
    ent_jw jw;

    if (statement.ptr == NULL)
        return statement;
    hash = link_statement_hash(statement);
    (void)crypto_sign_detached(possession, NULL, hash.bytes, ENT_HASH_SIZE, w->secret);
    (void)crypto_sign_detached(recovered, NULL, hash.bytes, ENT_HASH_SIZE, by);
    ent_buf_init(&buf, arena);
    ent_jw_init(&jw, &buf);
    ent_jw_object(&jw);
    ent_jw_key(&jw, "possession");
    ent_jw_hex(&jw, possession, 64);
    ent_jw_key(&jw, "recovery");
    ent_jw_hex(&jw, recovered, 64);
    ent_jw_key(&jw, "statement");
    ent_jw_str(&jw, statement);
    ent_jw_end(&jw);
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? canonical(arena, out) : ENT_STR_NONE;
}

/* A checkpoint that ALPHA signs, whatever stands in it, told as a head of its log for BRAVO. */
static ent_str head_make(const struct fuzz_world *w, ent_arena *arena, ent_str text)
{
    ledger_checkpoint checkpoint;
    char name[LINK_ORIGIN_SIZE];
    ent_err err = { 0 };
    ent_str note, out;
    ent_buf buf;
    ent_jw jw;

    if (ledger_checkpoint_read(arena, text, &checkpoint, &err) != ENT_OK)
        return ENT_STR_NONE;
    link_key_name_write(w->a.identity, name);
    if (ledger_checkpoint_sign(arena, &checkpoint, name, w->identity, &note, &err) != ENT_OK)
        return ENT_STR_NONE;
    ent_buf_init(&buf, arena);
    ent_jw_init(&jw, &buf);
    ent_jw_object(&jw);
    ent_jw_key(&jw, "heads");
    ent_jw_array(&jw);
    ent_jw_object(&jw);
    ent_jw_key(&jw, "from");
    ent_jw_c(&jw, w->hex[0]);
    ent_jw_key(&jw, "note");
    ent_jw_str(&jw, note);
    ent_jw_key(&jw, "to");
    ent_jw_c(&jw, w->hex[1]);
    ent_jw_end(&jw);
    ent_jw_end(&jw);
    ent_jw_end(&jw);
    return ent_buf_done(&buf, &out, &err) == ENT_OK ? canonical(arena, out) : ENT_STR_NONE;
}

/* ---- what must hold ---- */

static ent_code said_add(void *arg, const store_doc *doc, ent_err *err)
{
    (void)err;
    for (size_t i = 0; i < 2; i++) {
        ent_str text = i == 0 ? doc->id : doc->json;
        uint64_t length = text.size;

        (void)crypto_generichash_update(arg, (const uint8_t *)&length, sizeof length);
        (void)crypto_generichash_update(arg, (const uint8_t *)text.ptr, text.size);
    }
    return ENT_OK;
}

static ent_hash state_of(struct fuzz_world *w, ent_arena *arena)
{
    static const char *const kinds[] = { "head", "head-last", "head-alarm", "links-heard",
                                         "outbox" };
    crypto_generichash_state state;
    ent_err err = { 0 };
    ent_hash hash;

    (void)crypto_generichash_init(&state, NULL, 0, ENT_HASH_SIZE);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        CHECK_OK(store_docs_each(node_desk_desk(w->nd)->store, kinds[i], NULL, NULL, said_add,
                                 &state, &err),
                 &err);
    for (int i = 0; i < 2; i++) {
        ent_str card = card_read_now(w, arena, i);

        (void)crypto_generichash_update(&state, (const uint8_t *)card.ptr, card.size);
    }
    (void)crypto_generichash_final(&state, hash.bytes, ENT_HASH_SIZE);
    return hash;
}

static void peers_check(struct fuzz_world *w, ent_arena *arena, enum meaning meaning)
{
    node_peer *peers = NULL;
    ent_str alarm = ENT_STR_NONE;
    ent_err err = { 0 };
    size_t count = 0;

    CHECK_OK(node_peer_list(arena, &w->b, &peers, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK(memcmp(peers[0].identity, w->a.identity, 32) == 0);
    CHECK(memcmp(peers[1].identity, w->c.identity, 32) == 0);
    CHECK(ent_str_equal(card_read_now(w, arena, 1), w->cards[1]));
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(peers[i].state, NODE_PEER_CONFIRMED);
        CHECK(memcmp(peers[i].courier_pin, peers[1 - i].courier_pin, 32) != 0);
    }
    CHECK(meaning == ROTATION || peers[0].keys.count == 0);
    if (peers[0].keys.count > 0)
        CHECK(memcmp(peers[0].keys.key[0], w->key, 32) == 0);
    CHECK_OK(node_gossip_alarm(node_desk_desk(w->nd), arena, NULL, &alarm, &err), &err);
    CHECK(meaning == HEAD || alarm.ptr == NULL);
}

static ent_code hear(struct fuzz_world *w, ent_arena *arena, enum meaning meaning, ent_str body)
{
    link_entry entry = { .seq = 0 };
    desk *d = node_desk_desk(w->nd);
    ent_span span = ent_span_of_str(body);
    ent_err err = { 0 };
    ent_code rc;

    rc = meaning == HELLO ? node_hello_receive(d, arena, "ALPHA", &entry, span, &err)
         : meaning == HEADS || meaning == HEAD
             ? node_heads_receive(d, arena, "ALPHA", &entry, span, &err)
             : node_key_receive(d, arena, "ALPHA", &entry, span, &err);
    if (rc == ENT_IO || rc == ENT_BUG || rc == ENT_MEMORY || rc == ENT_NO)
        fail_msg("%s", err.msg);
    return rc;
}

static void word_check(struct fuzz_world *w, ent_arena *arena, enum meaning meaning, ent_str body)
{
    desk *d = node_desk_desk(w->nd);
    ent_hash before, after, again;
    ent_err err = { 0 };
    ent_code rc;

    CHECK_OK(store_begin(d->store, &err), &err);
    before = state_of(w, arena);
    rc = hear(w, arena, meaning, body);
    if (rc != ENT_OK) {
        /* Of a list of heads the first may be good: its host takes the transaction back. */
        store_rollback(d->store);
        CHECK_OK(store_begin(d->store, &err), &err);
    }
    after = state_of(w, arena);
    CHECK(rc == ENT_OK || ent_hash_equal(&before, &after));
    peers_check(w, arena, meaning);
    if (rc == ENT_OK) {
        (void)hear(w, arena, meaning, body);
        again = state_of(w, arena);
        CHECK(ent_hash_equal(&after, &again));
    }
    store_rollback(d->store);
    if (!ent_str_equal(card_read_now(w, arena, 0), w->cards[0]))
        CHECK_OK(node_file_write(card_path(w, arena, 0), ent_span_of_str(w->cards[0]), 0600, &err),
                 &err);
}

/* Whoever it says it is, it is confirmed by nobody. */
static void stranger_check(struct fuzz_world *w, ent_arena *arena, ent_str card)
{
    node_peer peer = { 0 };
    ent_err err = { 0 };
    ent_code rc = node_peer_join(arena, &w->b, card, "https://127.0.0.1:2",
                                 node_path(arena, "%s/reply", w->folder), &peer, &err);

    if (rc == ENT_OK) {
        CHECK(strcmp(peer.code, "ALPHA") != 0 && strcmp(peer.code, "CHARLY") != 0);
        CHECK_OK(node_peer_get(arena, &w->b, peer.code, &peer, &err), &err);
        CHECK_INT(peer.state, NODE_PEER_JOINED);
        CHECK_OK(node_peer_remove(arena, &w->b, peer.code, &err), &err);
    } else if (rc == ENT_IO || rc == ENT_BUG || rc == ENT_MEMORY) {
        fail_msg("%s", err.msg);
    }
    peers_check(w, arena, CARD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_world *w;
    enum meaning meaning = (enum meaning)(size == 0 ? 0 : data[0] % MEANINGS);
    ent_arena *arena;
    ent_str text;

    if (w == NULL)
        w = world_build();
    if (size < 1 || size > (1 << 16))
        return 0;
    arena = ent_arena_new((size_t)64 << 20);
    text = fill(w, arena, (ent_str){ (const char *)data + 1, size - 1 });
    if (meaning == ROTATION || meaning == STOLEN)
        text = rotation_make(w, arena, meaning == ROTATION ? w->recovery : w->identity, text);
    else if (meaning == HEAD)
        text = head_make(w, arena, text);
    if (text.ptr != NULL && meaning == CARD)
        stranger_check(w, arena, text);
    else if (text.ptr != NULL)
        word_check(w, arena, meaning, text);
    ent_arena_free(arena);
    return 0;
}
