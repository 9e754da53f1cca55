/* What a message or a change means to a standing match (match/standing.h): all the work, and
 * no write. */
#include "match/run_int.h"
#include "match/standing_int.h"
#include "match/step_int.h"

#include "base/text.h"
#include "psi/keyform.h"

#include <sodium.h>
#include <stdlib.h>

ent_code match_standing_say_add(standing_task *w, const char *step, standing_say **say,
                                ent_err *err)
{
    if (w->say_count == w->say_room) {
        size_t room = 2 * w->say_room + 4;
        standing_say *grown = ent_arena_array(w->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (w->say_count > 0)
            memcpy(grown, w->say, w->say_count * sizeof *grown);
        w->say = grown;
        w->say_room = room;
    }
    *say = &w->say[w->say_count++];
    **say = (standing_say){ .step = step, .epoch = w->st.epoch };
    return ENT_OK;
}

/* ---- asking ---- */

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
    int64_t frame;
    const standing_items *items;
    psi_element *elements;
};

static ent_code blind_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct blinding *b = arg;
    uint8_t blind[PSI_SCALAR_SIZE];

    for (size_t i = from; i < to; i++) {
        blind_make(b->w, b->frame, i, blind);
        ENT_TRY(
            psi_oprf_blind(PSI_POPRF, b->items->items[i].item.key, blind, &b->elements[i], err));
    }
    sodium_memzero(blind, sizeof blind);
    return ENT_OK;
}

ent_code match_standing_blind(standing_task *w, int64_t frame, const standing_items *items,
                              psi_element **elements, ent_err *err)
{
    struct blinding b = { w, frame, items, NULL };

    *elements = b.elements = ent_arena_array(w->arena, items->count + 1, sizeof *b.elements);
    if (b.elements == NULL)
        return ent_fail_arena(err);
    return psi_crew_run(w->d->crew, items->count, blind_slice, &b, err);
}

/* ---- budgets and terms ---- */

static void left_of(const desk_terms *terms, int64_t all, const match_counts *kinds,
                    struct match_standing_budget *left)
{
    left->all = terms->keys_per_day - all;
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        left->kind[kind] = terms->kind_per_day[kind] - kinds->kind[kind];
}

ent_code match_standing_budget_left(standing_task *w, const desk_terms *terms,
                                    struct match_standing_budget *own,
                                    struct match_standing_budget *theirs, ent_err *err)
{
    match_charge charge;

