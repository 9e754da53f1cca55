/* What a message or a change means to a standing match (match/standing.h): all the work, and
 * no write. */
#include "match/run_int.h"
#include "match/standing_int.h"
#include "match/step_int.h"

#include "base/text.h"
#include "psi/keyform.h"

#include <sodium.h>
#include <stdlib.h>

#define EPOCH_LONG (7 * ENT_DAY_TIME)
#define KEY_INFO   "entente standing key 1"

/* ---- our own function ---- */

static ent_code server_of(standing_task *w, int kind, psi_oprf_server **server, ent_err *err)
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

/* A new epoch: a new key, and no tag made with the old one. */
void match_standing_epoch_begin(standing_task *w)
{
    w->d->random(w->d->arg, w->secret->epoch, PSI_SEED_SIZE);
    w->st.epoch++;
    w->st.number = 0;
    w->st.epoch_since = w->d->now;
    w->own.count = 0;
    w->secret_put = true;
}

static ent_code tags_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    standing_task *w = arg;

    for (size_t i = from; i < to; i++) {
        standing_item *item = &w->own.items[i];
        uint8_t output[PSI_OPRF_OUTPUT];

        if (item->hit) /* its tag is known already */
            continue;
        ENT_TRY(psi_oprf_evaluate(&w->secret->servers[match_standing_kind(item->item.key)],
                                  item->item.key, output, err));
        item->tag = psi_tag_of(output);
    }
    return ENT_OK;
}

/* The tags of `items`, those of before kept. */
static ent_code own_make(standing_task *w, const match_items *items, ent_err *err)
{
    standing_item *made = ent_arena_array(w->arena, items->count + 1, sizeof *made);
    psi_oprf_server *server;
    size_t old = 0;

    if (made == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++) {
        made[i].item = items->items[i];
        while (old < w->own.count &&
               ent_str_compare(w->own.items[old].item.key, made[i].item.key) < 0)
            old++;
        made[i].hit =
            old < w->own.count && ent_str_equal(w->own.items[old].item.key, made[i].item.key);
        if (made[i].hit)
            made[i].tag = w->own.items[old].tag;
        ENT_TRY(server_of(w, match_standing_kind(made[i].item.key), &server, err));
    }
    w->own = (standing_items){ made, items->count };
    ENT_TRY(psi_crew_run(w->d->crew, w->own.count, tags_slice, w, err));
    for (size_t i = 0; i < w->own.count; i++)
        made[i].hit = false;
    w->own_put = true;
    return ENT_OK;
}

static ent_code tagset_of(standing_task *w, const standing_items *items, psi_tagset *set,
                          ent_err *err)
{
    uint64_t *tags = ent_arena_array(w->arena, items->count + 1, sizeof *tags);

    if (tags == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++)
        tags[i] = items->items[i].tag;
    ENT_TRY(psi_tagset_make(w->arena, (uint64_t)w->st.epoch, tags, items->count, set, err));
    set->number = (uint64_t)w->st.number;
    return ENT_OK;
}

static standing_say *say_add(standing_task *w, const char *step)
{
    ENT_ASSERT(w->say_count < STANDING_SAYS);
    w->say[w->say_count] = (standing_say){ .step = step, .epoch = w->st.epoch };
    return &w->say[w->say_count++];
}

/* ---- what changed here ---- */

static bool items_same(const standing_items *a, const match_items *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!ent_str_equal(a->items[i].item.key, b->items[i].key))
            return false;
    return true;
}

/* Our tags: whole under `step`, or (NULL) what changed, or nothing. */
static ent_code own_say(standing_task *w, const match_items *items, const char *step, ent_err *err)
{
    psi_tagset from, to;
    standing_say *say;
    ent_buf buf;
    ent_str bytes;

    if (step == NULL && items_same(&w->own, items))
        return ENT_OK;
    if (step == NULL)
        ENT_TRY(tagset_of(w, &w->own, &from, err));
    ENT_TRY(own_make(w, items, err));
    ENT_TRY(tagset_of(w, &w->own, &to, err));
    ent_buf_init(&buf, w->arena);
    if (step == NULL) {
        ENT_TRY(psi_tagset_delta_write(w->arena, &from, &to, &buf, err));
        w->st.number++;
    } else {
        psi_tagset_write(&to, &buf);
    }
    ENT_TRY(ent_buf_done(&buf, &bytes, err));
    say = say_add(w, step == NULL ? "delta" : step);
    say->payload[0] = ent_span_of_str(bytes);
    w->st.s.count_own = (int64_t)w->own.count;
    return ENT_OK;
}

