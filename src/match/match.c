/* Asking, answering, and the work in between (match/match.h): what is done in which transaction. */
#include "match/alarm_int.h"
#include "match/guard_int.h"
#include "match/standing_int.h"
#include "match/fast_int.h"
#include "match/step_int.h"
#include "match/receive.h"

#include "base/text.h"
#include "names/names.h"
#include "psi/keyform.h"

#include <sodium.h>

/* An open run that has not moved for so long is over: the peer is silent.  A pouch may take
 * days each way. */
#define RUN_SILENT (72 * 3600 * ENT_SECOND)

/* What the work of one message may take: a set of 2^19 keys as elements, tags and text. */
#define WORK_MEMORY ((size_t)2 << 30)

/* ---- asking ---- */

static bool is_fast(const match_course *run)
{
    return ent_str_is(run->r.kind, MATCH_FAST);
}

/* The run that is under way for the same question. */
static ent_code under_way_find(desk *d, ent_arena *arena, const match_course *asked,
                               ent_str *under_way, ent_err *err)
{
    match_run *runs;
    size_t count;

    *under_way = ENT_STR_NONE;
    ENT_TRY(match_run_list(d, arena, asked->peer, &runs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_course run;

        if (!ent_str_is(runs[i].state, "open") || !ent_str_is(runs[i].side, "asked") ||
            !ent_str_equal(runs[i].purpose, asked->r.purpose) ||
            !ent_str_equal(runs[i].kind, asked->r.kind))
            continue;
        ENT_TRY(match_run_load(d, arena, runs[i].id, &run, err));
        if (ent_str_equal(run.about, asked->about))
            *under_way = run.r.id;
    }
    return ENT_OK;
}

/* The clause that forbids it, for own users. */
static ent_code terms_permit(const desk_terms *terms, bool found, const char *peer, ent_str purpose,
                             const char **clause, ent_err *err)
{
    bool agreed = false;

    *clause = "agreement";
    if (!found || !terms->policy.in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with '%s' is in force: %s [agreement]", peer,
                        terms->why_not == NULL ? "there is none" : terms->why_not);
    *clause = "flow";
    if (!terms->policy.match)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' has no private match [flow]",
                        peer);
    *clause = "purpose";
    for (size_t i = 0; i < terms->policy.purpose_count; i++)
        agreed = agreed || ent_str_equal(terms->policy.purposes[i], purpose);
    if (!agreed)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' is not for '%.*s' [purpose]",
                        peer, ENT_STR_ARG(purpose));
    return ENT_OK;
}

ent_code match_permit(const desk_terms *terms, bool found, const char *peer, ent_str purpose,
                      ent_err *err)
{
    const char *clause;

    return terms_permit(terms, found, peer, purpose, &clause, err);
}

/* One question on its way to being a run. */
struct asking {
    match_step s;
    match_course run;
    desk_terms terms;
    const match_question *q;
    const char *clause; /* why it is refused here */
};

/* Keys that a user brings: for an incident, and named by their hash. */
static ent_code brought_check(struct asking *a, ent_err *err)
{
    a->clause = "incident";
    if (a->q->incident == NULL || a->q->incident[0] == '\0')
        return ent_fail(err, ENT_DENIED,
                        "keys that are no records of ours are compared for an incident only, and "
                        "none is named [incident]");
    a->clause = NULL;
    return ENT_OK;
}

