/* Runs of private comparison: each message is one step of psi/clash.h. */
#include "joint/plan_int.h"
#include "joint/receive.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "desk/work.h"
#include "joint/terms.h"
#include "psi/group.h"

#include <sodium.h>

#define VERSION    1 /* of boxes, domains and messages together */
#define FRAMES_MAX 16

static const char where[] = "a comparison of plans";

struct claim {
    ent_str name, day, until;
    psi_claim claim;
};

struct run {
    desk *d;
    ent_arena *arena;
    const char *peer;
    ent_str id;
    bool first;
    int64_t generation;
    ent_str frames[FRAMES_MAX]; /* our messages, to be erased at the end */
    size_t frame_count;
    int64_t heard[FRAMES_MAX]; /* places of theirs */
    size_t heard_count;
    ent_str call; /* theirs */
    uint8_t seed[PSI_SEED_SIZE];
    ent_span state;
    struct claim *claims;
    size_t claim_count;
};

/* ---- claims ---- */

static ent_str day_of(ent_arena *arena, ent_str time)
{
    return ent_arena_str(arena, (ent_str){ time.ptr, time.size < 10 ? time.size : 10 });
}

static ent_code claims_collect(struct run *r, ent_err *err)
{
    joint_plan *plans;
    size_t count;

    ENT_TRY(joint_generation(r->d, r->arena, false, &r->generation, err));
    ENT_TRY(joint_plan_list(r->d, r->arena, &plans, &count, err));
    r->claims = ent_arena_array(r->arena, PSI_CLASH_CLAIMS, sizeof *r->claims);
    if (r->claims == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        const joint_plan *p = &plans[i];

        for (size_t j = 0; j < p->domain_count && ent_str_is(p->state, "active"); j++) {
            ENT_ASSERT(r->claim_count < PSI_CLASH_CLAIMS);
            r->claims[r->claim_count++] =
                (struct claim){ p->name,
                                day_of(r->arena, p->start),
                                day_of(r->arena, p->stop),
                                { p->domains[j], psi_box_clamp(&p->box) } };
        }
    }
    return ENT_OK;
}

/* ---- documents ---- */

static void claim_write(ent_jw *w, const struct claim *c)
{
    ent_jw_object(w);
    ent_jw_key(w, "plan");
    ent_jw_str(w, c->name);
    ent_jw_key(w, "day");
    ent_jw_str(w, c->day);
    ent_jw_key(w, "until");
    ent_jw_str(w, c->until);
    ent_jw_key(w, "domain");
    ent_jw_int(w, c->claim.domain);
    ent_jw_key(w, "box");
    ent_jw_array(w);
    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        ent_jw_int(w, c->claim.box.from[i]);
        ent_jw_int(w, c->claim.box.to[i]);
    }
    ent_jw_end(w);
    ent_jw_end(w);
}

static ent_code secret_put(struct run *r, ent_str state, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("plan-secret"), .id = r->id, .peer = ent_str_of(r->peer), .time = r->d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "seed");
    ent_jw_hex(&w, r->seed, sizeof r->seed);
    ent_jw_key(&w, "state");
    ent_jw_base64(&w, state.ptr, state.size);
    ent_jw_key(&w, "claims");
    ent_jw_array(&w);
    for (size_t i = 0; i < r->claim_count; i++)
        claim_write(&w, &r->claims[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(r->d->store, &doc, err);
}

static void claim_read(ent_json json, struct claim *c)
{
    ent_json box = ent_json_get(json, "box");
    int64_t domain = 0;

    (void)ent_json_int(ent_json_get(json, "domain"), &domain);
    *c = (struct claim){ .name = ent_json_get_text(json, "plan"),
                         .day = ent_json_get_text(json, "day"),
                         .until = ent_json_get_text(json, "until"),
                         .claim = { .domain = (uint8_t)domain } };
    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        (void)ent_json_int(ent_json_at(box, 2 * i), &c->claim.box.from[i]);
        (void)ent_json_int(ent_json_at(box, 2 * i + 1), &c->claim.box.to[i]);
    }
}