/* ---- asking ---- */

static const standing_item *item_of(const standing_items *items, ent_str key)
{
    size_t low = 0, high = items->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int sign = ent_str_compare(items->items[middle].item.key, key);

        if (sign == 0)
            return &items->items[middle];
        if (sign < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool is_in(const standing_items *items, ent_str key)
{
    return item_of(items, key) != NULL;
}

static void blind_make(standing_task *w, int64_t frame, size_t index,
                       uint8_t blind[PSI_SCALAR_SIZE])
{
    char label[64];

    (void)snprintf(label, sizeof label, "blind %lld/%lld/%zu", (long long)w->st.peer_epoch,
                   (long long)frame, index);
    psi_scalar_derive(w->secret->ask, label, blind);
}

struct blinding {
    standing_task *w;
    const standing_say *say;
    psi_element *elements;
};

static ent_code blind_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct blinding *b = arg;
    uint8_t blind[PSI_SCALAR_SIZE];

    for (size_t i = from; i < to; i++) {
        blind_make(b->w, b->say->frame, i, blind);
        ENT_TRY(psi_oprf_blind(PSI_POPRF, b->say->asked.items[i].item.key, blind, &b->elements[i],
                               err));
    }
    sodium_memzero(blind, sizeof blind);
    return ENT_OK;
}

/* What is left of the day for a pair and purpose. */
struct budget {
    int64_t all, kind[STANDING_KINDS];
};

static void left_of(const desk_terms *terms, int64_t all, const match_counts *kinds,
                    struct budget *left)
{
    left->all = terms->keys_per_day - all;
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        left->kind[kind] = terms->kind_per_day[kind] - kinds->kind[kind];
}

static ent_code budget_left(standing_task *w, const desk_terms *terms, struct budget *own,
                            struct budget *theirs, ent_err *err)
{
    match_charge charge;

    ENT_TRY(match_charged(w->d, w->arena, w->st.peer, w->st.s.purpose, ENT_STR_NONE, &charge, err));
    left_of(terms, charge.own, &charge.own_kinds, own);
    left_of(terms, charge.theirs, &charge.their_kinds, theirs);
    return ENT_OK;
}

/* One frame of questions about keys of one namespace. */
static ent_code frame_say(standing_task *w, int kind, const match_items *items,
                          struct budget *budget, ent_err *err)
{
    struct blinding b = { .w = w };
    standing_items asked = { ent_arena_array(w->arena, PSI_OPRF_BATCH, sizeof *asked.items), 0 };
    const size_t part = match_part_size(w->d), most = part < PSI_OPRF_BATCH ? part : PSI_OPRF_BATCH;
    standing_say *say;

    if (asked.items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++) {
        const match_item *item = &items->items[i];

        if (match_standing_kind(item->key) != kind || is_in(&w->asked, item->key) ||
            is_in(&w->pending, item->key))
            continue;
        if (budget->all <= 0 || budget->kind[kind] <= 0 || asked.count == most) {
            w->st.s.waiting++;
            w->mark_soon = w->mark_soon || (budget->all > 0 && budget->kind[kind] > 0);
            continue;
        }
        asked.items[asked.count].hit =
            is_in(&w->known, item->key) && item_of(&w->known, item->key)->hit;
        asked.items[asked.count++].item = *item;
        budget->all--;
        budget->kind[kind]--;
    }
    if (asked.count == 0)
        return ENT_OK;
    say = say_add(w, "ask");
    say->kind = match_standing_kind_name(kind);
    say->frame = w->st.frame++;
    say->epoch = w->st.peer_epoch;
    say->asked = asked;
    b.say = say;
    b.elements = ent_arena_array(w->arena, asked.count, sizeof *b.elements);
    if (b.elements == NULL)
        return ent_fail_arena(err);
    ENT_TRY(psi_crew_run(w->d->crew, asked.count, blind_slice, &b, err));
    say->payload[0] = (ent_span){ b.elements, asked.count * PSI_ELEMENT_SIZE };
    w->st.day_own.kind[kind] += (int64_t)asked.count;
    return ENT_OK;
}

void match_standing_day_begin(standing_task *w)
{
    char today[ENT_TIME_TEXT];
    ent_str copy;

    ent_time_write(w->d->now, today);
    if (w->st.day.size == 10 && memcmp(w->st.day.ptr, today, 10) == 0)
        return;
    copy = ent_arena_str(w->arena, (ent_str){ today, 10 });
    w->st.day = copy.ptr == NULL ? ENT_STR("") : copy;
    w->st.day_own = (match_counts){ { 0 } };
    w->st.day_peer = (match_counts){ { 0 } };
}

/* Keys that are ours no more are forgotten; new ones are asked about. */
static ent_code questions_say(standing_task *w, const match_items *items, const desk_terms *terms,
                              ent_err *err)
{
    standing_items wanted = { ent_arena_array(w->arena, items->count + 1, sizeof *wanted.items),
                              items->count };
    struct budget budget, theirs;
    size_t kept = 0;

    if (wanted.items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++)
        wanted.items[i].item = items->items[i];
    for (size_t i = 0; i < w->asked.count; i++)
        if (is_in(&wanted, w->asked.items[i].item.key))
            w->asked.items[kept++] = w->asked.items[i];
    w->asked_put = w->asked_put || kept != w->asked.count;
    w->asked.count = kept;
    w->st.s.asked = (int64_t)kept;
    w->st.s.waiting = 0;
    ENT_TRY(budget_left(w, terms, &budget, &theirs, err));
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        ENT_TRY(frame_say(w, kind, items, &budget, err));
    w->mark_again = w->st.s.waiting > 0;
    return ENT_OK;
}

/* ---- terms, and what we hold ---- */

/* Do our own terms (still) permit it?  Else *clause. */
ent_code match_standing_terms(standing_task *w, desk_terms *terms, const char **clause,
                              ent_err *err)
{
    desk_agreement agreement;
    ent_err why = { 0 };
    ent_code rc = desk_agreement_get(w->d, w->arena, w->st.s.agreement, &agreement, &why);

    *clause = "agreement";
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    desk_agreement_terms(w->d, &agreement, w->st.peer, terms);
    if (!terms->policy.in_force || !terms->policy.both_party)
        return ENT_OK;
    *clause = terms->policy.match ? "purpose" : "flow";
    for (size_t i = 0; terms->policy.match && i < terms->policy.purpose_count; i++)
        if (ent_str_equal(terms->policy.purposes[i], w->st.s.purpose))
            *clause = NULL;
    return ENT_OK;
}

int match_standing_by_key(const void *a, const void *b)
{
    return ent_str_compare(((const match_item *)a)->key, ((const match_item *)b)->key);
}

static ent_code held(standing_task *w, const desk_terms *terms, match_items *items, ent_err *err)
{
    ENT_TRY(match_items_collect(w->d, w->arena, terms, w->st.s.purpose, NULL, items, err));
    ENT_TRY(match_standing_tripwires(w->d, w->arena, w->st.s.peer, w->st.s.purpose, items, err));
    if (items->count > 1)
        qsort(items->items, items->count, sizeof *items->items, match_standing_by_key);
    return ENT_OK;
}

/* ---- hits ---- */

/* Own keys that the peer's tags have and that are not recorded yet. */
static ent_code hits_find(standing_task *w, ent_err *err)
{
    w->hits = ent_arena_array(w->arena, w->asked.count + 1, sizeof(standing_item *));
    if (w->hits == NULL)
        return ent_fail_arena(err);
    w->hit_count = 0;
    for (size_t i = 0; i < w->asked.count; i++) {
        standing_item *item = &w->asked.items[i];

        if (item->hit || !psi_tagset_has(&w->peer, item->tag))
            continue;
        item->hit = true;
        w->hits[w->hit_count++] = item;
    }
    w->asked_put = w->asked_put || w->hit_count > 0;
    return ENT_OK;
}

/* ---- what came ---- */

static ent_code peer_key_read(standing_task *w, ent_json header, ent_err *err)
{
    static const char where[] = "a standing match";

    ENT_TRY(desk_number(header, "epoch", where, w->st.peer_epoch + 1, INT64_C(1) << 40,
                        &w->st.peer_epoch, err));
    ENT_TRY(desk_hex(header, "key", where, w->st.peer_key.bytes, PSI_ELEMENT_SIZE, err));
    if (!psi_element_valid(&w->st.peer_key))
        return ent_fail(err, ENT_UNTRUSTED, "%s: its key is no ristretto255 encoding", where);
    w->st.has_peer = true;
    return ENT_OK;
}

/* The peer's whole set under a new key: what its old function gave means nothing any more. */
static ent_code set_take(standing_task *w, ent_json header, ent_span payload,
                         const desk_terms *terms, ent_err *err)
{
    ENT_TRY(peer_key_read(w, header, err));
    ENT_TRY(psi_tagset_read(w->arena, payload, &w->peer, err));
    if (w->peer.epoch != (uint64_t)w->st.peer_epoch)
        return ent_fail(err, ENT_FORMAT, "a set of tags is of another epoch than its message");
    if ((int64_t)w->peer.count > terms->set_max)
        return ent_fail(err, ENT_LIMIT, "a set of %zu tags is larger than agreed", w->peer.count);
    w->st.peer_number = 0;
    w->st.s.count_peer = (int64_t)w->peer.count;
    w->peer_put = true;
    w->known = w->asked;
    w->asked.count = 0;
    w->pending.count = 0;
    w->asks_drop = true;
    w->asked_put = true;
    return ENT_OK;
}

static ent_code delta_take(standing_task *w, ent_span payload, const desk_terms *terms,
                           ent_err *err)
{
    psi_tagset to;

    ENT_TRY(psi_tagset_delta_apply(w->arena, &w->peer, payload, &to, err));
    if ((int64_t)to.count > terms->set_max)
        return ent_fail(err, ENT_LIMIT, "a set of %zu tags is larger than agreed", to.count);
    w->peer = to;
    w->st.peer_number = (int64_t)to.number;
    w->st.s.count_peer = (int64_t)to.count;
    w->peer_put = true;
    return hits_find(w, err);
}

static int kind_read(ent_json header)
{
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        if (psi_keyform_at(kind) != NULL &&
            ent_str_is(ent_json_get_text(header, "kind"), psi_keyform_at(kind)->prefix))
            return kind;
    return -1;
}

/* The nonce of a proof is bound to the frame: two frames never share one. */
static void nonce_make(standing_task *w, ent_span payload, uint8_t nonce[PSI_SCALAR_SIZE])
{
    ent_hash hash = ent_hash_of(payload.ptr, payload.size);
    char label[16 + 2 * ENT_HASH_SIZE + 1] = "proof nonce ";

    (void)sodium_bin2hex(label + 12, sizeof label - 12, hash.bytes, ENT_HASH_SIZE);
    psi_scalar_derive(w->secret->epoch, label, nonce);
}

static ent_code ask_take(standing_task *w, ent_json header, ent_span payload,
                         const desk_terms *terms, ent_err *err)
{
    size_t count = payload.size / PSI_ELEMENT_SIZE;
    psi_element *in = ent_arena_array(w->arena, count + 1, sizeof *in),
                *out = ent_arena_array(w->arena, count + 1, sizeof *out);
    uint8_t *proof = ent_arena_alloc(w->arena, PSI_OPRF_PROOF), nonce[PSI_SCALAR_SIZE];
    int64_t frame = -1, epoch = -1;
    struct budget own, theirs;
    psi_oprf_server *server;
    standing_say *say;
    int kind = kind_read(header);
    ent_code rc;

    if (in == NULL || out == NULL || proof == NULL)
        return ent_fail_arena(err);
    (void)ent_json_int(ent_json_get(header, "frame"), &frame);
    (void)ent_json_int(ent_json_get(header, "epoch"), &epoch);
    if (kind < 0 || count == 0 || count > PSI_OPRF_BATCH || payload.size % PSI_ELEMENT_SIZE != 0)
        return ent_fail(err, ENT_FORMAT, "a standing match asks about no key, or too many at once");
    if (frame < w->st.peer_frame)
        return ent_fail(err, ENT_CONFLICT, "a standing match asks the same twice");
    ENT_TRY(budget_left(w, terms, &own, &theirs, err));
    /* Over the budget of our day, or behind one that is: it waits. */
    w->postpone = frame > w->st.peer_frame ||
                  (epoch == w->st.epoch &&
                   ((int64_t)count > theirs.all || (int64_t)count > theirs.kind[kind]));
    if (w->postpone)
        return ENT_OK;
    w->st.peer_frame++;
    if (epoch != w->st.epoch)
        return ENT_OK; /* of the epoch before: the peer has heard of the new one by now */
    w->st.day_peer.kind[kind] += (int64_t)count;
    memcpy(in, payload.ptr, payload.size);
    ENT_TRY(server_of(w, kind, &server, err));
    nonce_make(w, payload, nonce);
    rc = psi_oprf_answer(server, in, count, nonce, out, proof, err);
    sodium_memzero(nonce, sizeof nonce);
    ENT_TRY(rc);
    say = say_add(w, "answer");
    say->kind = match_standing_kind_name(kind);
    say->frame = frame;
    say->payload[0] = (ent_span){ proof, PSI_OPRF_PROOF };
    say->payload[1] = (ent_span){ out, count * PSI_ELEMENT_SIZE };
    return ENT_OK;
}

ent_str match_standing_frame_id(standing_task *w, int64_t frame)
{
    return ent_arena_printf(w->arena, "%.*s/%lld", ENT_STR_ARG(w->st.s.id), (long long)frame);
}

/* The outputs of answered questions, put among those that are known. */
static ent_code outputs_merge(standing_task *w, const standing_items *more, ent_err *err)
{
    standing_item *all = ent_arena_array(w->arena, w->asked.count + more->count + 1, sizeof *all);
    size_t a = 0, b = 0, n = 0;

    if (all == NULL)
        return ent_fail_arena(err);
    while (a < w->asked.count || b < more->count)
        if (b == more->count ||
            (a < w->asked.count &&
             ent_str_compare(w->asked.items[a].item.key, more->items[b].item.key) < 0))
            all[n++] = w->asked.items[a++];
        else
            all[n++] = more->items[b++];
    w->asked = (standing_items){ all, n };
    w->asked_put = true;
    w->st.s.asked = (int64_t)n;
    return ENT_OK;
}

struct outputs {
    const psi_oprf_client *client;
    const psi_element *evaluated;
    uint8_t (*unblinds)[PSI_SCALAR_SIZE];
    standing_items *items;
};

static ent_code outputs_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct outputs *o = arg;
    uint8_t output[PSI_OPRF_OUTPUT];

    for (size_t i = from; i < to; i++) {
        ENT_TRY(psi_oprf_finalize(o->client, o->items->items[i].item.key, o->unblinds[i],
                                  &o->evaluated[i], output, err));
        o->items->items[i].tag = psi_tag_of(output);
    }
    return ENT_OK;
}

