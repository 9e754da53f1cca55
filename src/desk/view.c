#include "desk/view.h"

#include "base/text.h"
#include "desk/compartment.h"
#include "desk/named.h"
#include "desk/work.h"
#include "holdings/exercise.h"
#include "holdings/export.h"
#include "policy/decide.h"

#define ROW_MEMORY ((size_t)64 << 20)

ent_code desk_audience_reader(desk *d, ent_arena *arena, const desk_audience *audience,
                              const store_reader **reader, ent_err *err)
{
    *reader = NULL;
    return audience->any_compartment
               ? ENT_OK
               : desk_reader_open(d, arena, audience->name, audience->compartments,
                                  audience->compartment_count, reader, err);
}

ent_code desk_view_open(desk *d, ent_arena *arena, ent_str query, ent_str partner,
                        const desk_audience *audience, desk_view *view, ent_err *err)
{
    ent_str text = ent_arena_str(arena, query), owner = ent_arena_str(arena, partner);

    if (text.ptr == NULL || owner.ptr == NULL)
        return ent_fail_arena(err);
    *view = (desk_view){ .d = d, .arena = arena, .owner = owner.ptr, .audience = *audience };
    if (holdings_query_read(arena, text.ptr, &view->query, err) != ENT_OK) {
        if (err->code == ENT_FORMAT)
            err->code = ENT_USAGE;
        return err->code;
    }
    if (view->query.owner != NULL && strcmp(view->query.owner, owner.ptr) != 0 &&
        (owner.size > 0 || strcmp(view->query.owner, d->code) != 0))
        return ent_fail(err, ENT_USAGE,
                        "a view is of this node's own records, or in the root of one partner; "
                        "'owner:%s' is neither",
                        view->query.owner);
    view->query.owner = view->owner;
    ENT_TRY(desk_audience_reader(d, arena, audience, &view->reader, err));
    if (owner.size == 0)
        return ENT_OK;
    return desk_agreement_list(d, arena, &view->agreements, &view->agreement_count, err);
}

ent_code desk_view_state(desk_view *view, ent_hash *state, ent_err *err)
{
    ent_hash hidden = desk_reader_hash(view->reader);
    char hex[2 * ENT_HASH_SIZE + 1];
    ent_buf buf;
    ent_str text;

    ent_hex_write(hidden.bytes, ENT_HASH_SIZE, hex);
    ent_buf_init(&buf, view->arena);
    ent_buf_printf(&buf, "%lld %s", (long long)desk_today(view->d), hex);
    for (size_t i = 0; i < view->agreement_count; i++)
        ent_buf_printf(&buf, " %.*s %d", ENT_STR_ARG(view->agreements[i].id),
                       view->agreements[i].in_force);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    *state = ent_hash_of(text.ptr, text.size);
    return ENT_OK;
}

/* ---- the judgement ---- */

static bool purpose_cleared(const desk_view *view, ent_str purpose)
{
    const desk_audience *a = &view->audience;

    for (size_t i = 0; i < a->purpose_count; i++)
        if (ent_str_equal(a->purposes[i], purpose))
            return true;
    return a->any_purpose;
}

/* The agreement in force under which a partner's records may be used for a purpose. */
static bool source_find(const desk_view *view, ent_str purpose, desk_terms *terms)
{
    for (size_t i = 0; i < view->agreement_count; i++) {
        desk_agreement_terms(view->d, &view->agreements[i], view->owner, terms);
        if (!terms->policy.in_force || !terms->policy.both_party || !terms->policy.release)
            continue;
        for (size_t j = 0; j < terms->policy.purpose_count; j++)
            if (ent_str_equal(terms->policy.purposes[j], purpose))
                return true;
    }
    return false;
}

static bool purpose_permits(const desk_view *view, const policy_label *label, bool by_name,
                            ent_str purpose)
{
    policy_question q = { .action = POLICY_EXPORT,
                          .label = label,
                          .holder = ent_str_of(view->d->code),
                          .originator = ent_str_of(view->owner),
                          .recipient = { .organisation = ent_str_of(view->d->code),
                                         .individual = view->audience.name,
                                         .standing = POLICY_OWN,
                                         .national = true },
                          .purpose = purpose,
                          .today = desk_today(view->d),
                          .now = view->d->now,
                          .visible = POLICY_ACT_INTERNAL,
                          .encrypted = true, /* the listener speaks TLS only */
                          .by_name = by_name,
                          .before_approval = true };
    desk_terms terms;

    if (!purpose_cleared(view, purpose))
        return false;
    if (view->owner[0] != '\0') {
        if (!source_find(view, purpose, &terms))
            return false;
        q.source = &terms.policy;
    }
    if (!policy_decide(&q).permit)
        return false;
    q.action = POLICY_USE;
    return policy_decide(&q).permit;
}

