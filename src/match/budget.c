#include "match/run_int.h"
#include "match/standing_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "psi/keyform.h"

/* ---- counts ---- */

match_counts match_counts_of(const match_items *items)
{
    match_counts counts = { { 0 } };

    for (size_t i = 0; i < items->count; i++) {
        int kind = psi_keyform_number(items->items[i].key);

        if (kind >= 0)
            counts.kind[kind]++;
    }
    return counts;
}

int64_t match_counts_sum(const match_counts *counts)
{
    int64_t sum = 0;

    for (int kind = 0; kind < MATCH_KINDS; kind++)
        sum += counts->kind[kind];
    return sum;
}

void match_counts_add(match_counts *to, const match_counts *counts)
{
    for (int kind = 0; kind < MATCH_KINDS; kind++)
        to->kind[kind] += counts->kind[kind];
}

void match_counts_write(ent_jw *w, const char *name, const match_counts *counts)
{
    if (match_counts_sum(counts) == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_object(w);
    for (int kind = 0; kind < MATCH_KINDS; kind++)
        if (counts->kind[kind] > 0) {
            ent_jw_key(w, psi_keyform_at(kind)->prefix);
            ent_jw_int(w, counts->kind[kind]);
        }
    ent_jw_end(w);
}

void match_counts_read(ent_json json, const char *name, match_counts *counts)
{
    ent_json list = ent_json_get(json, name);

    *counts = (match_counts){ { 0 } };
    for (int kind = 0; kind < MATCH_KINDS && psi_keyform_at(kind) != NULL; kind++)
        (void)ent_json_int(ent_json_get(list, psi_keyform_at(kind)->prefix), &counts->kind[kind]);
}

/* ---- what was charged ---- */

static bool same_day(ent_str started, ent_time now)
{
    char today[ENT_TIME_TEXT];

    ent_time_write(now, today);
    return started.size >= 10 && memcmp(started.ptr, today, 10) == 0;
}

static bool is_charged(const match_run *run)
{
    return !ent_str_is(run->state, "refused") && !ent_str_is(run->state, "not-asked") &&
           !ent_str_is(run->state, "denied");
}

ent_code match_charged(desk *d, ent_arena *arena, const char *peer, ent_str purpose, ent_str but,
                       match_charge *charge, ent_err *err)
{
    standing *matches;
    match_run *runs;
    size_t count;

    *charge = (match_charge){ .own = 0 };
    ENT_TRY(match_standing_each(d, arena, peer, &matches, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(matches[i].s.purpose, purpose) && same_day(matches[i].day, d->now)) {
            charge->own += match_counts_sum(&matches[i].day_own);
            charge->theirs += match_counts_sum(&matches[i].day_peer);
            match_counts_add(&charge->own_kinds, &matches[i].day_own);
            match_counts_add(&charge->their_kinds, &matches[i].day_peer);
        }
    ENT_TRY(match_run_list(d, arena, peer, &runs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_course run;

        if (!ent_str_equal(runs[i].purpose, purpose) || !same_day(runs[i].started, d->now) ||
            ent_str_equal(runs[i].id, but) || !is_charged(&runs[i]))
            continue;
        ENT_TRY(match_run_load(d, arena, runs[i].id, &run, err));
        charge->own += run.r.size_own;
        charge->theirs += run.r.size_peer;
        match_counts_add(&charge->own_kinds, &run.kinds);
    }
    return ENT_OK;
}

_Static_assert(ENT_LIMIT_MATCH_SET == PSI_SET_MAX, "the limit that is printed is that of a run");

/* Sizes that are not known yet are 0 and forbid nothing. */
static bool is_too_small(const desk_terms *terms, const match_course *run)
{
    return (run->r.size_own > 0 && match_counts_sum(&run->kinds) < terms->set_min) ||
           (run->r.size_peer > 0 && run->r.size_peer < (int64_t)psi_padded((size_t)terms->set_min));
}

ent_code match_budget_check(desk *d, ent_arena *arena, const desk_terms *terms,
                            const match_course *run, const char **clause, ent_err *err)
{
    int64_t most = PSI_SET_MIN;
    match_charge charge;

    *clause = "set_max";
    while (most < terms->set_max && most < ENT_LIMIT_MATCH_SET)
        most *= 2;
    if (run->r.size_own > most || run->r.size_peer > most)
        return ENT_OK;
    *clause = "set_min";
    if (is_too_small(terms, run))
        return ENT_OK;
    *clause = "budget";
    ENT_TRY(match_charged(d, arena, run->peer, run->r.purpose, run->r.id, &charge, err));
    if (charge.own + run->r.size_own > terms->keys_per_day ||
        charge.theirs + run->r.size_peer > terms->keys_per_day)
        return ENT_OK;
    *clause = "namespace";
    for (int kind = 0; kind < MATCH_KINDS; kind++)
        if (run->kinds.kind[kind] > 0 &&
            charge.own_kinds.kind[kind] + run->kinds.kind[kind] > terms->kind_per_day[kind])
            return ENT_OK;
    *clause = NULL;
    return ENT_OK;
}
