/* The steps of a run (desk/match.h): what each message must be, and what follows from it. */
#include "desk/match_run_int.h"
#include "desk/receive_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "names/names.h"
#include "psi/keyform.h"

#include <sodium.h>

/* An open run that is older than this is given up when the same is asked again. */
#define RUN_STALE (3600 * ENT_SECOND)

/* One message at work. */
struct step {
    desk *d;
    ent_arena *arena;
    match_run *run;
    ent_json header;
    ent_span payload;
    uint8_t seed[PSI_SEED_SIZE];
    desk_items items;
    psi_set set; /* ours */
};

static ent_code own_set_make(struct step *s, ent_err *err)
{
    ent_str *texts;

    ENT_TRY(desk_items_texts(s->arena, &s->items, &texts, err));
    return psi_set_make(s->arena, s->seed, s->run->r.id, texts, s->items.count, &s->set, err);
}

static ent_span elements_of(const psi_set *set)
{
    return (ent_span){ set->elements, set->count * PSI_ELEMENT_SIZE };
}

/* Collects, commits and keeps our set for a new run. */
static ent_code set_commit(struct step *s, const desk_terms *terms, ent_err *err)
{
    match_run *run = s->run;

    s->d->random(s->d->arg, s->seed, sizeof s->seed);
    ENT_TRY(desk_items_collect(s->d, s->arena, terms, run->r.purpose,
                               run->about.size > 0 ? run->about.ptr : NULL, &s->items, err));
    if (run->about.size > 0 && s->items.count == 0)
        return ent_fail(err, ENT_NOT_FOUND,
                        "'%s' is no record of ours with a key that may be matched for '%.*s'",
                        run->about.ptr, ENT_STR_ARG(run->r.purpose));
    run->r.size_own = (int64_t)psi_padded(s->items.count);
    return ENT_OK;
}

static ent_code set_keep(struct step *s, ent_err *err)
{
    ENT_TRY(own_set_make(s, err));
    s->run->root_own = s->set.root;
    return desk_secret_put(s->d, s->arena, s->run->r.id, s->run->peer, s->seed, &s->items, err);
}

/* ---- asking ---- */

static ent_code stale_end(desk *d, ent_arena *arena, const char *peer, ent_str purpose,
                          ent_str about, ent_str *under_way, ent_err *err)
{
    desk_run *runs;
    size_t count;

    *under_way = ENT_STR_NONE;
    ENT_TRY(desk_run_list(d, arena, peer, &runs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_run run;
        ent_time started;

        ENT_TRY(desk_run_load(d, arena, runs[i].id, &run, err));
        if (!ent_str_is(run.r.state, "open") || !ent_str_is(run.r.side, "asked") ||
            !ent_str_equal(run.r.purpose, purpose) || !ent_str_equal(run.about, about))
            continue;
        ENT_TRY(ent_time_read(run.r.started, &started, err));
        if (d->now - started < RUN_STALE)
            *under_way = run.r.id;
        else
            ENT_TRY(desk_run_end(d, arena, &run, "failed", "not answered in time", err));
    }
    return ENT_OK;
}

/* The clause that forbids it, for own users. */
static ent_code terms_permit(const desk_terms *terms, bool found, const char *peer, ent_str purpose,
                             ent_err *err)
{
    bool agreed = false;

    if (!found || !terms->policy.in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with '%s' is in force: %s [agreement]", peer,
                        terms->why_not == NULL ? "there is none" : terms->why_not);
    if (!terms->policy.match)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' has no private match [flow]",
                        peer);
    for (size_t i = 0; i < terms->policy.purpose_count; i++)
        agreed = agreed || ent_str_equal(terms->policy.purposes[i], purpose);
    if (!agreed)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' is not for '%.*s' [purpose]",
                        peer, ENT_STR_ARG(purpose));
    return ENT_OK;
}

