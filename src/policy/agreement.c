#include "policy/agreement.h"

#include "base/limits.h"
#include "base/text.h"

#include <inttypes.h>

#define WHERE "the agreement"

static const char *const onward_names[] = {
    [POLICY_ONWARD_NONE] = "none",
    [POLICY_ONWARD_CONSENT] = "H2",
    [POLICY_ONWARD_MARKED] = "marked",
};

const char *policy_onward_name(policy_onward onward)
{
    return onward_names[onward];
}

static bool is_one_of(ent_str name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (ent_str_is(name, *names))
            return true;
    return false;
}

/* A term that is not understood could be a restriction that is not kept. */
static ent_code members_check(ent_json json, const char *where, const char *const *names,
                              ent_err *err)
{
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "%s is no JSON object", where);
    for (ent_json m = ent_json_first(json); m.doc != NULL; m = ent_json_next(m)) {
        ent_str name = ent_json_name(m);

        if (!is_one_of(name, names))
            return ent_fail(err, ENT_FORMAT, "%s: member '%.*s' is not known", where,
                            name.size > 40 ? 40 : (int)name.size, name.ptr);
    }
    return ENT_OK;
}

static ent_code text_read(ent_json json, const char *name, bool required, ent_str *text,
                          ent_err *err)
{
    ent_json value = ent_json_get(json, name);

    *text = ent_json_str(value);
    if (text->size == 0 && (required || value.doc != NULL))
        return ent_fail(err, ENT_FORMAT, WHERE ": member '%s' is missing or no text", name);
    return ENT_OK;
}

static ent_code number_read(ent_json json, const char *name, int64_t min, int64_t max,
                            int64_t *number, ent_err *err)
{
    if (!ent_json_int(ent_json_get(json, name), number) || *number < min || *number > max) {
        *number = 0;
        return ent_fail(err, ENT_FORMAT,
                        WHERE ": member '%s' is missing or no whole number from %" PRId64
                              " to %" PRId64,
                        name, min, max);
    }
    return ENT_OK;
}

static ent_code flag_read(ent_json json, const char *name, bool *flag, ent_err *err)
{
    ent_json value = ent_json_get(json, name);

    *flag = ent_json_true(value);
    if (value.doc != NULL && !*flag && !ent_json_is(value, ENT_JSON_FALSE))
        return ent_fail(err, ENT_FORMAT, WHERE ": member '%s' is not true or false", name);
    return ENT_OK;
}

static ent_code purposes_read(ent_json list, policy_terms *terms, ent_err *err)
{
    size_t count = ent_json_count(list);

    if (!ent_json_is(list, ENT_JSON_ARRAY) || count < 1 || count > POLICY_LIST)
        return ent_fail(err, ENT_FORMAT, WHERE ": member 'purposes' is no list of 1 to %d texts",
                        POLICY_LIST);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str purpose = ent_json_str(v);

        if (purpose.size == 0)
            return ent_fail(err, ENT_FORMAT, WHERE ": member 'purposes' holds what is no text");
        terms->purposes[terms->purpose_count++] = purpose;
    }
    return ENT_OK;
}

static ent_code namespaces_read(ent_json json, policy_agreement *a, ent_err *err)
{
    ent_json list = ent_json_get(json, "namespaces");

    if (list.doc == NULL)
        return ENT_OK;
    if (!ent_json_is(list, ENT_JSON_OBJECT) || ent_json_count(list) > POLICY_NAMESPACES)
        return ent_fail(err, ENT_FORMAT,
                        WHERE ": member 'namespaces' is no object of at most %d kinds of keys",
                        POLICY_NAMESPACES);
    for (ent_json m = ent_json_first(list); m.doc != NULL; m = ent_json_next(m)) {
        policy_namespace *n = &a->namespaces[a->namespace_count];

        n->prefix = ent_json_name(m);
        if (!ent_json_int(m, &n->keys_per_day) || n->keys_per_day < 0 ||
            n->keys_per_day > POLICY_KEYS_PER_DAY_MAX)
            return ent_fail(err, ENT_FORMAT,
                            WHERE ": member 'namespaces' holds what is no number of keys");
        a->namespace_count++;
    }
    return ENT_OK;
}

/* What a set may be made of; `set_max` is there already. */
static ent_code set_read(ent_json match, policy_agreement *a, ent_err *err)
{
    ENT_TRY(flag_read(match, "fast_experimental", &a->fast_experimental, err));
    ENT_TRY(flag_read(match, "graded_names", &a->graded_names, err));
    if (ent_json_get(match, "set_min").doc != NULL)
        ENT_TRY(number_read(match, "set_min", 1, a->set_max, &a->set_min, err));
    if (ent_json_get(match, "audit").doc != NULL)
        ENT_TRY(number_read(match, "audit", 0, POLICY_AUDIT_MAX, &a->audit, err));
    return namespaces_read(match, a, err);
}