    ENT_TRY(match_charged(w->d, w->arena, w->st.peer, w->st.s.purpose, ENT_STR_NONE, &charge, err));
    left_of(terms, charge.own, &charge.own_kinds, own);
    left_of(terms, charge.theirs, &charge.their_kinds, theirs);
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

/* Do our own terms (still) permit it?  Else *clause. */
ent_code match_standing_terms(standing_task *w, desk_terms *terms, const char **clause,
                              ent_err *err)
{
    desk_agreement agreement;
    ent_err why = { 0 };
    ent_code rc = desk_agreement_get(w->d, w->arena, w->st.s.agreement, &agreement, &why);

    *clause = "agreement";
    if (rc == ENT_NOT_FOUND || rc == ENT_DENIED) /* DENIED: it is not of these two */
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

/* ---- hits ---- */

/* Those of the asked keys that were found in this piece of work are to be recorded. */
static ent_code hits_collect(standing_task *w, ent_err *err)
{
    w->hits = ent_arena_array(w->arena, w->asked.count + 1, sizeof(standing_item *));
    if (w->hits == NULL)
        return ent_fail_arena(err);
    w->hit_count = 0;
    for (size_t i = 0; i < w->asked.count; i++) {
        standing_item *item = &w->asked.items[i];

        if (!item->found)
            continue;
        item->hit = true;
        w->frames[item->frame].put = true;
        w->hits[w->hit_count++] = item;
    }
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

static ent_code larger(const standing_task *w, const desk_terms *terms, ent_err *err)
{
    return ent_fail(err, ENT_FORMAT, "a set of tags has %zu tags, more than the %lld agreed",
                    w->peer.count, (long long)terms->set_max);
}

/* The peer's whole set under a new key: what its old function gave means nothing any more. */
static ent_code set_take(standing_task *w, ent_json header, ent_span payload,
                         const desk_terms *terms, ent_err *err)
{
    ENT_TRY(peer_key_read(w, header, err));
    ENT_TRY(psi_tagset_read(w->arena, w->d->crew, payload, &w->peer, err));
    if (w->peer.epoch != (uint64_t)w->st.peer_epoch)
        return ent_fail(err, ENT_FORMAT, "a set of tags is of another epoch than its message");
    if ((int64_t)w->peer.count > terms->set_max)
        return larger(w, terms, err);
    w->st.peer_number = 0;
    w->st.s.count_peer = (int64_t)w->peer.count;
    w->peer_put = true;
    return match_standing_known_from_asked(w, err);
}

static ent_code delta_take(standing_task *w, ent_span payload, const desk_terms *terms,
                           ent_err *err)
{
    ENT_TRY(match_standing_peer_get(w->d, w->arena, &w->st, &w->peer_from, err));
    ENT_TRY(psi_tagset_delta_apply(w->arena, w->d->crew, &w->peer_from, payload, &w->peer, err));
    if ((int64_t)w->peer.count > terms->set_max)
        return larger(w, terms, err);
    w->st.peer_number = (int64_t)w->peer.number;
    w->st.s.count_peer = (int64_t)w->peer.count;
    w->peer_put = true;
    ENT_TRY(match_standing_asked_need(w, err));
    for (size_t i = 0; i < w->asked.count; i++) {
        standing_item *item = &w->asked.items[i];

        item->found = !item->hit && psi_tagset_has(&w->peer, item->tag);
    }
    return hits_collect(w, err);
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
    struct match_standing_budget own, theirs;
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
    ENT_TRY(match_standing_budget_left(w, terms, &own, &theirs, err));
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
    ENT_TRY(match_standing_server(w, kind, &server, err));
    nonce_make(w, payload, nonce);
    rc = psi_oprf_answer(server, in, count, nonce, out, proof, err);
    sodium_memzero(nonce, sizeof nonce);
    ENT_TRY(rc);
    ENT_TRY(match_standing_say_add(w, "answer", &say, err));
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

/* The proof is checked, and the outputs are taken from what was evaluated. */
static ent_code answer_open(standing_task *w, int64_t frame, ent_span payload,
                            standing_items *items, ent_err *err)
{
    const uint8_t *proof = payload.ptr;
    const size_t n = items->count;
    psi_element *blinded = ent_arena_array(w->arena, n, sizeof *blinded),
                *evaluated = ent_arena_array(w->arena, n, sizeof *evaluated);
    ent_str info = match_standing_info(
        w->arena, &w->st, w->st.peer, w->d->code,
        match_standing_kind_name(match_standing_kind(items->items[0].item.key)), w->st.peer_epoch);
    psi_oprf_client client;

    if (blinded == NULL || evaluated == NULL || info.ptr == NULL)
        return ent_fail_arena(err);
    memcpy(evaluated, proof + PSI_OPRF_PROOF, n * PSI_ELEMENT_SIZE);
    if (items->blinded.size == n * PSI_ELEMENT_SIZE)
        memcpy(blinded, items->blinded.ptr, items->blinded.size);
    else /* a node of before did not keep them */
        ENT_TRY(match_standing_blind(w, frame, items, &blinded, err));
    ENT_TRY(psi_oprf_client_init(&client, PSI_POPRF, &w->st.peer_key, info, err));
    client.crew = w->d->crew;
    ENT_TRY(psi_oprf_check(&client, blinded, evaluated, n, proof, err));
    return outputs_make(w, frame, &client, evaluated, items, err);
}

/* Which of a frame's keys the peer has and were not told of yet. */
static ent_code answer_look(standing_task *w, standing_items *items, bool *any, ent_err *err)
{
    bool *has = ent_arena_array(w->arena, items->count + 1, sizeof *has);

    *any = false;
    if (has == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_standing_peer_look(w->d, w->arena, &w->st, items, has, err));
    for (size_t i = 0; i < items->count; i++) {
        items->items[i].found = has[i] && !items->items[i].hit;
        *any = *any || items->items[i].found;
    }
    return ENT_OK;
}

static ent_code answer_take(standing_task *w, ent_json header, ent_span payload, ent_err *err)
{
    int64_t frame = -1, epoch = -1;
    standing_items items;
    ent_str id;
    bool any;

    (void)ent_json_int(ent_json_get(header, "frame"), &frame);
    (void)ent_json_int(ent_json_get(header, "epoch"), &epoch);
    if (epoch != w->st.peer_epoch)
        return ENT_OK; /* overtaken by a new epoch, in which all is asked again */
    id = match_standing_frame_id(w, frame);
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_standing_items_get(w->d, w->arena, "standing-ask", id, &items, err));
    if (items.count == 0)
        return ent_fail(err, ENT_CONFLICT, "a standing match answers what was not asked");
    if (payload.size != PSI_OPRF_PROOF + items.count * PSI_ELEMENT_SIZE)
        return ent_fail(err, ENT_FORMAT, "a standing match answers %zu bytes to %zu questions",
                        payload.size, items.count);
    ENT_TRY(answer_open(w, frame, payload, &items, err));
    ENT_TRY(answer_look(w, &items, &any, err));
    if (any) /* whether a hit is alone in a dense range is seen from all that was asked */
        ENT_TRY(match_standing_asked_need(w, err));
    ENT_TRY(match_standing_answered(w, id, &items, err));
    w->drop_frame = id.ptr;
    return hits_collect(w, err);
}

/* ---- one piece of work ---- */

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
        if (!w->secret->has_next) /* else it was begun before */
            w->d->random(w->d->arg, w->secret->ask, PSI_SEED_SIZE);
        ENT_TRY(match_standing_epoch_begin(w, err));
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