static ent_code start(struct step *s, const desk_terms *terms, ent_err *err)
{
    match_run *run = s->run;
    const char *clause;
    match_say say = { .step = "announce", .announce = run };

    ENT_TRY(set_commit(s, terms, err));
    ENT_TRY(desk_budget_check(s->d, s->arena, terms, run, &clause, err));
    if (clause != NULL)
        return ent_fail(err, ENT_DENIED,
                        "the agreement allows sets of %lld keys and %lld keys a day; this run's "
                        "%lld are too many [%s]",
                        (long long)terms->set_max, (long long)terms->keys_per_day,
                        (long long)run->r.size_own, clause);
    ENT_TRY(set_keep(s, err));
    ENT_TRY(desk_message_say(s->d, s->arena, run, &say, err));
    return desk_run_save(s->d, s->arena, run, err);
}

ent_code desk_match_start(desk *d, ent_arena *arena, const char *peer, ent_str purpose,
                          const char *about, char run_id[37], ent_err *err)
{
    match_run run = { .r = { .peer = ent_str_of(peer),
                             .state = ENT_STR("open"),
                             .side = ENT_STR("asked"),
                             .purpose = purpose },
                      .peer = peer,
                      .about = ent_str_of(about) };
    struct step s = { .d = d, .arena = arena, .run = &run };
    ent_str under_way;
    desk_terms terms;
    desk_peer known;
    bool found;
    ent_code rc;

    ENT_TRY(d->peer(d->arg, arena, peer, &known, err));
    ENT_TRY(desk_terms_find(d, arena, peer, POLICY_MATCH, purpose, &terms, &found, err));
    ENT_TRY(terms_permit(&terms, found, peer, purpose, err));
    ENT_TRY(stale_end(d, arena, peer, purpose, run.about, &under_way, err));
    if (under_way.size == 36) {
        memcpy(run_id, under_way.ptr, 36);
        run_id[36] = '\0';
        return ENT_OK;
    }
    desk_id(d, run_id);
    run.r.id = ent_str_of(run_id);
    run.r.agreement = terms.policy.id;
    run.r.started = desk_time_text(arena, d->now);
    rc = start(&s, &terms, err);
    sodium_memzero(s.seed, sizeof s.seed);
    return rc;
}

/* ---- hits, and the time step ---- */

/* What is kept between finding hits and knowing their times. */
struct found {
    psi_hit *hits;
    size_t count;
    size_t timed;  /* hits on reassignable keys */
    psi_tag *tags; /* their time elements doubled by us, PSI_TIME_TOKENS each */
};

static bool is_timed(const struct step *s, const psi_hit *hit)
{
    return s->items.items[hit->item].reassignable;
}

static void timed_count(const struct step *s, struct found *f)
{
    f->timed = 0;
    for (size_t i = 0; i < f->count; i++)
        f->timed += is_timed(s, &f->hits[i]);
}

static ent_code found_put(struct step *s, const struct found *f, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("run-found"), .id = s->run->r.id, .peer = s->run->r.peer, .time = s->d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, s->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "hits");
    ent_jw_array(&w);
    for (size_t i = 0; i < f->count; i++) {
        ent_jw_int(&w, f->hits[i].item);
        ent_jw_hex(&w, f->hits[i].tag.bytes, PSI_TAG_SIZE);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "tags");
    ent_jw_base64(&w, f->tags, f->tags == NULL ? 0 : f->timed * PSI_TIME_TOKENS * PSI_TAG_SIZE);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(s->d->store, &doc, err);
}

static ent_code found_get(struct step *s, struct found *f, ent_err *err)
{
    ent_json json, list, v;
    ent_span tags;
    store_doc doc;

    *f = (struct found){ .count = 0 };
    ENT_TRY(desk_doc(s->d, s->arena, "run-found", s->run->r.id, &doc, &json, err));
    list = ent_json_get(json, "hits");
    f->hits = ent_arena_array(s->arena, ent_json_count(list) / 2 + 1, sizeof *f->hits);
    if (f->hits == NULL)
        return ent_fail_arena(err);
    for (v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        int64_t item = 0;

        (void)ent_json_int(v, &item);
        v = ent_json_next(v);
        if (item < 0 || (size_t)item >= s->items.count)
            return ent_fail(err, ENT_BUG, "a kept hit is of no item");
        f->hits[f->count].item = (uint32_t)item;
        ENT_TRY(ent_hex_read(ent_json_str(v), f->hits[f->count++].tag.bytes, PSI_TAG_SIZE, err));
    }
    timed_count(s, f);
    ENT_TRY(ent_base64_read(s->arena, ent_json_get_text(json, "tags"), &tags, err));
    f->tags = ent_arena_array(s->arena, tags.size / PSI_TAG_SIZE + 1, PSI_TAG_SIZE);
    if (f->tags == NULL)
        return ent_fail_arena(err);
    if (tags.size > 0)
        memcpy(f->tags, tags.ptr, tags.size);
    return ENT_OK;
}