static bool label_permits(const desk_view *view, const policy_label *label, bool by_name)
{
    if ((view->audience.categories & POLICY_BIT(label->category)) == 0)
        return false;
    for (size_t i = 0; i < label->purpose_count; i++)
        if (purpose_permits(view, label, by_name, label->purposes[i]))
            return true;
    return false;
}

/* A link that says nothing of its own is as free as both its ends. */
static ent_code ends_permit(const desk_view *view, ent_arena *arena, ent_json link, bool *permits,
                            ent_err *err)
{
    static const char *const names[] = { "source_ref", "target_ref" };
    policy_label labels[2], both;

    *permits = false;
    for (size_t i = 0; i < 2; i++) {
        ent_err why = { 0 };
        ent_json object;
        store_row end;
        ent_code rc = store_object_get(view->d->store, arena, view->owner,
                                       ent_json_get_text(link, names[i]), &end, &why);

        if (rc == ENT_OK && (end.tombstone.size > 0 || end.quarantine.size > 0))
            return ENT_OK;
        if (rc == ENT_OK)
            rc = desk_label(arena, &end, &object, &labels[i], &why);
        if (rc == ENT_NOT_FOUND || rc == ENT_FORMAT)
            return ENT_OK;
        if (rc != ENT_OK) {
            *err = why;
            return rc;
        }
        if (!label_permits(view, &labels[i], false))
            return ENT_OK;
    }
    both = policy_label_meet(&labels[0], &labels[1]);
    *permits = label_permits(view, &both, false);
    return ENT_OK;
}

static ent_code row_judge(const desk_view *view, ent_arena *arena, const store_row *row,
                          bool *permits, ent_err *err)
{
    ent_err why = { 0 };
    policy_label label;
    bool by_name = false;
    ent_json object;
    ent_code rc;

    *permits = false;
    if (view->reader != NULL && view->reader->row_hidden(view->reader, row->owner, row->id))
        return ENT_OK;
    if (row->bytes.size == 0 || row->tombstone.size > 0 || row->quarantine.size > 0)
        return ENT_OK;
    rc = desk_label(arena, row, &object, &label, &why);
    if (rc == ENT_FORMAT)
        return ENT_OK; /* a label that cannot be read withholds */
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    if ((label.marks & POLICY_BIT(POLICY_MARK_TLP_RED)) != 0 && row->owner.size > 0)
        ENT_TRY(desk_named_for(view->d, arena, row, view->audience.name, &by_name, err));
    *permits = label_permits(view, &label, by_name);
    if (*permits || !ent_str_is(row->type, "relationship") || row->handling.size > 0 ||
        policy_handling(object).doc != NULL)
        return ENT_OK;
    return ends_permit(view, arena, object, permits, err);
}

/* ---- records ---- */

struct pass {
    desk_view *view;
    ent_arena *arena;
    desk_view_row each;
    void *arg;
};

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct pass *pass = arg;
    bool permits;

    ent_arena_reset(pass->arena);
    ENT_TRY(row_judge(pass->view, pass->arena, row, &permits, err));
    return pass->each(pass->arg, row, permits, err);
}

ent_code desk_view_each(desk_view *view, int64_t after, desk_view_row each, void *arg, ent_err *err)
{
    struct pass pass = { view, ent_arena_new(ROW_MEMORY), each, arg };
    store_query query = view->query;
    ent_code rc;

    if (pass.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a view");
    query.after = after;
    rc = store_objects_each(view->d->store, &query, row_take, &pass, err);
    ent_arena_free(pass.arena);
    return rc;
}

ent_code desk_view_read(desk_view *view, ent_arena *arena, ent_str id, ent_str version,
                        store_row *row, ent_err *err)
{
    bool permits;

    ENT_TRY(store_object_get(view->d->store, arena, view->owner, id, row, err));
    if (!ent_str_equal(row->version, version))
        return ent_fail(err, ENT_NOT_FOUND, "this version is not the latest any more");
    ENT_TRY(row_judge(view, arena, row, &permits, err));
    if (!permits)
        return ent_fail(err, ENT_NOT_FOUND, "it may not be read");
    return holdings_outgoing(view->d->store, arena, row->bytes, &row->bytes, err);
}
