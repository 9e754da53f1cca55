/* What changed here: one walk over our records says which keys need a tag, which tags the partner
 * has that are ours no more, and what may be asked about.
 *
 * The walk keeps no key that has its tag (standing_own_int.h): new ones wait, a part of them at a
 * time, for their evaluation on all processors; of those that may be asked about the least in order
 * are kept, as many as the day has left and STANDING_FRAMES hold.  A tripwire is walked over like a
 * record's key, unless a record has it. */
#include "match/run_int.h"
#include "match/standing_int.h"
#include "match/step_int.h"

#include "base/text.h"
#include "psi/keyform.h"

#include <sodium.h>

#define EPOCH_LONG   (7 * ENT_DAY_TIME)
#define KEY_INFO     "entente standing key 1"
#define FRESH_MEMORY ((size_t)256 << 20) /* of keys that wait for their tags */
#define ASK_MEMORY   ((size_t)256 << 20) /* of those of a kind that may be asked about */

/* ---- our own function ---- */

ent_code match_standing_server(standing_task *w, int kind, psi_oprf_server **server, ent_err *err)
{
    uint8_t secret[PSI_SCALAR_SIZE];
    psi_element public;
    ent_str info;
    ent_code rc;

    ENT_ASSERT(kind >= 0 && kind < STANDING_KINDS);
    *server = &w->secret->servers[kind];
    if ((*server)->info.size > 0)
        return ENT_OK;
    info = match_standing_info(w->arena, &w->st, w->d->code, w->st.peer,
                               match_standing_kind_name(kind), w->st.epoch);
    if (info.ptr == NULL)
        return ent_fail_arena(err);
    rc = psi_oprf_key_derive(PSI_POPRF, w->secret->epoch, ENT_STR(KEY_INFO), secret, &public, err);
    if (rc == ENT_OK)
        rc = psi_oprf_server_init(*server, PSI_POPRF, secret, info, err);
    (*server)->crew = w->d->crew;
    sodium_memzero(secret, sizeof secret);
    return rc;
}

ent_code match_standing_public(standing_task *w, psi_element *public, ent_err *err)
{
    uint8_t secret[PSI_SCALAR_SIZE];
    ent_code rc =
        psi_oprf_key_derive(PSI_POPRF, w->secret->epoch, ENT_STR(KEY_INFO), secret, public, err);

    sodium_memzero(secret, sizeof secret);
    return rc;
}

/* The seed of the epoch to come is kept before anything is made with it; what was made with the one
 * before is of no use any more. */
static ent_code next_keep(standing_task *w, ent_err *err)
{
    if (w->fresh) {
        w->before = w->st;
        ENT_TRY(match_standing_save(w->d, w->arena, &w->st, err));
    }
    ENT_TRY(match_standing_docs_drop(w->d, w->arena, "standing-own", w->st.s.id, err));
    return match_standing_secret_put(w->d, w->arena, &w->st, w->secret, err);
}

ent_code match_standing_epoch_begin(standing_task *w, ent_err *err)
{
    standing_secret *secret = w->secret;

    if (!secret->has_next) {
        w->d->random(w->d->arg, secret->next, PSI_SEED_SIZE);
        secret->has_next = true;
        ENT_TRY(store_begin(w->d->store, err));
        ENT_TRY(store_end(w->d->store, next_keep(w, err), err));
        w->fresh = false;
    }
    memcpy(secret->epoch, secret->next, PSI_SEED_SIZE);
    sodium_memzero(secret->next, PSI_SEED_SIZE);
    sodium_memzero(secret->servers, sizeof secret->servers);
    secret->has_next = false;
    w->st.epoch++;
    w->st.number = 0;
    w->st.own_parts = 0;
    w->st.own_form = STANDING_FORM;
    w->st.epoch_since = w->d->now;
    w->secret_put = true;
    return ENT_OK;
}

/* ---- the walk ---- */

/* A key that waits for its tag. */
struct fresh {
    ent_str key;
    standing_own_key *to;
};

/* Keys of one namespace that may be asked about: pairs of at most `limit` keys, and no greater
 * one. */