/* Our time elements for every timed hit, one after the other. */
static ent_code time_elements(struct step *s, const struct found *f, bool first, ent_span *out,
                              ent_err *err)
{
    psi_element *elements =
        ent_arena_array(s->arena, f->timed * PSI_TIME_TOKENS + 1, sizeof *elements);
    size_t at = 0;

    if (elements == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < f->count; i++) {
        const desk_item *item = &s->items.items[f->hits[i].item];

        if (!is_timed(s, &f->hits[i]))
            continue;
        ENT_TRY(psi_time_set(s->arena, s->seed, s->run->r.id, &f->hits[i].tag, item->valid,
                             item->valid_count, first, elements + at, err));
        at += PSI_TIME_TOKENS;
    }
    *out = (ent_span){ elements, at * PSI_ELEMENT_SIZE };
    return ENT_OK;
}

/* The other's time elements, doubled. */
static ent_code time_double(struct step *s, struct found *f, ent_span theirs, ent_err *err)
{
    psi_element *elements =
        ent_arena_array(s->arena, f->timed * PSI_TIME_TOKENS + 1, sizeof *elements);
    size_t at = 0;

    f->tags = ent_arena_array(s->arena, f->timed * PSI_TIME_TOKENS + 1, sizeof *f->tags);
    if (elements == NULL || f->tags == NULL)
        return ent_fail_arena(err);
    if (theirs.size > 0)
        memcpy(elements, theirs.ptr, theirs.size);
    for (size_t i = 0; i < f->count; i++) {
        if (!is_timed(s, &f->hits[i]))
            continue;
        ENT_TRY(psi_time_double(s->seed, &f->hits[i].tag, elements + at, f->tags + at, err));
        at += PSI_TIME_TOKENS;
    }
    return ENT_OK;
}

/* Puts the hits down; `own`: our time elements doubled by the other, or nothing. */
static ent_code hits_record(struct step *s, const struct found *f, const uint8_t *own, ent_err *err)
{
    desk_found *found = ent_arena_array(s->arena, f->count + 1, sizeof *found);
    psi_tag tags[PSI_TIME_TOKENS];
    size_t at = 0;

    if (found == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < f->count; i++) {
        found[i].item = f->hits[i].item;
        if (!is_timed(s, &f->hits[i]))
            continue;
        memcpy(tags, own + at * PSI_TAG_SIZE, sizeof tags);
        found[i].conflict = !psi_time_overlap(tags, f->tags + at);
        at += PSI_TIME_TOKENS;
    }
    s->run->r.hits = (int64_t)f->count;
    return desk_hits_record(s->d, s->arena, &s->run->r, &s->items, found, f->count, err);
}

static ent_code size_check(const struct step *s, size_t want, ent_err *err)
{
    if (s->payload.size != want)
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, want);
    return ENT_OK;
}

/* ---- the steps ---- */

static ent_code size_root_read(struct step *s, ent_err *err)
{
    static const char where[] = "a match message";

    ENT_TRY(desk_number(s->header, "size", where, PSI_SET_MIN, 2 * (int64_t)ENT_LIMIT_MATCH_SET,
                        &s->run->r.size_peer, err));
    if ((s->run->r.size_peer & (s->run->r.size_peer - 1)) != 0)
        return ent_fail(err, ENT_FORMAT, "%s: its size is no power of two", where);
    return desk_hex(s->header, "root", where, s->run->root_peer.bytes, ENT_HASH_SIZE, err);
}