static ent_code outputs_make(standing_task *w, int64_t frame, const psi_oprf_client *client,
                             const psi_element *evaluated, standing_items *items, ent_err *err)
{
    uint8_t(*blinds)[PSI_SCALAR_SIZE] = ent_arena_array(w->arena, items->count, PSI_SCALAR_SIZE),
    (*unblinds)[PSI_SCALAR_SIZE] = ent_arena_array(w->arena, items->count, PSI_SCALAR_SIZE);
    struct outputs o = { client, evaluated, unblinds, items };
    ent_code rc;

    if (blinds == NULL || unblinds == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++)
        blind_make(w, frame, i, blinds[i]);
    psi_scalars_invert(blinds, unblinds, items->count);
    rc = psi_crew_run(client->crew, items->count, outputs_slice, &o, err);
    sodium_memzero(blinds, items->count * sizeof *blinds);
    sodium_memzero(unblinds, items->count * sizeof *unblinds);
    return rc;
}

static ent_code answer_take(standing_task *w, ent_json header, ent_span payload, ent_err *err)
{
    const uint8_t *proof = payload.ptr;
    psi_element *blinded, *evaluated;
    struct blinding b = { .w = w };
    standing_say asked = { .step = "ask" };
    psi_oprf_client client;
    int64_t frame = -1, epoch = -1;
    ent_str id, info;
    size_t n;

    (void)ent_json_int(ent_json_get(header, "frame"), &frame);
    (void)ent_json_int(ent_json_get(header, "epoch"), &epoch);
    if (epoch != w->st.peer_epoch)
        return ENT_OK; /* overtaken by a new epoch, in which all is asked again */
    id = match_standing_frame_id(w, frame);
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_standing_items_get(w->d, w->arena, "standing-ask", id, &asked.asked, err));
    n = asked.asked.count;
    if (n == 0)
        return ent_fail(err, ENT_CONFLICT, "a standing match answers what was not asked");
    if (payload.size != PSI_OPRF_PROOF + n * PSI_ELEMENT_SIZE)
        return ent_fail(err, ENT_FORMAT, "a standing match answers %zu bytes to %zu questions",
                        payload.size, n);
    blinded = ent_arena_array(w->arena, n, sizeof *blinded);
    evaluated = ent_arena_array(w->arena, n, sizeof *evaluated);
    info = match_standing_info(
        w->arena, &w->st, w->st.peer, w->d->code,
        match_standing_kind_name(match_standing_kind(asked.asked.items[0].item.key)),
        w->st.peer_epoch);
    if (blinded == NULL || evaluated == NULL || info.ptr == NULL)
        return ent_fail_arena(err);
    memcpy(evaluated, proof + PSI_OPRF_PROOF, n * PSI_ELEMENT_SIZE);
    asked.frame = frame;
    b.say = &asked;
    b.elements = blinded;
    ENT_TRY(psi_crew_run(w->d->crew, n, blind_slice, &b, err));
    ENT_TRY(psi_oprf_client_init(&client, PSI_POPRF, &w->st.peer_key, info, err));
    client.crew = w->d->crew;
    ENT_TRY(psi_oprf_check(&client, blinded, evaluated, n, proof, err));
    ENT_TRY(outputs_make(w, frame, &client, evaluated, &asked.asked, err));
    ENT_TRY(outputs_merge(w, &asked.asked, err));
    w->drop_frame = id.ptr;
    return hits_find(w, err);
}