struct wanted {
    match_pairs pairs;
    size_t limit;
    size_t pruned; /* pairs that were left when it was last cut down */
    bool full;     /* there are so many: `bound` is the greatest */
    ent_str bound;
    int64_t left; /* own keys of the kind that are not asked yet */
};

struct walk {
    standing_task *w;
    const desk_terms *terms;
    uint8_t hash_key[STANDING_OWN_KEY];
    ent_arena *fresh_arena;
    struct fresh *fresh;
    size_t fresh_count, fresh_room, written; /* parts that need not be looked at */
    bool asks;
    struct wanted wanted[STANDING_KINDS];
};

static void hash_of(const struct walk *walk, ent_str key, uint8_t hash[STANDING_OWN_HASH])
{
    uint8_t whole[crypto_shorthash_siphashx24_BYTES];

    _Static_assert(sizeof whole >= STANDING_OWN_HASH, "a hash is cut from it");
    (void)crypto_shorthash_siphashx24(whole, (const uint8_t *)key.ptr, key.size, walk->hash_key);
    memcpy(hash, whole, STANDING_OWN_HASH);
}

static ent_code fresh_add(struct walk *walk, ent_str key, standing_own_key *to, ent_err *err)
{
    psi_oprf_server *server;
    struct fresh *all;

    if (walk->fresh_count == walk->fresh_room) {
        size_t room = 2 * walk->fresh_room + 1024;

        all = ent_arena_array(walk->fresh_arena, room, sizeof *all);
        if (all == NULL)
            return ent_fail_arena(err);
        if (walk->fresh_count > 0)
            memcpy(all, walk->fresh, walk->fresh_count * sizeof *all);
        walk->fresh = all;
        walk->fresh_room = room;
    }
    all = &walk->fresh[walk->fresh_count++];
    *all = (struct fresh){ ent_arena_str(walk->fresh_arena, key), to };
    if (all->key.ptr == NULL)
        return ent_fail_arena(err);
    return match_standing_server(walk->w, match_standing_kind(key), &server, err);
}

static ent_code tags_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct walk *walk = arg;
    uint8_t output[PSI_OPRF_OUTPUT];

    for (size_t i = from; i < to; i++) {
        const struct fresh *fresh = &walk->fresh[i];

        ENT_TRY(psi_oprf_evaluate(&walk->w->secret->servers[match_standing_kind(fresh->key)],
                                  fresh->key, output, err));
        memcpy(fresh->to->tag, output, sizeof fresh->to->tag);
    }
    return ENT_OK;
}

/* Parts that are full, and behind those that the partner has: they are not made again. */
static ent_code parts_keep(struct walk *walk, ent_err *err)
{
    standing_task *w = walk->w;
    standing_own *own = &w->own;
    bool any = false;

    if (walk->written < (size_t)w->st.own_parts)
        walk->written = (size_t)w->st.own_parts;
    for (size_t p = walk->written; p < own->part_count; p++)
        any = any || (own->parts[p].changed && own->parts[p].count >= own->part_size);
    if (!any)
        return ENT_OK;
    ENT_TRY(store_begin(w->d->store, err));
    for (; walk->written < own->part_count; walk->written++) {
        ent_code rc = ENT_OK;

        if (own->parts[walk->written].count < own->part_size)
            break;
        if (own->parts[walk->written].changed)
            rc = match_standing_own_put(w->d, w->st.peer, w->st.s.id, w->st.epoch, own,
                                        walk->written, true, err);
        if (rc != ENT_OK) {
            store_rollback(w->d->store);
            return rc;
        }
    }
    return store_end(w->d->store, ENT_OK, err);
}

static ent_code tags_make(struct walk *walk, ent_err *err)
{
    ENT_TRY(psi_crew_run(walk->w->d->crew, walk->fresh_count, tags_slice, walk, err));
    walk->fresh = NULL;
    walk->fresh_count = walk->fresh_room = 0;
    ent_arena_reset(walk->fresh_arena);
    return parts_keep(walk, err);
}

/* ---- what may be asked ---- */