static ent_code take_accept(struct step *s, ent_err *err)
{
    match_say say = { .step = "set" };

    ENT_TRY(size_check(s, 0, err));
    ENT_TRY(size_root_read(s, err));
    ENT_TRY(own_set_make(s, err));
    say.payload[0] = elements_of(&s->set);
    return desk_message_say(s->d, s->arena, s->run, &say, err);
}

static ent_code doubled_put(struct step *s, const psi_tag *tags, size_t count, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("run-found"), .id = s->run->r.id, .peer = s->run->r.peer, .time = s->d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, s->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "doubled");
    ent_jw_base64(&w, tags, count * PSI_TAG_SIZE);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(s->d->store, &doc, err);
}

static ent_code take_set(struct step *s, ent_err *err)
{
    match_say say = { .step = "set-double" };
    psi_set theirs;
    psi_tag *tags;

    ENT_TRY(psi_set_read(s->arena, s->payload, (size_t)s->run->r.size_peer, &s->run->root_peer,
                         &theirs, err));
    ENT_TRY(own_set_make(s, err));
    ENT_TRY(psi_double(s->arena, s->seed, &theirs, &tags, err));
    ENT_TRY(doubled_put(s, tags, theirs.count, err));
    say.payload[0] = elements_of(&s->set);
    say.payload[1] = (ent_span){ tags, theirs.count * PSI_TAG_SIZE };
    return desk_message_say(s->d, s->arena, s->run, &say, err);
}