/* ---- one piece of work ---- */

/* What changed here: tags, a new epoch, questions. */
ent_code match_standing_refresh(standing_task *w, const char *step, ent_err *err)
{
    desk_terms terms;
    match_items items;

    ENT_TRY(match_standing_terms(w, &terms, &w->clause, err));
    if (w->clause != NULL) {
        w->end = "refused";
        return ENT_OK;
    }
    ENT_TRY(held(w, &terms, &items, err));
    if ((int64_t)items.count > terms.set_max) {
        w->end = "refused";
        w->clause = "set_max";
        return ENT_OK;
    }
    if (step == NULL && w->d->now - w->st.epoch_since >= EPOCH_LONG) {
        match_standing_epoch_begin(w);
        step = "set";
    }
    ENT_TRY(own_say(w, &items, step, err));
    return w->st.has_peer ? questions_say(w, &items, &terms, err) : ENT_OK;
}

ent_code match_standing_take(standing_task *w, ent_json header, ent_span payload, ent_err *err)
{
    ent_str step = ent_json_get_text(header, "step");
    bool open = ent_str_is(w->st.s.state, "open");
    desk_terms terms;

    ENT_TRY(match_standing_terms(w, &terms, &w->clause, err));
    if (w->clause != NULL) {
        w->end = "refused";
        return ENT_OK;
    }
    if (ent_str_is(step, "offer")) {
        w->st.s.state = ENT_STR("open");
        w->d->random(w->d->arg, w->secret->ask, PSI_SEED_SIZE);
        match_standing_epoch_begin(w);
        ENT_TRY(set_take(w, header, payload, &terms, err));
        return match_standing_refresh(w, "accept", err);
    }
    if (ent_str_is(step, "accept") && ent_str_is(w->st.s.state, "offered")) {
        w->st.s.state = ENT_STR("open");
        ENT_TRY(set_take(w, header, payload, &terms, err));
        return match_standing_refresh(w, NULL, err);
    }
    if (ent_str_is(step, "set") && open) {
        ENT_TRY(set_take(w, header, payload, &terms, err));
        return match_standing_refresh(w, NULL, err);
    }
    if (ent_str_is(step, "delta") && open)
        return delta_take(w, payload, &terms, err);
    if (ent_str_is(step, "ask") && open)
        return ask_take(w, header, payload, &terms, err);
    if (ent_str_is(step, "answer") && open)
        return answer_take(w, header, payload, err);
    return ent_fail(err, ENT_CONFLICT, "a standing match that is %.*s does not expect '%.*s'",
                    ENT_STR_ARG(w->st.s.state), step.size > 20 ? 20 : (int)step.size, step.ptr);
}