/* Only the least stay; what they are made of moves, so that the rest is let go. */
static ent_code wanted_prune(struct wanted *k, ent_err *err)
{
    match_pairs kept = { .arena = ent_arena_new(ASK_MEMORY) };
    ent_str last = { NULL, 0 };
    size_t keys = 0;
    ent_code rc =
        kept.arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for questions") : ENT_OK;

    match_pairs_sort(&k->pairs);
    for (size_t i = 0; rc == ENT_OK && i < k->pairs.count; i++) {
        const match_pair *pair = &k->pairs.pairs[i];

        if (keys == 0 || !ent_str_equal(pair->key, last)) {
            if (keys == k->limit)
                break;
            keys++;
        }
        rc = match_pairs_add(&kept, pair, err);
        last = pair->key;
    }
    ent_arena_free(k->pairs.arena);
    k->pairs = kept;
    k->pruned = kept.count;
    k->full = keys == k->limit && keys > 0;
    if (rc == ENT_OK && k->full)
        k->bound = kept.pairs[kept.count - 1].key;
    return rc;
}

static ent_code wanted_take(struct walk *walk, const match_pair *pair, bool first, ent_err *err)
{
    struct wanted *k = &walk->wanted[match_standing_kind(pair->key)];
    standing_item *asked = match_standing_item_of(&walk->w->asked, pair->key);

    if (asked != NULL)
        asked->kept = true;
    if (asked != NULL || match_standing_item_of(&walk->w->pending, pair->key) != NULL)
        return ENT_OK;
    k->left += first;
    if (k->limit == 0 || (k->full && ent_str_compare(pair->key, k->bound) > 0))
        return ENT_OK;
    if (k->pairs.arena == NULL)
        k->pairs.arena = ent_arena_new(ASK_MEMORY);
    if (k->pairs.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for questions");
    ENT_TRY(match_pairs_add(&k->pairs, pair, err));
    return k->pairs.count < 2 * (k->limit + k->pruned) + PSI_OPRF_BATCH ? ENT_OK
                                                                        : wanted_prune(k, err);
}

static ent_code pair_take(void *arg, const match_pair *pair, ent_err *err)
{
    struct walk *walk = arg;
    uint8_t hash[STANDING_OWN_HASH];
    standing_own_key *made;
    bool first;

    hash_of(walk, pair->key, hash);
    ENT_TRY(match_standing_own_see(&walk->w->own, hash, &first, &made, err));
    if (made != NULL)
        ENT_TRY(fresh_add(walk, pair->key, made, err));
    return walk->asks ? wanted_take(walk, pair, first, err) : ENT_OK;
}

static ent_code tripwire_take(void *arg, const match_pair *pair, ent_err *err)
{
    const struct walk *walk = arg;
    uint8_t hash[STANDING_OWN_HASH];

    hash_of(walk, pair->key, hash);
    return match_standing_own_seen(&walk->w->own, hash) ? ENT_OK : pair_take(arg, pair, err);
}

/* Stops early when there are more keys than the agreement allows: then *many. */
static ent_code walk_all(struct walk *walk, bool *many, ent_err *err)
{
    standing_task *w = walk->w;
    match_sweep sweep = {
        .terms = walk->terms, .purpose = w->st.s.purpose, .take = pair_take, .arg = walk
    };

    *many = false;
    for (bool ended = false; !ended && !*many;) {
        ENT_TRY(match_sweep_page(w->d, &sweep, &ended, err));
        if (ended)
            ENT_TRY(match_standing_tripwires(w->d, w->arena, w->st.s.peer, w->st.s.purpose,
                                             tripwire_take, walk, err));
        *many = (int64_t)w->own.seen > walk->terms->set_max;
        if (!*many && (ended || walk->fresh_count >= w->own.part_size))
            ENT_TRY(tags_make(walk, err));
    }
    return ENT_OK;
}

/* ---- saying it ---- */

static ent_code tagset_of(standing_task *w, uint8_t mark, const ent_hash *root, psi_tagset *set,
                          ent_err *err)
{
    ent_arena *scratch = ent_arena_new(STANDING_TAGS_ROOM(w->own.count));
    uint64_t *tags =
        scratch == NULL ? NULL : ent_arena_array(scratch, w->own.count + 1, sizeof *tags);
    ent_code rc = ENT_OK;

    if (tags == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for a set of tags");
    if (rc == ENT_OK)
        rc = psi_tagset_make(w->arena, w->d->crew, (uint64_t)w->st.epoch, tags,
                             match_standing_own_tags(&w->own, mark, tags), root, set, err);
    rc = ent_arena_end(scratch, rc, err);
    set->number = (uint64_t)w->st.number;
    return rc;
}

/* Our tags: whole under `step`, or (NULL) what changed, or nothing. */
static ent_code own_say(standing_task *w, const char *step, ent_err *err)
{
    psi_tagset from, to;
    standing_say *say;
    ent_buf buf;
    ent_str bytes;

    match_standing_own_free(&w->own); /* no key is looked for any more */
    if (step == NULL && !match_standing_own_differs(&w->own))
        return ENT_OK;
    if (step == NULL)
        ENT_TRY(
            tagset_of(w, STANDING_SAID, w->st.has_own_root ? &w->st.own_root : NULL, &from, err));
    ENT_TRY(tagset_of(w, STANDING_SEEN, NULL, &to, err));
    ent_buf_init(&buf, w->arena);
    if (step == NULL) {
        ENT_TRY(psi_tagset_delta_write(w->arena, &from, &to, &buf, err));
        w->st.number++;
    } else {
        psi_tagset_write(&to, &buf);
    }
    ENT_TRY(ent_buf_done(&buf, &bytes, err));
    ENT_TRY(match_standing_say_add(w, step == NULL ? "delta" : step, &say, err));
    say->payload[0] = ent_span_of_str(bytes);
    match_standing_own_settle(&w->own);
    w->st.s.count_own = (int64_t)w->own.count;
    w->st.own_parts = (int64_t)w->own.part_count;
    w->st.own_root = to.root;
    w->st.has_own_root = true;
    w->own_put = true;
    return ENT_OK;
}

/* ---- asking ---- */

/* One frame of questions about keys of one namespace. */
static ent_code frame_say(standing_task *w, int kind, const match_item *items, size_t count,
                          ent_err *err)
{
    standing_items asked = { .items = ent_arena_array(w->arena, count, sizeof *asked.items),
                             .count = count };
    psi_element *elements;
    standing_say *say;

    if (asked.items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        asked.items[i].item = items[i];
        asked.items[i].hit = match_standing_item_of(&w->known, items[i].key) != NULL;
    }
    ENT_TRY(match_standing_say_add(w, "ask", &say, err));
    say->kind = match_standing_kind_name(kind);
    say->frame = w->st.frame++;
    say->epoch = w->st.peer_epoch;
    ENT_TRY(match_standing_blind(w, say->frame, &asked, &elements, err));
    asked.blinded = (ent_span){ elements, count * PSI_ELEMENT_SIZE };
    say->asked = asked;
    say->payload[0] = asked.blinded;
    w->st.day_own.kind[kind] += (int64_t)count;
    return ENT_OK;
}

/* What is left of the day, and of what one walk asks. */
struct left {
    struct match_standing_budget day, theirs;
    int64_t now;
};

static ent_code kind_say(struct walk *walk, int kind, struct left *left, ent_err *err)
{
    standing_task *w = walk->w;
    struct wanted *k = &walk->wanted[kind];
    const size_t part = match_part_size(w->d), most = part < PSI_OPRF_BATCH ? part : PSI_OPRF_BATCH;
    match_items items;
    size_t asked = 0;

    match_pairs_sort(&k->pairs);
    ENT_TRY(match_pairs_items(w->arena, &k->pairs, &items, err));
    while (asked < items.count && left->day.all > 0 && left->day.kind[kind] > 0 && left->now > 0) {
        int64_t room = (int64_t)(items.count - asked);

        room = room > (int64_t)most ? (int64_t)most : room;
        room = room > left->day.all ? left->day.all : room;
        room = room > left->day.kind[kind] ? left->day.kind[kind] : room;
        room = room > left->now ? left->now : room;
        ENT_TRY(frame_say(w, kind, items.items + asked, (size_t)room, err));
        asked += (size_t)room;
        left->day.all -= room;
        left->day.kind[kind] -= room;
        left->now -= room;
    }
    k->left -= (int64_t)asked;
    w->st.s.waiting += k->left;
    w->mark_soon = w->mark_soon || (k->left > 0 && left->day.all > 0 && left->day.kind[kind] > 0);
    return ENT_OK;
}

/* So many questions one walk asks at most. */
static int64_t asks_most(const desk *d)
{
    size_t part = match_part_size(d);

    return (int64_t)(STANDING_FRAMES * (part < PSI_OPRF_BATCH ? part : PSI_OPRF_BATCH));
}

/* Keys that are ours no more are forgotten; others are asked about. */
static ent_code questions_say(struct walk *walk, struct left *left, ent_err *err)
{
    standing_task *w = walk->w;
    size_t kept = 0;

    for (size_t i = 0; i < w->asked.count; i++)
        if (w->asked.items[i].kept)
            w->asked.items[kept++] = w->asked.items[i];
        else
            w->frames[w->asked.items[i].frame].put = true;
    w->asked.count = kept;
    w->st.s.asked = (int64_t)kept;
    w->st.s.waiting = 0;
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        if (walk->wanted[kind].left > 0)
            ENT_TRY(kind_say(walk, kind, left, err));
    w->mark_again = w->st.s.waiting > 0;
    return ENT_OK;
}

static ent_code asks_begin(struct walk *walk, struct left *left, ent_err *err)
{
    standing_task *w = walk->w;

    walk->asks = w->st.has_peer;
    if (!walk->asks)
        return ENT_OK;
    ENT_TRY(match_standing_asked_need(w, err));
    ENT_TRY(match_standing_pending_need(w, err));
    ENT_TRY(match_standing_known_need(w, err));
    ENT_TRY(match_standing_budget_left(w, walk->terms, &left->day, &left->theirs, err));
    left->now = asks_most(w->d);
    for (int kind = 0; kind < STANDING_KINDS; kind++) {
        int64_t limit = left->now;

        limit = limit > left->day.all ? left->day.all : limit;
        limit = limit > left->day.kind[kind] ? left->day.kind[kind] : limit;
        walk->wanted[kind].limit = limit > 0 ? (size_t)limit : 0;
    }
    return ENT_OK;
}

/* ---- the whole ---- */

static ent_code walked(struct walk *walk, const char *step, ent_err *err)
{
    standing_task *w = walk->w;
    struct left left = { 0 };
    bool many;

    crypto_generichash(walk->hash_key, sizeof walk->hash_key, (const uint8_t *)"own keys", 8,
                       w->secret->epoch, PSI_SEED_SIZE);
    ENT_TRY(match_standing_own_load(w->d, w->st.s.id, w->st.epoch, w->st.own_parts, &w->own, err));
    ENT_TRY(asks_begin(walk, &left, err));
    ENT_TRY(walk_all(walk, &many, err));
    if (many) {
        w->end = "refused";
        w->clause = "set_max";
        return ENT_OK;
    }
    ENT_TRY(own_say(w, step, err));
    return walk->asks ? questions_say(walk, &left, err) : ENT_OK;
}

/* An epoch of a week, one that was begun and not shipped yet, and tags as a node of before kept
 * them. */
static bool epoch_ends(const standing_task *w)
{
    return w->d->now - w->st.epoch_since >= EPOCH_LONG || w->secret->has_next ||
           w->st.own_form != STANDING_FORM;
}

ent_code match_standing_refresh(standing_task *w, const char *step, ent_err *err)
{
    struct walk walk = { .w = w };
    desk_terms terms;
    ent_code rc;

    ENT_TRY(match_standing_terms(w, &terms, &w->clause, err));
    if (w->clause != NULL) {
        w->end = "refused";
        return ENT_OK;
    }
    if (step == NULL && epoch_ends(w)) {
        ENT_TRY(match_standing_epoch_begin(w, err));
        step = "set";
    }
    match_standing_own_init(&w->own, w->arena, match_part_size(w->d));
    walk.terms = &terms;
    walk.fresh_arena = ent_arena_new(FRESH_MEMORY);
    rc = walk.fresh_arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for new keys")
                                  : walked(&walk, step, err);
    rc = ent_arena_end(walk.fresh_arena, rc, err);
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        w->ask_arenas[kind] = walk.wanted[kind].pairs.arena; /* questions are made of it */
    sodium_memzero(walk.hash_key, sizeof walk.hash_key);
    match_standing_own_free(&w->own);
    return rc;
}
