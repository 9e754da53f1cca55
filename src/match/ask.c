/* Asking (match/match.h): what own users may ask, and the announcement of a run. */
#include "match/match.h"

#include "match/alarm_int.h"
#include "match/answer_int.h"
#include "match/fast_int.h"
#include "match/guard_int.h"
#include "base/limits.h"
#include "psi/keyform.h"

#include <sodium.h>

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
    *clause = "agreement";
    if (!found || !terms->policy.in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with '%s' is in force: %s [agreement]", peer,
                        terms->why_not == NULL ? "there is none" : terms->why_not);
    *clause = "flow";
    if (!terms->policy.match)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' has no private match [flow]",
                        peer);
    *clause = "purpose";
    if (!match_purpose_agreed(terms, purpose))
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
    if (a->run.r.size_own > ENT_LIMIT_MATCH_SET)
        return ent_fail(err, ENT_DENIED,
                        "a run compares %d keys of a side at most, whatever the agreement allows, "
                        "and this node has more for it; a standing match takes %d [%s]",
                        ENT_LIMIT_MATCH_SET, ENT_LIMIT_TAG_SET, a->clause);
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
    if (match_is_fast(&a->run) && !a->terms.fast_experimental)
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
        ENT_TRY(match_step_collect(s, &a->terms, err));
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
    return store_end(a->s.d->store, denied_write(a, err), err);
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
            rc = store_end(d->store, ask_write(&a, &under_way, err), err);
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