static ent_code brought_name(struct asking *a, ent_err *err)
{
    ent_span *pieces = ent_arena_array(a->s.arena, 2 * a->q->key_count + 1, sizeof *pieces);
    char hex[2 * ENT_HASH_SIZE + 1];
    ent_hash hash;

    if (pieces == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < a->q->key_count; i++) {
        pieces[2 * i] = ent_span_of_str(a->q->keys[i]);
        pieces[2 * i + 1] = (ent_span){ "\n", 1 };
    }
    hash = ent_hash_pieces(pieces, 2 * a->q->key_count);
    (void)sodium_bin2hex(hex, sizeof hex, hash.bytes, ENT_HASH_SIZE);
    a->run.about = ent_arena_printf(a->s.arena, "keys:%.32s", hex);
    return a->run.about.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static int by_key(const void *a, const void *b)
{
    return ent_str_compare(((const match_item *)a)->key, ((const match_item *)b)->key);
}

/* Brought keys as items: nobody's records stand behind them, and they were true at all times. */
static ent_code brought_items(struct asking *a, ent_err *err)
{
    match_items *items = &a->s.items;
    size_t kept = 0;

    a->s.d->random(a->s.d->arg, a->s.seed, sizeof a->s.seed);
    items->items = ent_arena_array(a->s.arena, a->q->key_count + 1, sizeof *items->items);
    if (items->items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < a->q->key_count; i++) {
        if (!match_key_matchable(a->q->keys[i]))
            return ent_fail(err, ENT_FORMAT, "the key '%.*s' may not be matched",
                            ENT_STR_ARG(a->q->keys[i]));
        items->items[i] =
            (match_item){ .key = a->q->keys[i],
                          .valid = { { ENT_DAY_MIN, ENT_DAY_MAX } },
                          .valid_count = 1,
                          .reassignable = psi_keyform_of(a->q->keys[i])->reassignable };
    }
    qsort(items->items, a->q->key_count, sizeof *items->items, by_key);
    for (size_t i = 0; i < a->q->key_count; i++)
        if (i == 0 || !ent_str_equal(items->items[i].key, items->items[i - 1].key))
            items->items[kept++] = items->items[i];
    items->count = kept;
    a->run.r.size_own = (int64_t)psi_padded(kept);
    a->run.kinds = match_counts_of(items);
    return ENT_OK;
}

static ent_code budget_permit(struct asking *a, ent_err *err)
{
    ENT_TRY(match_budget_check(a->s.d, a->s.arena, &a->terms, &a->run, &a->clause, err));
    if (a->clause == NULL)
        return ENT_OK;
    if (strcmp(a->clause, "set_min") == 0)
        return ent_fail(err, ENT_DENIED,
                        "the agreement has no set of fewer than %lld keys; this run has %lld [%s]",
                        (long long)a->terms.set_min, (long long)match_counts_sum(&a->run.kinds),
                        a->clause);
    if (strcmp(a->clause, "namespace") == 0)
        return ent_fail(err, ENT_DENIED,
                        "the agreement allows fewer keys a day of a kind that this run has [%s]",
                        a->clause);
    return ent_fail(err, ENT_DENIED,
                    "the agreement allows sets of %lld keys and %lld keys a day; this run's "
                    "%lld are too many [%s]",
                    (long long)a->terms.set_max, (long long)a->terms.keys_per_day,
                    (long long)a->run.r.size_own, a->clause);
}

static ent_code items_collect(match_step *s, const desk_terms *terms, ent_err *err)
{
    const match_course *run = s->run;

    s->d->random(s->d->arg, s->seed, sizeof s->seed);
    ENT_TRY(match_items_collect(s->d, s->arena, terms, run->r.purpose,
                                run->about.size > 0 ? run->about.ptr : NULL, &s->items, err));
    if (run->about.size > 0 && s->items.count == 0)
        return ent_fail(err, ENT_NOT_FOUND,
                        "'%s' is no record of ours with a key that may be matched for '%.*s'",
                        run->about.ptr, ENT_STR_ARG(run->r.purpose));
    s->run->r.size_own = (int64_t)psi_padded(s->items.count);
    s->run->kinds = match_counts_of(&s->items);
    return ENT_OK;
}

static ent_code repeat_permit(struct asking *a, ent_err *err)
{
    if (a->run.about.size > 0 && a->q->keys == NULL)
        return ENT_OK; /* one record, which is what is asked */
    ENT_TRY(match_guard_sketch(a->s.arena, &a->s.items, &a->run.sketch, err));
    ENT_TRY(match_guard_repeat(a->s.d, a->s.arena, &a->run, &a->clause, err));
    if (a->clause == NULL)
        return ENT_OK;
    return ent_fail(err, ENT_DENIED,
                    "nearly this set was compared with '%s' too often today; a standing match "
                    "finds what is new [%s]",
                    a->run.peer, a->clause);
}

/* All that can be done outside of a transaction. */
static ent_code ask(struct asking *a, ent_str *under_way, ent_err *err)
{
    match_step *s = &a->s;
    desk_peer known;
    bool found;

    ENT_TRY(s->d->peer(s->d->arg, s->arena, a->run.peer, &known, err));
    ENT_TRY(desk_terms_find(s->d, s->arena, a->run.peer, POLICY_MATCH, a->run.r.purpose, &a->terms,
                            &found, err));
    a->run.r.agreement = a->terms.policy.id;
    ENT_TRY(terms_permit(&a->terms, found, a->run.peer, a->run.r.purpose, &a->clause, err));
    a->clause = "experimental";
    if (is_fast(&a->run) && !a->terms.fast_experimental)
        return ent_fail(err, ENT_DENIED,
                        "the agreement with '%s' does not have the experimental fast path [%s]",
                        a->run.peer, a->clause);
    a->clause = NULL;
    if (a->q->keys != NULL) {
        ENT_TRY(brought_check(a, err));
        ENT_TRY(brought_name(a, err));
    }
    ENT_TRY(under_way_find(s->d, s->arena, &a->run, under_way, err));
    if (under_way->size > 0)
        return ENT_OK;
    if (a->q->keys != NULL)
        ENT_TRY(brought_items(a, err));
    else
        ENT_TRY(items_collect(s, &a->terms, err));
    ENT_TRY(budget_permit(a, err));
    ENT_TRY(repeat_permit(a, err));
    ENT_TRY(match_commit(s, err));
    return match_step_say(s, &(match_say){ .step = "announce", .announce = s->run }, err);
}

/* Whoever was faster counts: looked at again where nobody else can write. */
static ent_code ask_write(struct asking *a, ent_str *under_way, ent_err *err)
{
    ENT_TRY(under_way_find(a->s.d, a->s.arena, &a->run, under_way, err));
    if (under_way->size > 0)
        return ENT_OK;
    ENT_TRY(budget_permit(a, err));
    return match_step_write(&a->s, err);
}

static ent_code transaction_end(desk *d, ent_code rc, ent_err *err)
{
    if (rc == ENT_OK)
        rc = store_commit(d->store, err);
    if (rc != ENT_OK)
        store_rollback(d->store);
    return rc;
}

static ent_code denied_write(struct asking *a, ent_err *err)
{
    ENT_TRY(match_run_save(a->s.d, a->s.arena, &a->run, err));
    return strcmp(a->clause, "repeat") == 0 ? match_alarm_repeat(a->s.d, a->s.arena, &a->run, err)
                                            : ENT_OK;
}

/* What was refused here is in the journal too; nothing of it was said. */
static ent_code denied_note(struct asking *a, ent_err *err)
{
    a->run.r.state = ENT_STR("denied");
    a->run.r.step = ENT_STR("");
    a->run.r.clause = ent_str_of(a->clause);
    a->run.r.ended = a->run.r.started;
    ENT_TRY(store_begin(a->s.d->store, err));
    return transaction_end(a->s.d, denied_write(a, err), err);
}

ent_code match_start(desk *d, ent_arena *arena, const match_question *q, char run_id[37],
                     ent_err *err)
{
    struct asking a = {
        .q = q,
        .run = { .r = { .peer = ent_str_of(q->peer),
                        .state = ENT_STR("open"),
                        .side = ENT_STR("asked"),
                        .user = ent_str_of(q->user == NULL ? "" : q->user),
                        .incident = ent_str_of(q->incident == NULL ? "" : q->incident),
                        .kind = ent_str_of(q->size   ? "size"
                                           : q->fast ? MATCH_FAST
                                                     : ""),
                        .purpose = q->purpose },
                 .peer = q->peer,
                 .about = ent_str_of(q->about) },
    };
    ent_str under_way = ENT_STR_NONE;
    ent_err unsaid = { 0 };
    ent_code rc;

    desk_id(d, run_id);
    a.s = (match_step){ .d = d, .arena = arena, .run = &a.run };
    a.run.r.id = ent_str_of(run_id);
    a.run.r.started = desk_time_text(arena, d->now);
    rc = ask(&a, &under_way, err);
    if (rc == ENT_OK && under_way.size == 0) {
        rc = store_begin(d->store, err);
        if (rc == ENT_OK)
            rc = transaction_end(d, ask_write(&a, &under_way, err), err);
    }
    sodium_memzero(a.s.seed, sizeof a.s.seed);
    if (rc == ENT_DENIED && a.clause != NULL && denied_note(&a, &unsaid) != ENT_OK) {
        *err = unsaid;
        return unsaid.code;
    }
    if (rc == ENT_OK && under_way.size == 36) {
        memcpy(run_id, under_way.ptr, 36);
        run_id[36] = '\0';
    }
    return rc;
}

ent_code match_denied(desk *d, ent_arena *arena, const match_question *q, const char *clause,
                      ent_err *err)
{
    struct asking a = {
        .run = { .r = { .peer = ent_str_of(q->peer),
                        .side = ENT_STR("asked"),
                        .user = ent_str_of(q->user == NULL ? "" : q->user),
                        .incident = ent_str_of(q->incident == NULL ? "" : q->incident),
                        .purpose = q->purpose.ptr == NULL ? ENT_STR("") : q->purpose },
                 .peer = q->peer },
        .clause = clause,
    };
    char id[37];

    desk_id(d, id);
    a.s = (match_step){ .d = d, .arena = arena, .run = &a.run };
    a.run.r.id = ent_str_of(id);
    a.run.r.started = desk_time_text(arena, d->now);
    return denied_note(&a, err);
}

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
static ent_code refusal_find(match_step *s, desk_terms *terms, const char **clause, ent_err *err)
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
    *clause = "experimental";
    if (is_fast(s->run) && !terms->fast_experimental)
        return ENT_OK;
    *clause = "versions";
    (void)ent_json_int(ent_json_get(s->header, "keyform"), &keyform);
    (void)ent_json_int(ent_json_get(s->header, "names"), &names);
    if (keyform != PSI_KEYFORM_VERSION || names != NAMES_KEYS_VERSION)
        return ENT_OK;
    return match_budget_check(s->d, s->arena, terms, s->run, clause, err);
}

