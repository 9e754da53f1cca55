#include "policy/label.h"

static const char *const category_names[POLICY_CATEGORY_COUNT] = {
#define X(symbol, name) [POLICY_##symbol] = (name),
    POLICY_CATEGORIES(X)
#undef X
};
static const char *const act_names[POLICY_ACT_COUNT] = {
#define X(symbol, name) [POLICY_ACT_##symbol] = (name),
    POLICY_ACTS(X)
#undef X
};
static const char *const mean_names[POLICY_MEAN_COUNT] = {
#define X(symbol, name) [POLICY_MEAN_##symbol] = (name),
    POLICY_MEANS(X)
#undef X
};
static const char *const discover_names[] = {
    [POLICY_SILENT] = "silent",
    [POLICY_POINTER] = "pointer",
    [POLICY_OPEN] = "open",
};

const char *policy_category_name(policy_category category)
{
    return category_names[category];
}

const char *policy_act_name(policy_act act)
{
    return act_names[act];
}

const char *policy_mean_name(policy_mean mean)
{
    return mean_names[mean];
}

const char *policy_discover_name(policy_discover discover)
{
    return discover_names[discover];
}

bool policy_protected(policy_category category)
{
    return category == POLICY_WITNESS || category == POLICY_VICTIM || category == POLICY_MINOR;
}

static bool items_have(const ent_str *items, size_t count, ent_str text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(items[i], text))
            return true;
    return false;
}

bool policy_list_has(const policy_list *list, ent_str text)
{
    return items_have(list->item, list->count, text);
}

/* ---- combining ---- */

static size_t items_meet(const ent_str *a, size_t a_count, const ent_str *b, size_t b_count,
                         ent_str *out)
{
    size_t count = 0;

    for (size_t i = 0; i < a_count; i++)
        if (items_have(b, b_count, a[i]) && !items_have(out, count, a[i]))
            out[count++] = a[i];
    return count;
}

/* More than can be listed: then nobody gets it, rather than too many. */
static void items_join(policy_label *m, ent_str *out, size_t *count, const ent_str *b,
                       size_t b_count)
{
    for (size_t i = 0; i < b_count; i++) {
        if (items_have(out, *count, b[i]))
            continue;
        if (*count == POLICY_LIST)
            m->conflict = true;
        else
            out[(*count)++] = b[i];
    }
}

static void recipients_meet(policy_label *m, const policy_label *a, const policy_label *b)
{
    m->releasable_stated = a->releasable_stated || b->releasable_stated;
    m->releasable.count = 0;
    if (a->releasable_stated && b->releasable_stated)
        m->releasable.count =
            items_meet(a->releasable.item, a->releasable.count, b->releasable.item,
                       b->releasable.count, m->releasable.item);
    else
        m->releasable = a->releasable_stated ? a->releasable : b->releasable;
    items_join(m, m->denied.item, &m->denied.count, b->denied.item, b->denied.count);
    items_join(m, m->communities.item, &m->communities.count, b->communities.item,
               b->communities.count);
}

/* Evaluations cannot be combined: two that differ both travel with their own content. */
static void evaluation_meet(policy_label *m, const policy_label *b)
{
    if (!ent_str_equal(m->scale, b->scale) || !ent_str_equal(m->source, b->source) ||
        !ent_str_equal(m->information, b->information))
        m->scale = m->source = m->information = ENT_STR_NONE;
    m->kind = m->kind > b->kind ? m->kind : b->kind;
    m->evidential = m->evidential && b->evidential;
    m->exercise = m->exercise || b->exercise;
}

static void times_meet(policy_label *m, const policy_label *b)
{
    if (b->retention_last < m->retention_last) {
        m->retention_last = b->retention_last;
        m->retention = b->retention;
    }
    m->not_before = m->not_before > b->not_before ? m->not_before : b->not_before;
    m->expires = m->expires < b->expires ? m->expires : b->expires;
    m->valid.first = m->valid.first > b->valid.first ? m->valid.first : b->valid.first;
    m->valid.last = m->valid.last < b->valid.last ? m->valid.last : b->valid.last;
}

policy_label policy_label_meet(const policy_label *a, const policy_label *b)
{
    policy_label m = *a;

    m.complete = a->complete && b->complete;
    m.missing = a->missing != NULL ? a->missing : b->missing;
    m.marks = a->marks | b->marks;
    m.unknown = a->unknown.ptr != NULL ? a->unknown : b->unknown;
    m.conflict = a->conflict || b->conflict;
    m.no_disclosure = a->no_disclosure || b->no_disclosure;
    m.prohibit = a->prohibit | b->prohibit;
    m.encrypt = a->encrypt || b->encrypt;
    m.attribute = a->attribute || b->attribute;
    m.discover = a->discover < b->discover ? a->discover : b->discover;
    m.act = a->act < b->act ? a->act : b->act;
    m.category = a->category > b->category ? a->category : b->category;
    m.purpose_count =
        items_meet(a->purposes, a->purpose_count, b->purposes, b->purpose_count, m.purposes);
    items_join(&m, m.originators, &m.originator_count, b->originators, b->originator_count);
    recipients_meet(&m, a, b);
    evaluation_meet(&m, b);
    times_meet(&m, b);
    return m;
}