/* A copy that is aligned as tags are. */
static ent_code tags_copy(struct step *s, const uint8_t *from, size_t count, psi_tag **tags,
                          ent_err *err)
{
    *tags = ent_arena_array(s->arena, count + 1, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    if (count > 0)
        memcpy(*tags, from, count * PSI_TAG_SIZE);
    return ENT_OK;
}

static ent_code take_set_double(struct step *s, ent_err *err)
{
    size_t theirs_size = (size_t)s->run->r.size_peer, own_size = (size_t)s->run->r.size_own;
    match_say say = { .step = "double" };
    struct found f = { .count = 0 };
    psi_tag *own, *other;
    psi_set theirs;

    ENT_TRY(size_check(s, theirs_size * PSI_ELEMENT_SIZE + own_size * PSI_TAG_SIZE, err));
    ENT_TRY(psi_set_read(s->arena, (ent_span){ s->payload.ptr, theirs_size * PSI_ELEMENT_SIZE },
                         theirs_size, &s->run->root_peer, &theirs, err));
    ENT_TRY(own_set_make(s, err));
    ENT_TRY(tags_copy(s, (const uint8_t *)s->payload.ptr + theirs_size * PSI_ELEMENT_SIZE, own_size,
                      &own, err));
    ENT_TRY(psi_double(s->arena, s->seed, &theirs, &other, err));
    ENT_TRY(psi_hits(s->arena, &s->set, own, other, theirs_size, &f.hits, &f.count, err));
    timed_count(s, &f);
    say.payload[0] = (ent_span){ other, theirs_size * PSI_TAG_SIZE };
    ENT_TRY(time_elements(s, &f, true, &say.payload[1], err));
    if (f.timed == 0)
        ENT_TRY(hits_record(s, &f, NULL, err));
    ENT_TRY(found_put(s, &f, err));
    return desk_message_say(s->d, s->arena, s->run, &say, err);
}

static ent_code close_say(struct step *s, ent_err *err)
{
    match_say say = { .step = "close" };

    ENT_TRY(desk_message_say(s->d, s->arena, s->run, &say, err));
    return desk_run_end(s->d, s->arena, s->run, "closed", NULL, err);
}

static ent_code take_double(struct step *s, ent_err *err)
{
    size_t own_size = (size_t)s->run->r.size_own, start = own_size * PSI_TAG_SIZE, step;
    match_say say = { .step = "time" };
    struct found f = { .count = 0 };
    psi_tag *own, *other;
    ent_span doubled;
    ent_json json;
    store_doc doc;

    if (s->payload.size < start)
        return size_check(s, start, err);
    ENT_TRY(desk_doc(s->d, s->arena, "run-found", s->run->r.id, &doc, &json, err));
    ENT_TRY(ent_base64_read(s->arena, ent_json_get_text(json, "doubled"), &doubled, err));
    ENT_TRY(tags_copy(s, doubled.ptr, (size_t)s->run->r.size_peer, &other, err));
    ENT_TRY(tags_copy(s, s->payload.ptr, own_size, &own, err));
    ENT_TRY(own_set_make(s, err));
    ENT_TRY(psi_hits(s->arena, &s->set, own, other, (size_t)s->run->r.size_peer, &f.hits, &f.count,
                     err));
    timed_count(s, &f);
    step = f.timed * PSI_TIME_TOKENS;
    ENT_TRY(size_check(s, start + step * PSI_ELEMENT_SIZE, err));
    if (f.timed == 0) {
        ENT_TRY(hits_record(s, &f, NULL, err));
        return close_say(s, err);
    }
    ENT_TRY(time_double(
        s, &f, (ent_span){ (const uint8_t *)s->payload.ptr + start, step * PSI_ELEMENT_SIZE },
        err));
    ENT_TRY(found_put(s, &f, err));
    say.payload[0] = (ent_span){ f.tags, step * PSI_TAG_SIZE };
    ENT_TRY(time_elements(s, &f, false, &say.payload[1], err));
    return desk_message_say(s->d, s->arena, s->run, &say, err);
}

static ent_code take_time(struct step *s, ent_err *err)
{
    match_say say = { .step = "time-double" };
    struct found f;
    size_t tags;

    ENT_TRY(found_get(s, &f, err));
    tags = f.timed * PSI_TIME_TOKENS;
    if (tags == 0)
        return ent_fail(err, ENT_CONFLICT, "a match run has no times to compare");
    ENT_TRY(size_check(s, tags * (PSI_TAG_SIZE + PSI_ELEMENT_SIZE), err));
    ENT_TRY(time_double(s, &f,
                        (ent_span){ (const uint8_t *)s->payload.ptr + tags * PSI_TAG_SIZE,
                                    tags * PSI_ELEMENT_SIZE },
                        err));
    ENT_TRY(hits_record(s, &f, s->payload.ptr, err));
    say.payload[0] = (ent_span){ f.tags, tags * PSI_TAG_SIZE };
    return desk_message_say(s->d, s->arena, s->run, &say, err);
}

static ent_code take_time_double(struct step *s, ent_err *err)
{
    struct found f;

    ENT_TRY(found_get(s, &f, err));
    ENT_TRY(size_check(s, f.timed * PSI_TIME_TOKENS * PSI_TAG_SIZE, err));
    ENT_TRY(hits_record(s, &f, s->payload.ptr, err));
    return close_say(s, err);
}

static ent_code take_close(struct step *s, ent_err *err)
{
    struct found f;

    ENT_TRY(size_check(s, 0, err));
    ENT_TRY(found_get(s, &f, err));
    if (ent_str_is(s->run->r.step, "double") && f.timed > 0)
        return ent_fail(err, ENT_CONFLICT, "a match run is closed before the times were compared");
    s->run->r.step = ENT_STR("close");
    return desk_run_end(s->d, s->arena, s->run, "closed", NULL, err);
}

/* What may come when. */
static const struct {
    const char *step, *side, *after, *or_after;
    ent_code (*take)(struct step *s, ent_err *err);
} steps[] = {
    { "accept", "asked", "announce", NULL, take_accept },
    { "set", "answered", "accept", NULL, take_set },
    { "set-double", "asked", "set", NULL, take_set_double },
    { "double", "answered", "set-double", NULL, take_double },
    { "time", "asked", "double", NULL, take_time },
    { "time-double", "answered", "time", NULL, take_time_double },
    { "close", "asked", "double", "time-double", take_close },
};

/* ---- answering ---- */

static bool purpose_agreed(const desk_terms *terms, ent_str purpose)
{
    for (size_t i = 0; i < terms->policy.purpose_count; i++)
        if (ent_str_equal(terms->policy.purposes[i], purpose))
            return true;
    return false;
}

/* The clause by which we refuse.  Each follows from the agreement and the request
 * alone, so that the peer may know it [law 9]. */
static ent_code refusal_find(struct step *s, desk_terms *terms, const char **clause, ent_err *err)
{
    int64_t keyform = 0, names = 0;
    desk_agreement a;
    ent_err why = { 0 };
    ent_code rc = desk_agreement_get(s->d, s->arena, s->run->r.agreement, &a, &why);

    *clause = "agreement";
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    desk_agreement_terms(s->d, &a, s->run->peer, terms);
    if (!terms->policy.in_force || !terms->policy.both_party)
        return ENT_OK;
    *clause = "flow";
    if (!terms->policy.match)
        return ENT_OK;
    *clause = "purpose";
    if (!purpose_agreed(terms, s->run->r.purpose))
        return ENT_OK;
    *clause = "versions";
    (void)ent_json_int(ent_json_get(s->header, "keyform"), &keyform);
    (void)ent_json_int(ent_json_get(s->header, "names"), &names);
    if (keyform != PSI_KEYFORM_VERSION || names != NAMES_KEYS_VERSION)
        return ENT_OK;
    return desk_budget_check(s->d, s->arena, terms, s->run, clause, err);
}

static ent_code refuse(struct step *s, const char *clause, ent_err *err)
{
    match_say say = { .step = "refuse", .clause = clause };

    ENT_TRY(desk_message_say(s->d, s->arena, s->run, &say, err));
    return desk_run_end(s->d, s->arena, s->run,
                        strcmp(clause, "versions") == 0 ? "not-asked" : "refused", clause, err);
}

static ent_code answer(struct step *s, ent_err *err)
{
    match_say say = { .step = "accept", .announce = s->run };
    const char *clause;
    desk_terms terms;

    ENT_TRY(refusal_find(s, &terms, &clause, err));
    if (clause != NULL)
        return refuse(s, clause, err);
    ENT_TRY(set_commit(s, &terms, err));
    ENT_TRY(desk_budget_check(s->d, s->arena, &terms, s->run, &clause, err));
    if (clause != NULL)
        return refuse(s, "later", err); /* ours, not theirs: a constant */
    ENT_TRY(set_keep(s, err));
    ENT_TRY(desk_message_say(s->d, s->arena, s->run, &say, err));
    return desk_run_save(s->d, s->arena, s->run, err);
}

static ent_code announce_receive(desk *d, ent_arena *arena, const char *peer, ent_json header,
                                 ent_span payload, ent_err *err)
{
    static const char where[] = "a match announcement";
    static const char *const names[] = { "agreement", "keyform", "names", "purpose", "root",
                                         "run",       "size",    "step",  NULL };
    match_run run = {
        .r = { .peer = ent_str_of(peer), .state = ENT_STR("open"), .side = ENT_STR("answered") },
        .peer = peer
    };
    struct step s = { .d = d, .arena = arena, .run = &run, .header = header, .payload = payload };
    store_doc doc;
    bool found;
    ent_code rc;

    ENT_TRY(desk_members(header, where, names, err));
    ENT_TRY(desk_uuid(header, "run", where, &run.r.id, err));
    ENT_TRY(desk_uuid(header, "agreement", where, &run.r.agreement, err));
    ENT_TRY(desk_text(header, "purpose", where, &run.r.purpose, err));
    ENT_TRY(size_check(&s, 0, err));
    ENT_TRY(size_root_read(&s, err));
    ENT_TRY(desk_doc_found(d, arena, "run", run.r.id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: its run is known already", where);
    run.r.started = desk_time_text(arena, d->now);
    rc = answer(&s, err);
    sodium_memzero(s.seed, sizeof s.seed);
    return rc;
}

/* ---- receiving ---- */

static ent_code refusal_receive(struct step *s, ent_err *err)
{
    static const char *const clauses[] = { "agreement", "flow",   "purpose", "versions",
                                           "set_max",   "budget", "later",   "failed" };
    ent_str clause = ent_json_get_text(s->header, "clause");

    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
        if (ent_str_is(clause, clauses[i]))
            return desk_run_end(s->d, s->arena, s->run,
                                strcmp(clauses[i], "versions") == 0 ? "not-asked"
                                : strcmp(clauses[i], "failed") == 0 ? "failed"
                                                                    : "refused",
                                clauses[i], err);
    return ent_fail(err, ENT_FORMAT, "a match message refuses by an unknown clause");
}

/* A message of the peer breaks the run: the run ends at both, the reason stays here. */
static ent_code run_fail(struct step *s, ent_err *err)
{
    match_say say = { .step = "refuse", .clause = "failed" };

    ENT_TRY(desk_message_say(s->d, s->arena, s->run, &say, err));
    return desk_run_end(s->d, s->arena, s->run, "failed", "failed", err);
}

static bool is_theirs(ent_code code)
{
    return code == ENT_FORMAT || code == ENT_UNTRUSTED || code == ENT_CONFLICT;
}

/* An agreement that is no more in force ends its runs too. */
static ent_code still_agreed(struct step *s, bool *agreed, ent_err *err)
{
    desk_agreement a;

    ENT_TRY(desk_agreement_get(s->d, s->arena, s->run->r.agreement, &a, err));
    *agreed = a.in_force;
    return ENT_OK;
}

static ent_code step_take(struct step *s, size_t which, const link_entry *entry, ent_err *err)
{
    ent_err broken = { 0 };
    bool agreed;
    ent_code rc;

    ENT_TRY(still_agreed(s, &agreed, err));
    if (!agreed)
        return refuse(s, "agreement", err);
    ENT_TRY(desk_secret_get(s->d, s->arena, s->run->r.id, s->seed, &s->items, err));
    if (s->payload.size > 0 && s->run->heard_count < DESK_FRAMES)
        s->run->heard[s->run->heard_count++] = (int64_t)entry->seq;
    rc = steps[which].take(s, &broken);
    sodium_memzero(s->seed, sizeof s->seed);
    if (rc == ENT_OK)
        return ent_str_is(s->run->r.state, "open") ? desk_run_save(s->d, s->arena, s->run, err)
                                                   : ENT_OK;
    if (!is_theirs(rc)) {
        *err = broken;
        return rc;
    }
    /* What the step wrote is undone; that the run failed, and why, is kept. */
    ENT_TRY(store_mark_undo(s->d->store, err));
    ENT_TRY(store_mark(s->d->store, err));
    ENT_TRY(desk_run_load(s->d, s->arena, s->run->r.id, s->run, err));
    ENT_TRY(run_fail(s, err));
    return desk_refusal_note(s->d, s->arena, s->run->peer, entry, broken.msg, err);
}

ent_code desk_match_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    static const char *const names[] = { "clause", "root", "run", "size", "step", NULL };
    static const char where[] = "a match message";
    struct step s = { .d = d, .arena = arena };
    ent_str id, step;
    match_run run;

    ENT_TRY(desk_message_read(arena, body, &s.header, &s.payload, err));
    ENT_TRY(desk_text(s.header, "step", where, &step, err));
    if (ent_str_is(step, "announce"))
        return announce_receive(d, arena, peer, s.header, s.payload, err);
    ENT_TRY(desk_members(s.header, where, names, err));
    ENT_TRY(desk_uuid(s.header, "run", where, &id, err));
    ENT_TRY(desk_run_load(d, arena, id, &run, err));
    s.run = &run;
    if (!ent_str_is(run.r.peer, peer))
        return ent_fail(err, ENT_NOT_FOUND, "%s: there is no such run with '%s'", where, peer);
    if (!ent_str_is(run.r.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "%s: its run has ended", where);
    if (ent_str_is(step, "refuse"))
        return refusal_receive(&s, err);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (ent_str_is(step, steps[i].step) && ent_str_is(run.r.side, steps[i].side) &&
            (ent_str_is(run.r.step, steps[i].after) ||
             (steps[i].or_after != NULL && ent_str_is(run.r.step, steps[i].or_after))))
            return step_take(&s, i, entry, err);
    return ent_fail(err, ENT_CONFLICT, "%s: '%.*s' does not follow on '%.*s'", where,
                    step.size > 20 ? 20 : (int)step.size, step.ptr, ENT_STR_ARG(run.r.step));
}