static ent_code flows_read(ent_json json, policy_agreement *a, ent_err *err)
{
    static const char *const names[] = { "keys_per_day", "set_max", "set_min",
                                         "namespaces",   "audit",   "fast_experimental",
                                         "graded_names", NULL };
    ent_json match = ent_json_get(json, "match");

    if (match.doc != NULL) {
        ENT_TRY(members_check(match, "member 'match' of the agreement", names, err));
        ENT_TRY(number_read(match, "keys_per_day", POLICY_KEYS_PER_DAY_MIN, POLICY_KEYS_PER_DAY_MAX,
                            &a->keys_per_day, err));
        ENT_TRY(number_read(match, "set_max", 1, ENT_LIMIT_TAG_SET, &a->set_max, err));
        ENT_TRY(set_read(match, a, err));
        a->terms.match = true;
    }
    ENT_TRY(flag_read(json, "release", &a->terms.release, err));
    ENT_TRY(flag_read(json, "emergency", &a->terms.emergency, err));
    ENT_TRY(flag_read(json, "heads", &a->heads, err));
    ENT_TRY(flag_read(json, "hypotheses", &a->hypotheses, err));
    return flag_read(json, "deconfliction", &a->deconfliction, err);
}

static ent_code onward_read(ent_json json, policy_onward *onward, ent_err *err)
{
    ent_str text;
    size_t i;

    ENT_TRY(text_read(json, "onward", false, &text, err));
    *onward = POLICY_ONWARD_NONE;
    if (text.ptr == NULL)
        return ENT_OK;
    for (i = 0; i <= POLICY_ONWARD_MARKED && !ent_str_is(text, onward_names[i]); i++)
        ;
    if (i > POLICY_ONWARD_MARKED)
        return ent_fail(err, ENT_FORMAT, WHERE ": member 'onward' is not none, H2 or marked");
    *onward = (policy_onward)i;
    return ENT_OK;
}

static ent_code dates_read(ent_json json, ent_days *dates, ent_err *err)
{
    ent_str from, until;
    ent_days first = { ENT_DAY_MIN, ENT_DAY_MAX }, last;

    ENT_TRY(text_read(json, "not_after", true, &until, err));
    ENT_TRY(text_read(json, "not_before", false, &from, err));
    if (ent_days_read(until, &last, err) != ENT_OK)
        return ent_context(err, WHERE ": member 'not_after'");
    if (from.ptr != NULL && ent_days_read(from, &first, err) != ENT_OK)
        return ent_context(err, WHERE ": member 'not_before'");
    *dates = (ent_days){ first.first, last.last };
    if (dates->first > dates->last)
        return ent_fail(err, ENT_FORMAT, WHERE ": it ends before it begins");
    return ENT_OK;
}

static ent_code terms_read(ent_json json, policy_agreement *a, ent_err *err)
{
    static const char *const names[] = {
        "name",       "purposes",  "match", "release",    "onward",        "retention_months",
        "not_before", "not_after", "text",  "hypotheses", "deconfliction", "emergency",
        "heads",      NULL
    };

    ENT_TRY(members_check(json, WHERE, names, err));
    ENT_TRY(text_read(json, "name", true, &a->name, err));
    ENT_TRY(text_read(json, "text", false, &a->text, err));
    ENT_TRY(purposes_read(ent_json_get(json, "purposes"), &a->terms, err));
    ENT_TRY(flows_read(json, a, err));
    ENT_TRY(onward_read(json, &a->terms.onward, err));
    ENT_TRY(number_read(json, "retention_months", 1, POLICY_MONTHS_MAX, &a->retention_months, err));
    return dates_read(json, &a->dates, err);
}

ent_code policy_terms_read(ent_json json, policy_agreement *agreement, ent_err *err)
{
    ent_code rc;

    *agreement = (policy_agreement){ .dates = { ENT_DAY_MAX, ENT_DAY_MIN } };
    rc = terms_read(json, agreement, err);
    if (rc != ENT_OK)
        *agreement = (policy_agreement){ .dates = { ENT_DAY_MAX, ENT_DAY_MIN } };
    return rc;
}

bool policy_terms_current(const policy_agreement *agreement, ent_day today)
{
    return agreement->dates.first <= today && today <= agreement->dates.last;
}

/* ---- in words ---- */

static void day_put(ent_buf *buf, ent_day day)
{
    int year, month, day_of_month;

    ent_day_split(day, &year, &month, &day_of_month);
    ent_buf_printf(buf, "%04d-%02d-%02d", year, month, day_of_month);
}

