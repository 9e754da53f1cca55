#include "node/reasons.h"

#include "desk/note.h"
#include "desk/work.h"
#include "link/approval.h"
#include "node/users.h"

#define WHERE "the decision about reasons"

static const char *const members[] = { "by", "from", "law", "node", "until", NULL };

bool node_reason_says(ent_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return true;
    }
    return false;
}

/* ---- reading ---- */

/* The rule as the decision itself says it; FORMAT, DENIED and UNTRUSTED: it is none. */
static ent_code decision_read(ent_arena *arena, const node_home *home, const store_doc *doc,
                              node_reasons *r, ent_err *err)
{
    uint8_t signature[LINK_SIGNATURE_SIZE];
    ent_json json, said;
    ent_str statement;
    node_user user;
    const char *name;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    ENT_TRY(desk_text(json, "statement", WHERE, &statement, err));
    ENT_TRY(desk_hex(json, "signature", WHERE, signature, sizeof signature, err));
    ENT_TRY(desk_canonical(arena, statement, WHERE, &said, err));
    ENT_TRY(desk_members(said, WHERE, members, err));
    ENT_TRY(desk_text(said, "by", WHERE, &r->by, err));
    ENT_TRY(desk_text(said, "law", WHERE, &r->law, err));
    ENT_TRY(ent_time_read(ent_json_get_text(said, "until"), &r->until, err));
    name = ent_arena_str(arena, r->by).ptr;
    if (name == NULL)
        return ent_fail_arena(err);
    ENT_TRY(node_user_get(arena, home, name, &user, err));
    if (user.role != NODE_ROLE_LEGAL || !ent_str_is(ent_json_get_text(said, "node"), home->code))
        return ent_fail(err, ENT_DENIED, "not of a legal officer of this node");
    if (!link_approval_verify("reasons", statement, user.key, signature))
        return ent_fail(err, ENT_UNTRUSTED, "its signature does not verify");
    r->is_signed = true;
    return ENT_OK;
}

/* What blames the machine must not read as "no decision": the caller fails. */
static bool blames_node(ent_code rc)
{
    return rc == ENT_MEMORY || rc == ENT_LIMIT || rc == ENT_IO || rc == ENT_BUG;
}

static ent_code somebody_oversees(ent_arena *arena, const node_home *home, bool *is, ent_err *err)
{
    node_user *users;
    size_t count;

    *is = false;
    ENT_TRY(node_user_list(arena, home, &users, &count, err));
    for (size_t i = 0; i < count && !*is; i++)
        *is = users[i].role == NODE_ROLE_OVERSIGHT;
    return ENT_OK;
}

ent_code node_reasons_read(ent_arena *arena, const node_home *home, store *s, ent_time now,
                           node_reasons *r, ent_err *err)
{
    ent_err failure = { 0 };
    store_doc doc;
    ent_code rc;

    *r = (node_reasons){ .required = true };
    rc = store_doc_get(s, arena, "rule", ENT_STR("reasons"), &doc, &failure);
    if (rc == ENT_NOT_FOUND)
        return somebody_oversees(arena, home, &r->required, err);
    if (rc != ENT_OK)
        return *err = failure, rc;
    if (ent_str_is(doc.state, "optional")) {
        r->decided = true;
        r->until = doc.time + NODE_REASONS_DAYS * ENT_DAY_TIME;
    } else if (ent_str_is(doc.state, "waived")) {
        r->decided = true;
        rc = decision_read(arena, home, &doc, r, &failure);
        if (blames_node(rc))
            return *err = failure, rc;
        if (rc != ENT_OK)
            *r = (node_reasons){ .decided = true,
                                 .wrong = "it is not signed by a legal officer of this node" };
    } else {
        return ENT_OK;
    }
    if (r->wrong == NULL && now >= r->until)
        *r = (node_reasons){ .required = true }; /* as if nobody had */
    else
        r->required = r->wrong != NULL;
    return ENT_OK;
}

/* ---- deciding ---- */

static ent_code rule_put(desk *d, ent_arena *arena, const char *state, ent_str json,
                         const desk_officer *officer, ent_str why, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("rule"),
                      .id = ENT_STR("reasons"),
                      .state = ent_str_of(state),
                      .time = d->now,
                      .json = json };
    desk_note note = { .verb = strcmp(state, "waived") == 0 ? "reasons waived" : "reasons required",
                       .who = ent_str_of(officer->name),
                       .role = ent_str_of(officer->role),
                       .reason = why,
                       .oversight = true };

    ENT_TRY(store_doc_put(d->store, &doc, err));
    return desk_note_write(d, arena, &note, err);
}

static ent_code decision_write(desk *d, ent_arena *arena, ent_str law, ent_time until,
                               const desk_officer *officer, ent_str *json, ent_err *err)
{
    uint8_t signature[LINK_SIGNATURE_SIZE];
    ent_str text, statement;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "by");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "from");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "law");
    ent_jw_str(&w, law);
    ent_jw_key(&w, "node");
    ent_jw_c(&w, d->code);
    ent_jw_key(&w, "until");
    ent_jw_str(&w, desk_time_text(arena, until));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &statement, err));
    ENT_TRY(desk_officer_sign(officer, "reasons", statement, signature, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, signature, sizeof signature);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, statement);
    ent_jw_end(&w);
    return ent_buf_done(&buf, json, err);
}

ent_code node_reasons_waive(desk *d, ent_arena *arena, ent_str law, ent_time until,
                            const desk_officer *officer, ent_err *err)
{
    ent_str json;

    if (strcmp(officer->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "that look-ups need no reason is decided by the legal officer; '%s' has "
                        "the role %s [reason]",
                        officer->name, officer->role);
    if (!node_reason_says(law))
        return ent_fail(err, ENT_USAGE, "--reason names the law that asks for no reason");
    if (until <= d->now || until > d->now + NODE_REASONS_DAYS * ENT_DAY_TIME)
        return ent_fail(err, ENT_USAGE, "--until is a day within a year from now");
    ENT_TRY(decision_write(d, arena, law, until, officer, &json, err));
    return rule_put(d, arena, "waived", json, officer, law, err);
}

ent_code node_reasons_require(desk *d, ent_arena *arena, const desk_officer *officer, ent_err *err)
{
    return rule_put(d, arena, "required", ENT_STR("{}"), officer, ENT_STR(""), err);
}