static ent_code secret_get(struct run *r, ent_err *err)
{
    ent_json json, list;
    store_doc doc;

    ENT_TRY(desk_doc(r->d, r->arena, "plan-secret", r->id, &doc, &json, err));
    ENT_TRY(desk_hex(json, "seed", where, r->seed, sizeof r->seed, err));
    ENT_TRY(ent_base64_read(r->arena, ent_json_get_text(json, "state"), &r->state, err));
    list = ent_json_get(json, "claims");
    r->claims = ent_arena_array(r->arena, ent_json_count(list) + 1, sizeof *r->claims);
    if (r->claims == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        claim_read(v, &r->claims[r->claim_count++]);
    return ENT_OK;
}

static ent_code run_put(struct run *r, const char *state, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("plan-run"),
                      .id = r->id,
                      .peer = ent_str_of(r->peer),
                      .state = ent_str_of(state),
                      .time = r->d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "first");
    ent_jw_bool(&w, r->first);
    ent_jw_key(&w, "generation");
    ent_jw_int(&w, r->generation);
    ent_jw_key(&w, "frames");
    ent_jw_array(&w);
    for (size_t i = 0; i < r->frame_count; i++)
        ent_jw_str(&w, r->frames[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "heard");
    ent_jw_array(&w);
    for (size_t i = 0; i < r->heard_count; i++)
        ent_jw_int(&w, r->heard[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(r->d->store, &doc, err);
}

static ent_code run_get(struct run *r, bool *found, ent_err *err)
{
    ent_json json;
    store_doc doc;

    ENT_TRY(desk_doc_found(r->d, r->arena, "plan-run", r->id, &doc, found, err));
    if (!*found)
        return ENT_OK;
    if (!ent_str_is(doc.peer, r->peer) || !ent_str_is(doc.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "%s: the run is over or is another's", where);
    ENT_TRY(ent_json_read(r->arena, doc.json, &json, err));
    r->first = ent_json_true(ent_json_get(json, "first"));
    (void)ent_json_int(ent_json_get(json, "generation"), &r->generation);
    for (ent_json v = ent_json_first(ent_json_get(json, "frames"));
         v.doc != NULL && r->frame_count < FRAMES_MAX; v = ent_json_next(v))
        r->frames[r->frame_count++] = ent_json_str(v);
    for (ent_json v = ent_json_first(ent_json_get(json, "heard"));
         v.doc != NULL && r->heard_count < FRAMES_MAX; v = ent_json_next(v))
        (void)ent_json_int(v, &r->heard[r->heard_count++]);
    return ENT_OK;
}

/* ---- messages ---- */

static ent_code message_say(struct run *r, ent_str message, const char *refuse, ent_err *err)
{
    ent_str body, contact, id;
    char entry[37];
    ent_buf buf;
    ent_jw w;

    ENT_TRY(joint_contact_get(r->d, r->arena, &contact, err));
    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "run");
    ent_jw_str(&w, r->id);
    if (refuse != NULL) {
        ent_jw_key(&w, "refuse");
        ent_jw_c(&w, refuse);
    } else {
        ent_jw_key(&w, "version");
        ent_jw_int(&w, VERSION);
        ent_jw_key(&w, "call");
        ent_jw_str(&w, contact);
        ent_jw_key(&w, "message");
        ent_jw_base64(&w, message.ptr, message.size);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(desk_say_as(r->d, r->arena, r->peer, LINK_PLAN, ent_span_of_str(body), entry, err));
    id = ent_arena_str(r->arena, ent_str_of(entry));
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    if (r->frame_count < FRAMES_MAX)
        r->frames[r->frame_count++] = id;
    return ENT_OK;
}

/* ---- the end ---- */

static ent_code doc_drop(desk *d, const char *kind, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc = store_doc_delete(d->store, kind, id, &why);

    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    return ENT_OK;
}

static ent_code erase_ask(struct run *r, ent_str id, const char *side, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("erase"),
                      .id = id,
                      .peer = ent_str_of(r->peer),
                      .state = ent_str_of(side),
                      .time = r->d->now,
                      .json = ENT_STR("{}") };

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(r->d->store, &doc, err);
}

/* Seed and claims are deleted, the messages erased; `last`: our last one is still to be heard. */
static ent_code run_close(struct run *r, const char *state, bool last, ent_err *err)
{
    ENT_TRY(doc_drop(r->d, "plan-secret", r->id, err));
    for (size_t i = 0; i + (last ? 1 : 0) < r->frame_count; i++)
        ENT_TRY(erase_ask(r, r->frames[i], "out", err));
    for (size_t i = 0; i < r->heard_count; i++)
        ENT_TRY(erase_ask(r, ent_arena_printf(r->arena, "%s/%lld", r->peer, (long long)r->heard[i]),
                          "in", err));
    r->frame_count = 0;
    r->heard_count = 0;
    return run_put(r, state, err);
}

static ent_code compared_put(struct run *r, const char *why, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("plan-compared"),
                      .id = ent_str_of(r->peer),
                      .peer = ent_str_of(r->peer),
                      .time = r->d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "generation");
    ent_jw_int(&w, r->generation);
    ent_jw_key(&w, "run");
    ent_jw_str(&w, r->id);
    if (why != NULL) {
        ent_jw_key(&w, "why");
        ent_jw_c(&w, why);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(r->d->store, &doc, err);
}

/* The same at both ends, and of no meaning elsewhere. */
static void reference_make(const struct run *r, const psi_clash_pair *pair, char reference[9])
{
    uint32_t slots[2] = { r->first ? pair->slot : pair->other,
                          r->first ? pair->other : pair->slot };
    const uint8_t places[2] = { (uint8_t)slots[0], (uint8_t)slots[1] };
    const ent_span pieces[] = { { r->id.ptr, r->id.size }, { places, sizeof places } };
    ent_hash hash = ent_hash_pieces(pieces, 2);

    ent_hex_write(hash.bytes, 4, reference);
}

static ent_code clash_put(struct run *r, const psi_clash_pair *pair, ent_err *err)
{
    const struct claim *claim = &r->claims[pair->own];
    store_doc doc = { .kind = ENT_STR("clash"),
                      .peer = ent_str_of(r->peer),
                      .state = ENT_STR("open"),
                      .time = r->d->now };
    char reference[9];
    ent_buf buf;
    ent_jw w;

    reference_make(r, pair, reference);
    doc.id = ent_arena_printf(r->arena, "%.*s/%s", ENT_STR_ARG(r->id), reference);
    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "plan");
    ent_jw_str(&w, claim->name);
    ent_jw_key(&w, "domain");
    ent_jw_c(&w, joint_domain_name(claim->claim.domain));
    ent_jw_key(&w, "day");
    ent_jw_str(&w, claim->day);
    ent_jw_key(&w, "until");
    ent_jw_str(&w, claim->until);
    ent_jw_key(&w, "call");
    ent_jw_str(&w, r->call);
    ent_jw_key(&w, "reference");
    ent_jw_c(&w, reference);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return doc.id.ptr == NULL ? ent_fail_arena(err) : store_doc_put(r->d->store, &doc, err);
}

static ent_code clashes_drop(struct run *r, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(r->d, r->arena, "clash", r->peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(doc_drop(r->d, "clash", docs[i].id, err));
    return ENT_OK;
}

/* A run that began with older plans than one that has ended already changes nothing. */
static ent_code newer_compared(struct run *r, bool *newer, ent_err *err)
{
    int64_t generation = 0;
    store_doc doc;
    ent_json json;

    ENT_TRY(desk_doc_found(r->d, r->arena, "plan-compared", ent_str_of(r->peer), &doc, newer, err));
    if (!*newer)
        return ENT_OK;
    ENT_TRY(ent_json_read(r->arena, doc.json, &json, err));
    *newer =
        ent_json_int(ent_json_get(json, "generation"), &generation) && generation > r->generation;
    return ENT_OK;
}

static ent_code run_done(struct run *r, const psi_clash_step *step, ent_err *err)
{
    int64_t generation;
    bool newer, open;

    ENT_TRY(run_close(r, "closed", step->say.size > 0, err));
    ENT_TRY(newer_compared(r, &newer, err));
    if (!newer) {
        ENT_TRY(clashes_drop(r, err));
        for (size_t i = 0; i < step->count; i++)
            if (step->pairs[i].clash)
                ENT_TRY(clash_put(r, &step->pairs[i], err));
        ENT_TRY(compared_put(r, NULL, err));
    }
    ENT_TRY(joint_generation(r->d, r->arena, false, &generation, err));
    ENT_TRY(joint_run_open(r->d, r->arena, r->peer, &open, err));
    return generation == r->generation || open ? ENT_OK
                                               : joint_run_start(r->d, r->arena, r->peer, err);
}

/* ---- steps ---- */

static ent_code run_step(struct run *r, ent_span heard, ent_err *err)
{
    psi_claim claims[PSI_CLASH_CLAIMS];
    psi_clash own = { .first = r->first, .run = r->id, .seed = r->seed, .claims = claims };
    psi_clash_step step;

    for (; own.count < r->claim_count; own.count++)
        claims[own.count] = r->claims[own.count].claim;
    ENT_TRY(psi_clash_take(r->arena, &own, r->state, heard, &step, err));
    if (step.say.size > 0)
        ENT_TRY(message_say(r, step.say, NULL, err));
    if (step.done)
        return run_done(r, &step, err);
    ENT_TRY(secret_put(r, step.state, err));
    return run_put(r, "open", err);
}

ent_code joint_run_start(desk *d, ent_arena *arena, const char *peer, ent_err *err)
{
    struct run r = { .d = d, .arena = arena, .peer = peer, .first = true };
    char id[37];
    ent_code rc;

    desk_id(d, id);
    r.id = ent_arena_str(arena, ent_str_of(id));
    if (r.id.ptr == NULL)
        return ent_fail_arena(err);
    d->random(d->arg, r.seed, sizeof r.seed);
    rc = claims_collect(&r, err);
    if (rc == ENT_OK)
        rc = run_step(&r, (ent_span){ NULL, 0 }, err);
    sodium_memzero(r.seed, sizeof r.seed);
    return rc;
}

static ent_code run_refused(struct run *r, ent_str clause, ent_err *err)
{
    ent_str why = ent_arena_printf(r->arena, "refused: %.*s", ENT_STR_ARG(clause));

    if (why.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(run_close(r, "refused", false, err));
    return compared_put(r, why.ptr, err);
}

/* Both have begun at once: the run with the lower id is done, the other is dropped by both.
 * *drop: this is the one to be dropped. */
static ent_code runs_meet(struct run *r, bool *drop, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *drop = false;
    ENT_TRY(desk_docs(r->d, r->arena, "plan-run", r->peer, "open", &docs, &count, err));
    for (size_t i = 0; i < count && !*drop; i++) {
        struct run own = { .d = r->d, .arena = r->arena, .peer = r->peer, .id = docs[i].id };
        bool found;

        ENT_TRY(run_get(&own, &found, err));
        if (!found || !own.first || own.heard_count > 0)
            continue;
        *drop = ent_str_compare(own.id, r->id) < 0;
        if (!*drop)
            ENT_TRY(run_close(&own, "dropped", false, err));
    }
    return ENT_OK;
}

static ent_code run_answer(struct run *r, int64_t version, ent_err *err)
{
    ent_err why = { 0 };
    desk_terms terms;
    bool drop;
    ent_code rc = joint_terms_find(r->d, r->arena, r->peer, JOINT_PLANS,
                                   ENT_STR(JOINT_PURPOSE_PLANS), &terms, &why);

    if (rc != ENT_OK && rc != ENT_DENIED)
        return *err = why, rc;
    if (rc == ENT_DENIED || version != VERSION)
        return message_say(r, ENT_STR_NONE, rc == ENT_DENIED ? "agreement" : "version", err);
    ENT_TRY(runs_meet(r, &drop, err));
    if (drop)
        return ENT_OK;
    r->d->random(r->d->arg, r->seed, sizeof r->seed);
    return claims_collect(r, err);
}

static ent_code message_take(struct run *r, ent_json json, bool found, ent_err *err)
{
    int64_t version;
    ent_span heard;

    ENT_TRY(desk_number(json, "version", where, 1, INT32_MAX, &version, err));
    ENT_TRY(desk_text(json, "call", where, &r->call, err));
    if (r->call.size > 200)
        return ent_fail(err, ENT_FORMAT, "%s: member 'call' has more than 200 bytes", where);
    ENT_TRY(ent_base64_read(r->arena, ent_json_get_text(json, "message"), &heard, err));
    if (found)
        ENT_TRY(secret_get(r, err));
    else
        ENT_TRY(run_answer(r, version, err));
    if (!found && r->claims == NULL) /* refused, or dropped */
        return erase_ask(r, ent_arena_printf(r->arena, "%s/%lld", r->peer, (long long)r->heard[0]),
                         "in", err);
    return run_step(r, heard, err);
}

ent_code joint_plan_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    static const char *const names[] = { "call", "message", "refuse", "run", "version", NULL };
    struct run r = { .d = d, .arena = arena, .peer = peer };
    ent_str refuse;
    ent_json json;
    ent_code rc;
    bool found;

    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "run", where, &r.id, err));
    ENT_TRY(run_get(&r, &found, err));
    refuse = ent_json_get_text(json, "refuse");
    if (refuse.size > 0)
        return found ? run_refused(&r, refuse, err)
                     : ent_fail(err, ENT_NOT_FOUND, "%s: there is no such run", where);
    if (r.heard_count < FRAMES_MAX)
        r.heard[r.heard_count++] = (int64_t)entry->seq;
    rc = message_take(&r, json, found, err);
    sodium_memzero(r.seed, sizeof r.seed);
    return rc;
}
