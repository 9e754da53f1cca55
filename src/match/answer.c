/* Answering: is it agreed, and if so our own set.  Who refuses says by which clause. */
#include "match/answer_int.h"

#include "match/budget_int.h"
#include "match/fast_int.h"
#include "base/limits.h"
#include "names/names.h"
#include "psi/keyform.h"

bool match_purpose_agreed(const desk_terms *terms, ent_str purpose)
{
    for (size_t i = 0; i < terms->policy.purpose_count; i++)
        if (ent_str_equal(terms->policy.purposes[i], purpose))
            return true;
    return false;
}

ent_code match_refusal_find(match_step *s, desk_terms *terms, const char **clause, ent_err *err)
{
    int64_t keyform = 0, names = 0;
    desk_agreement a;
    ent_err why = { 0 };
    ent_code rc = desk_agreement_get(s->d, s->arena, s->run->r.agreement, &a, &why);

    *clause = "agreement";
    if (rc == ENT_NOT_FOUND || rc == ENT_DENIED) /* DENIED: it is not of these two */
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
    if (!match_purpose_agreed(terms, s->run->r.purpose))
        return ENT_OK;
    *clause = "experimental";
    if (match_is_fast(s->run) && !terms->fast_experimental)
        return ENT_OK;
    *clause = "versions";
    (void)ent_json_int(ent_json_get(s->header, "keyform"), &keyform);
    (void)ent_json_int(ent_json_get(s->header, "names"), &names);
    if (keyform != PSI_KEYFORM_VERSION || names != NAMES_KEYS_VERSION)
        return ENT_OK;
    return match_budget_check(s->d, s->arena, terms, s->run, clause, err);
}

ent_code match_refuse(match_step *s, const char *clause, ent_err *err)
{
    match_say say = { .step = "refuse", .clause = clause };

    ENT_TRY(match_message_say(s->d, s->arena, s->run, &say, err));
    return match_run_end(s->d, s->arena, s->run,
                         strcmp(clause, "versions") == 0 ? "not-asked" : "refused", clause, err);
}

ent_code match_answer_work(match_step *s, const char **clause, ent_err *err)
{
    match_say say = { .step = "accept", .announce = s->run };
    desk_terms terms;

    ENT_TRY(match_refusal_find(s, &terms, clause, err));
    if (*clause != NULL)
        return ENT_OK;
    ENT_TRY(match_step_collect(s, &terms, err));
    if (s->run->r.size_own > ENT_LIMIT_MATCH_SET)
        return ent_fail(err, ENT_LIMIT,
                        "a run compares %d keys of a side at most, and this node has more for it",
                        ENT_LIMIT_MATCH_SET);
    ENT_TRY(match_budget_check(s->d, s->arena, &terms, s->run, clause, err));
    if (*clause != NULL) {
        *clause = "later"; /* ours, not theirs: a constant */
        return ENT_OK;
    }
    ENT_TRY(match_commit(s, err));
    if (match_is_fast(s->run))
        ENT_TRY(match_fast_choose(s, &say, err));
    return match_step_say(s, &say, err);
}