static ent_code refuse(match_step *s, const char *clause, ent_err *err)
{
    match_say say = { .step = "refuse", .clause = clause };

    ENT_TRY(match_message_say(s->d, s->arena, s->run, &say, err));
    return match_run_end(s->d, s->arena, s->run,
                         strcmp(clause, "versions") == 0 ? "not-asked" : "refused", clause, err);
}

/* Keeps a message for the work outside of the transaction. */
static ent_code work_put(match_step *s, ent_str id, const link_entry *entry, ent_span body,
                         ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("run-work"),
                      .id = id,
                      .peer = s->run->r.peer,
                      .state = ENT_STR("due"),
                      .time = s->d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, s->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "body");
    ent_jw_base64(&w, body.ptr, body.size);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    ENT_TRY(store_doc_put(s->d->store, &doc, err));
    return match_run_save(s->d, s->arena, s->run, err);
}

static ent_code kind_read(ent_json header, match_course *run, ent_err *err)
{
    static const char where[] = "a match announcement";

    if (ent_json_get(header, "kind").doc == NULL)
        return ENT_OK;
    ENT_TRY(desk_text(header, "kind", where, &run->r.kind, err));
    if (is_fast(run))
        return ENT_OK;
    if (!ent_str_is(run->r.kind, "size"))
        return ent_fail(err, ENT_FORMAT, "%s: its kind is not known", where);
    return desk_hex(header, "number", where, run->number_peer.bytes, ENT_HASH_SIZE, err);
}