static void purposes_put(const policy_terms *terms, ent_buf *buf)
{
    for (size_t i = 0; i < terms->purpose_count; i++) {
        ent_buf_c(buf, i == 0 ? "" : i + 1 == terms->purpose_count ? " and " : ", ");
        ent_text_visible(buf, terms->purposes[i]);
    }
}

static void match_put(const policy_agreement *a, ent_buf *buf)
{
    if (!a->terms.match) {
        ent_buf_c(buf, "There is no private match under this agreement.\n");
        return;
    }
    ent_buf_printf(
        buf,
        "A party may ask in private which records both hold: at most %" PRId64
        " keys in one set and %" PRId64
        " keys a day. A match tells that both hold a record and nothing else. Witnesses, "
        "victims, minors and records marked silent are in no set.\n",
        a->set_max, a->keys_per_day);
    if (a->set_min > 0)
        ent_buf_printf(buf, "No set has fewer than %" PRId64 " keys of the party's own.\n",
                       a->set_min);
    for (size_t i = 0; i < a->namespace_count; i++) {
        ent_buf_printf(buf, "Of these, at most %" PRId64 " keys a day are of the kind '",
                       a->namespaces[i].keys_per_day);
        ent_text_visible(buf, a->namespaces[i].prefix);
        ent_buf_c(buf, "'.\n");
    }
    if (a->audit > 0)
        ent_buf_printf(buf,
                       "Of each set, %" PRId64
                       " places that nobody chose are opened to the oversight of "
                       "the party that made it.\n",
                       a->audit);
    if (a->graded_names)
        ent_buf_c(buf,
                  "Persons are also found by three rare words of a name with the year of birth, "
                  "or by these alone where one party holds no birth date.\n");
    if (a->fast_experimental)
        ent_buf_c(buf, "A party may ask by a faster protocol that no outside cryptographer has "
                       "reviewed.\n");
}

static void onward_put(const policy_agreement *a, ent_buf *buf)
{
    static const char *const words[] = {
        [POLICY_ONWARD_NONE] = "What was received is not passed on to anybody.",
        [POLICY_ONWARD_CONSENT] = "What was received is passed on only with its originator's "
                                  "consent, asked for each time (H2).",
        [POLICY_ONWARD_MARKED] = "What was received is passed on only as far as every marking on "
                                 "it allows.",
    };

    ent_buf_printf(buf, "%s\n", words[a->terms.onward]);
}

void policy_terms_text(const policy_agreement *a, ent_buf *buf)
{
    ent_text_visible(buf, a->name);
    ent_buf_c(buf, "\n1. Purposes. What is exchanged is used for ");
    purposes_put(&a->terms, buf);
    ent_buf_c(buf, ", and for nothing else.\n2. Private match. ");
    match_put(a, buf);
    ent_buf_c(buf, "3. Release. ");
    ent_buf_c(buf, a->terms.release
                       ? "A party may give the other what two of its disclosure officers have "
                         "approved, neither of them its drafter; about a witness, a victim or a "
                         "minor the legal officer approves as well.\n"
                       : "No content is given under this agreement.\n");
    if (a->terms.release && a->terms.emergency)
        ent_buf_c(buf, "In an emergency, whose ground it states, one officer may give it; another "
                       "reviews it by the end of the next day.\n");
    ent_buf_c(buf, "4. Passing on. ");
    onward_put(a, buf);
    ent_buf_printf(buf,
                   "5. Retention. What was received is erased or reviewed %" PRId64
                   " month%s after it was received, or earlier if its owner says so.\n6. Plans. ",
                   a->retention_months, a->retention_months == 1 ? "" : "s");
    ent_buf_c(buf, a->deconfliction
                       ? "Plans are compared in private; a clash tells the domain, the "
                         "day and whom to call.\n7. Hypotheses. "
                       : "Plans are not compared.\n7. Hypotheses. ");
    ent_buf_c(buf, a->hypotheses ? "The parties answer each other's hypotheses by yes, no or "
                                   "silence.\n8. Time. In force "
                                 : "No hypotheses are put.\n8. Time. In force ");
    if (a->dates.first != ENT_DAY_MIN) {
        ent_buf_c(buf, "from ");
        day_put(buf, a->dates.first);
        ent_buf_c(buf, " ");
    }
    ent_buf_c(buf, "up to and including ");
    day_put(buf, a->dates.last);
    ent_buf_c(buf, ". Each party may suspend it at once.\n");
    if (a->heads)
        ent_buf_c(buf, "The parties tell each other how far the logs between them have come, so "
                       "that none can be set back or shown otherwise unnoticed.\n");
    if (a->text.size > 0) {
        ent_buf_c(buf, "In the parties' own words, which bind people and are not checked: ");
        ent_text_visible(buf, a->text);
        ent_buf_c(buf, "\n");
    }
}