static ent_code announce_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_json header,
                                 ent_span payload, ent_err *err)
{
    static const char where[] = "a match announcement";
    static const char *const names[] = { "agreement", "keyform", "kind", "names",
                                         "number",    "purpose", "root", "run",
                                         "size",      "step",    NULL };
    match_course run = {
        .r = { .peer = ent_str_of(peer), .state = ENT_STR("open"), .side = ENT_STR("answered") },
        .peer = peer
    };
    match_step s = { .d = d, .arena = arena, .run = &run, .header = header, .payload = payload };
    const char *clause;
    desk_terms terms;
    store_doc doc;
    bool found;

    ENT_TRY(desk_members(header, where, names, err));
    ENT_TRY(desk_uuid(header, "run", where, &run.r.id, err));
    ENT_TRY(desk_uuid(header, "agreement", where, &run.r.agreement, err));
    ENT_TRY(desk_text(header, "purpose", where, &run.r.purpose, err));
    if (payload.size != 0)
        return ent_fail(err, ENT_FORMAT, "%s has %zu bytes behind its header, not 0", where,
                        payload.size);
    ENT_TRY(match_step_size(&s, err));
    ENT_TRY(kind_read(header, &run, err));
    ENT_TRY(desk_doc_found(d, arena, "run", run.r.id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: its run is known already", where);
    run.r.started = desk_time_text(arena, d->now);
    run.r.step = ENT_STR("announce");
    ENT_TRY(refusal_find(&s, &terms, &clause, err));
    return clause != NULL ? refuse(&s, clause, err) : work_put(&s, run.r.id, entry, body, err);
}

/* The work of an announcement: our own set. */
static ent_code answer_work(match_step *s, const char **clause, ent_err *err)
{
    match_say say = { .step = "accept", .announce = s->run };
    desk_terms terms;

    ENT_TRY(refusal_find(s, &terms, clause, err));
    if (*clause != NULL)
        return ENT_OK;
    ENT_TRY(items_collect(s, &terms, err));
    ENT_TRY(match_budget_check(s->d, s->arena, &terms, s->run, clause, err));
    if (*clause != NULL) {
        *clause = "later"; /* ours, not theirs: a constant */
        return ENT_OK;
    }
    ENT_TRY(match_commit(s, err));
    if (is_fast(s->run))
        ENT_TRY(match_fast_choose(s, &say, err));
    return match_step_say(s, &say, err);
}

/* ---- receiving ---- */

static ent_code refusal_receive(match_step *s, ent_err *err)
{
    static const char *const clauses[] = { "agreement", "flow",        "purpose", "versions",
                                           "set_max",   "set_min",     "budget",  "later",
                                           "failed",    "experimental" };
    ent_str clause = ent_json_get_text(s->header, "clause");

    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
        if (ent_str_is(clause, clauses[i]))
            return match_run_end(s->d, s->arena, s->run,
                                 strcmp(clauses[i], "versions") == 0 ? "not-asked"
                                 : strcmp(clauses[i], "failed") == 0 ? "failed"
                                                                     : "refused",
                                 clauses[i], err);
    return ent_fail(err, ENT_FORMAT, "a match message refuses by an unknown clause");
}

ent_code match_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                       ent_span body, ent_err *err)
{
    static const char *const names[] = { "clause", "number", "part", "probing", "root",
                                         "run",    "size",   "step", NULL };
    static const char where[] = "a match message";
    match_step s = { .d = d, .arena = arena };
    ent_str id, step;
    store_doc doc;
    match_course run;
    size_t which;
    bool busy, due;

    ENT_TRY(match_message_read(arena, body, &s.header, &s.payload, err));
    ENT_TRY(desk_text(s.header, "step", where, &step, err));
    if (ent_str_is(step, "announce"))
        return announce_receive(d, arena, peer, entry, body, s.header, s.payload, err);
    if (ent_str_is(step, "alarm"))
        return match_alarm_hear(d, arena, peer, s.header, s.payload, err);
    ENT_TRY(desk_members(s.header, where, names, err));
    ENT_TRY(desk_uuid(s.header, "run", where, &id, err));
    ENT_TRY(match_run_load(d, arena, id, &run, err));
    s.run = &run;
    if (!ent_str_is(run.r.peer, peer))
        return ent_fail(err, ENT_NOT_FOUND, "%s: there is no such run with '%s'", where, peer);
    if (!ent_str_is(run.r.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "%s: its run has ended", where);
    if (ent_str_is(step, "refuse"))
        return refusal_receive(&s, err);
    if (match_step_due(d, &run, s.header, run.came) < 0)
        return ent_fail(err, ENT_CONFLICT, "%s: '%.*s' does not follow on '%.*s'", where,
                        step.size > 20 ? 20 : (int)step.size, step.ptr, ENT_STR_ARG(run.r.step));
    if (match_part_due(d, &run, s.header, run.came, &which, &due)) {
        id = match_part_work(&s, s.header, which);
        run.came[which]++;
    }
    ENT_TRY(desk_doc_found(d, arena, "run-work", id, &doc, &busy, err));
    if (busy)
        return ent_fail(err, ENT_CONFLICT, "%s: it was heard already", where);
    if (s.payload.size > 0 && run.heard_count < MATCH_FRAMES)
        run.heard[run.heard_count++] = (int64_t)entry->seq;
    return work_put(&s, id, entry, body, err);
}

/* ---- the work ---- */

/* A message of the peer breaks the run: the run ends at both, the reason stays here. */
static ent_code run_fail(match_step *s, int64_t seq, const char *why, ent_err *err)
{
    match_say say = { .step = "refuse", .clause = "failed" };
    link_entry entry = { .seq = (uint64_t)seq, .kind = LINK_MATCH };

    ENT_TRY(match_message_say(s->d, s->arena, s->run, &say, err));
    ENT_TRY(match_run_end(s->d, s->arena, s->run, "failed", "failed", err));
    return desk_refusal_note(s->d, s->arena, s->run->peer, &entry, why, err);
}

static bool is_theirs(ent_code code)
{
    return code == ENT_FORMAT || code == ENT_UNTRUSTED || code == ENT_CONFLICT || code == ENT_LIMIT;
}

struct work {
    match_step s;
    match_course run;
    ent_str id; /* of the document */
    int64_t seq;
    const char *clause; /* why the run is refused */
    ent_err broken;     /* what the peer did */
};

/* What is kept, read again. */
static ent_code work_read(struct work *w, ent_err *err)
{
    match_step *s = &w->s;
    ent_json json;
    ent_span body;
    store_doc doc;

    ENT_TRY(desk_doc(s->d, s->arena, "run-work", w->id, &doc, &json, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &w->seq);
    ENT_TRY(ent_base64_read(s->arena, ent_json_get_text(json, "body"), &body, err));
    ENT_TRY(match_message_read(s->arena, body, &s->header, &s->payload, err));
    /* A part's document is named after its run, and more. */
    ENT_TRY(match_run_load(
        s->d, s->arena, (ent_str){ w->id.ptr, w->id.size < 36 ? w->id.size : 36 }, &w->run, err));
    s->run = &w->run;
    return ENT_OK;
}

/* The long part, outside of transactions. */
static ent_code work_do(struct work *w, ent_err *err)
{
    ent_str step = ent_json_get_text(w->s.header, "step");
    bool due;
    size_t which;
    int number;
    ent_code rc;

    if (ent_str_is(step, "announce"))
        return answer_work(&w->s, &w->clause, err);
    ENT_TRY(match_secret_get(w->s.d, w->s.arena, w->run.r.id, w->s.seed, &w->s.item_count, err));
    /* Most parts of a set have no need of the keys. */
    if (!match_part_due(w->s.d, &w->run, w->s.header, w->run.done, &which, &due))
        ENT_TRY(match_items_need(&w->s, err));
    psi_bytes_derive(w->s.seed, "size number", 0, w->run.number_own.bytes, ENT_HASH_SIZE);
    number = match_step_due(w->s.d, &w->run, w->s.header, w->run.done);
    if (number < 0)
        return ent_fail(err, ENT_BUG, "a kept match message is not due");
    rc = match_step_work(&w->s, number, &w->broken);
    if (rc == ENT_OK || is_theirs(rc))
        return ENT_OK;
    *err = w->broken;
    return rc;
}

/* Is the message still the one that waits?  Somebody else may have done the work. */
static ent_code still_due(struct work *w, bool *due, ent_err *err)
{
    int64_t seq = -1;
    ent_json json;
    store_doc doc;

    ENT_TRY(desk_doc_found(w->s.d, w->s.arena, "run-work", w->id, &doc, due, err));
    if (!*due)
        return ENT_OK;
    ENT_TRY(ent_json_read(w->s.arena, doc.json, &json, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &seq);
    *due = seq == w->seq;
    return ENT_OK;
}

static ent_code work_write(struct work *w, ent_err *err)
{
    match_step *s = &w->s;
    desk_agreement agreement;
    bool due;

    ENT_TRY(still_due(w, &due, err));
    if (!due)
        return ENT_OK;
    ENT_TRY(store_doc_delete(s->d->store, "run-work", w->id, err));
    ENT_TRY(match_run_heard_take(s->d, s->arena, &w->run, err));
    /* An agreement that is no more in force ends its runs too. */
    ENT_TRY(desk_agreement_get(s->d, s->arena, w->run.r.agreement, &agreement, err));
    if (!agreement.in_force)
        return refuse(s, "agreement", err);
    if (w->clause != NULL)
        return refuse(s, w->clause, err);
    if (w->broken.code != ENT_OK)
        return run_fail(s, w->seq, w->broken.msg, err);
    return match_step_write(s, err);
}

static ent_code one_work(desk *d, ent_str id, ent_err *err)
{
    ent_arena *arena = ent_arena_new(WORK_MEMORY);
    struct work w = { .s = { .d = d, .arena = arena }, .id = id };
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the work of a match");
    rc = work_read(&w, err);
    if (rc == ENT_OK)
        rc = work_do(&w, err);
    if (rc == ENT_OK)
        rc = store_begin(d->store, err);
    if (rc == ENT_OK)
        rc = transaction_end(d, work_write(&w, err), err);
    sodium_memzero(w.s.seed, sizeof w.s.seed);
    ent_arena_free(arena);
    return rc;
}

/* Open runs whose peer has been silent for too long. */
static ent_code silent_end(desk *d, ent_arena *arena, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "run", NULL, "open", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_course run;
        ent_code rc;

        if (d->now - docs[i].time < RUN_SILENT)
            continue;
        ENT_TRY(store_begin(d->store, err));
        rc = match_run_load(d, arena, docs[i].id, &run, err);
        if (rc == ENT_OK && ent_str_is(run.r.state, "open"))
            rc = match_run_end(d, arena, &run, "silent", "no answer in time", err);
        ENT_TRY(transaction_end(d, rc, err));
    }
    return ENT_OK;
}

struct due {
    ent_arena *arena;
    ent_str id;
};

/* The first one ends the search: behind it may be many, and large. */
static ent_code due_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct due *due = arg;

    due->id = ent_arena_str(due->arena, doc->id);
    return due->id.ptr == NULL ? ent_fail_arena(err) : ent_fail(err, ENT_NO, "that one");
}

static ent_code due_find(desk *d, ent_arena *arena, ent_str *id, ent_err *err)
{
    struct due due = { .arena = arena };
    ent_err why = { 0 };
    ent_code rc = store_docs_each(d->store, "run-work", NULL, "due", due_take, &due, &why);

    *id = due.id;
    if (rc == ENT_OK || rc == ENT_NO)
        return ENT_OK;
    *err = why;
    return rc;
}

ent_code match_work(desk *d, ent_arena *arena, size_t *done, ent_err *err)
{
    ent_str id;

    *done = 0;
    ENT_TRY(due_find(d, arena, &id, err));
    if (id.size > 0) {
        ent_code rc = one_work(d, id, err);

        /* Another process did it, or the run ended meanwhile. */
        if (rc == ENT_NOT_FOUND)
            *err = (ent_err){ 0 };
        else if (rc != ENT_OK)
            return rc;
        *done = rc == ENT_OK;
    }
    ENT_TRY(match_standing_work(d, arena, err));
    return silent_end(d, arena, err);
}
