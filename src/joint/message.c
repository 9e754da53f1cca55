#include "joint/message.h"

#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "casework/signed.h"
#include "desk/gate.h"
#include "joint/terms.h"

#define FACTS_MAX 200
#define TEXT_MAX  2000

static const char waiting[] = "message-draft", ready[] = "message";

/* ---- may they go ---- */

static ent_code fact_check(desk *d, ent_arena *arena, const joint_message *m,
                           const joint_grants *grants, joint_fact *f, ent_err *err)
{
    ent_str id = f->id;
    desk_terms terms;
    const char *owner;

    if (joint_fact_judge(d, arena, grants, id, f, err) != ENT_OK)
        return ent_context(err, "'%.*s'", ENT_STR_ARG(id));
    if (f->owner.size == 0)
        return ent_fail(err, ENT_DENIED,
                        "'%.*s' is our own: what we say ourselves is in the text [owner]",
                        ENT_STR_ARG(id));
    if (f->rule == NULL && policy_protected(f->label.category)) {
        f->rule = "category";
        f->why = "of a witness, a victim or a minor no outsider is told";
    }
    if (f->rule != NULL)
        return ent_fail(err, ENT_DENIED, "'%.*s' of %.*s: %s [%s]", ENT_STR_ARG(id),
                        ENT_STR_ARG(f->owner), f->why, f->rule);
    owner = ent_arena_str(arena, f->owner).ptr;
    return owner == NULL ? ent_fail_arena(err)
                         : joint_terms_find(d, arena, owner, JOINT_WORK, m->purpose, &terms, err);
}

static ent_code nobody_knows(void *arg, ent_str id, bool *knows, ent_err *err)
{
    (void)arg;
    (void)id;
    (void)err;
    *knows = false;
    return ENT_OK;
}

/* Every fact by itself, and all of them as a closed set. */
static ent_code facts_check(desk *d, ent_arena *arena, joint_message *m, ent_err *err)
{
    joint_grants grants;
    ent_json objects;
    ent_buf buf;
    ent_str text;

    ENT_TRY(joint_grants_load(d, arena, m->outsider, &grants, err));
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < m->count; i++) {
        ENT_TRY(fact_check(d, arena, m, &grants, &m->facts[i], err));
        ent_buf_c(&buf, i == 0 ? "[" : ",");
        ent_buf_str(&buf, m->facts[i].bytes);
    }
    ent_buf_c(&buf, "]");
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(ent_json_read(arena, text, &objects, err));
    return desk_closed_check(objects, nobody_knows, NULL, err);
}

/* ---- the statement ---- */

static void put(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static ent_code statement_write(desk *d, ent_arena *arena, joint_message *m, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "kind", ENT_STR("message to an outsider"));
    put(&w, "id", m->id);
    put(&w, "service", ent_str_of(d->code));
    put(&w, "outsider", m->outsider);
    put(&w, "purpose", m->purpose);
    put(&w, "text", m->text);
    put(&w, "drafter", m->drafter);
    put(&w, "drafted", desk_time_text(arena, d->now));
    ent_jw_key(&w, "facts");
    ent_jw_array(&w);
    for (size_t i = 0; i < m->count; i++) {
        const joint_fact *f = &m->facts[i];
        ent_hash hash = ent_hash_of(f->bytes.ptr, f->bytes.size);

        ent_jw_object(&w);
        put(&w, "id", f->id);
        put(&w, "owner", f->owner);
        put(&w, "consent", f->consent);
        ent_jw_key(&w, "sha256");
        ent_jw_hex(&w, hash.bytes, ENT_HASH_SIZE);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, &m->statement, err);
}

/* The message as it was signed; of the facts what is said of them there. */
static ent_code statement_read(ent_arena *arena, joint_message *m, ent_json *facts, ent_err *err)
{
    ent_json says;
    size_t count = 0;

    ENT_TRY(ent_json_read(arena, m->statement, &says, err));
    *facts = ent_json_get(says, "facts");
    m->outsider = ent_json_get_text(says, "outsider");
    m->purpose = ent_json_get_text(says, "purpose");
    m->text = ent_json_get_text(says, "text");
    m->drafter = ent_json_get_text(says, "drafter");
    m->count = ent_json_count(*facts);
    m->facts = ent_arena_array(arena, m->count + 1, sizeof *m->facts);
    if (m->facts == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(*facts); v.doc != NULL; v = ent_json_next(v))
        m->facts[count++] = (joint_fact){ .id = ent_json_get_text(v, "id"),
                                          .owner = ent_json_get_text(v, "owner"),
                                          .consent = ent_json_get_text(v, "consent") };
    return ENT_OK;
}

/* They may still go, and are what was signed. */
static ent_code facts_again(desk *d, ent_arena *arena, joint_message *m, ent_json said,
                            ent_err *err)
{
    size_t i = 0;

    ENT_TRY(facts_check(d, arena, m, err));
    for (ent_json v = ent_json_first(said); v.doc != NULL; v = ent_json_next(v), i++) {
        ent_hash now = ent_hash_of(m->facts[i].bytes.ptr, m->facts[i].bytes.size);
        uint8_t then[ENT_HASH_SIZE];

        ENT_TRY(ent_hex_read(ent_json_get_text(v, "sha256"), then, sizeof then, err));
        if (memcmp(now.bytes, then, sizeof then) != 0)
            return ent_fail(err, ENT_DENIED,
                            "'%.*s' has changed since it was drafted; draft the message again "
                            "[changed]",
                            ENT_STR_ARG(m->facts[i].id));
    }
    return ENT_OK;
}

/* ---- drafting, approving ---- */

ent_code joint_message_draft(desk *d, ent_arena *arena, joint_message *m, ent_err *err)
{
    casework_signed s = { .kind = waiting, .what = "message" };
    char id[37];

    if (m->count == 0 || m->count > FACTS_MAX || m->outsider.size == 0 || m->outsider.size > 200)
        return ent_fail(err, ENT_USAGE, "1 to %d facts, and an outsider's name, are wanted",
                        FACTS_MAX);
    if (m->text.size == 0 || m->text.size > TEXT_MAX)
        return ent_fail(err, ENT_USAGE, "what is said has 1 to %d bytes", TEXT_MAX);
    ENT_TRY(facts_check(d, arena, m, err));
    desk_id(d, id);
    m->id = ent_arena_str(arena, ent_str_of(id));
    if (m->id.ptr == NULL)
        return ent_fail_arena(err);
    m->state = ENT_STR("waiting");
    ENT_TRY(statement_write(d, arena, m, err));
    s.id = m->id;
    s.drafter = m->drafter;
    s.statement = m->statement;
    return casework_signed_draft(d, arena, &s, err);
}

/* What leaves for good is seen by both: who knows the facts, and who answers for the law. */
static ent_code turn_check(const casework_signed *s, const desk_officer *by, ent_err *err)
{
    const char *wanted = s->count == 0 ? "disclosure" : "legal";

    return strcmp(by->role, wanted) == 0
               ? ENT_OK
               : ent_fail(err, ENT_DENIED,
                          "'%s' has the role %s; what goes to an outsider is approved by a "
                          "disclosure officer, then by the legal officer [law 6, ARA-3]",
                          by->name, by->role);
}

ent_code joint_message_approve(desk *d, ent_arena *arena, ent_str id, const desk_officer *by,
                               joint_message *m, ent_err *err)
{
    casework_signed s = { .kind = waiting, .what = "message" };
    store_doc doc = { .kind = ent_str_of(ready), .state = ENT_STR("approved"), .time = d->now };
    ent_json said;

    ENT_TRY(casework_signed_load(d, arena, id, &s, err));
    *m = (joint_message){ .id = s.id, .statement = s.statement };
    ENT_TRY(statement_read(arena, m, &said, err));
    ENT_TRY(turn_check(&s, by, err));
    ENT_TRY(facts_again(d, arena, m, said, err));
    ENT_TRY(casework_signed_approve(d, arena, &s, by, err));
    m->approvals = s.approvals;
    m->approval_count = s.count;
    m->state = s.count < 2 ? ENT_STR("waiting") : doc.state;
    if (s.count < 2)
        return ENT_OK;
    doc.id = m->id;
    doc.json = s.body;
    return store_doc_put(d->store, &doc, err);
}

/* ---- reading ---- */

static ent_code message_read(ent_arena *arena, const store_doc *doc, joint_message *m,
                             ent_json *said, ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *m = (joint_message){ .id = doc->id,
                          .state = doc->state,
                          .statement = ent_json_get_text(json, "statement"),
                          .approvals = ent_json_get(json, "approvals") };
    m->approval_count = ent_json_count(m->approvals);
    return statement_read(arena, m, said, err);
}

ent_code joint_message_write(desk *d, ent_arena *arena, ent_str id, joint_message *m, ent_err *err)
{
    store_doc doc;
    ent_json said;

    if (store_doc_get(d->store, arena, ready, id, &doc, err) != ENT_OK)
        return ent_context(err, "no approved message '%.*s'", ENT_STR_ARG(id));
    ENT_TRY(message_read(arena, &doc, m, &said, err));
    ENT_TRY(facts_again(d, arena, m, said, err));
    doc.state = m->state = ENT_STR("written");
    doc.time = d->now;
    return store_doc_put(d->store, &doc, err);
}

ent_code joint_message_list(desk *d, ent_arena *arena, joint_message **list, size_t *count,
                            ent_err *err)
{
    store_doc *docs[2];
    size_t counts[2];

    ENT_TRY(desk_docs(d, arena, waiting, NULL, NULL, &docs[0], &counts[0], err));
    ENT_TRY(desk_docs(d, arena, ready, NULL, NULL, &docs[1], &counts[1], err));
    *count = 0;
    *list = ent_arena_array(arena, counts[0] + counts[1] + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < counts[i]; j++) {
            ent_json said;

            ENT_TRY(message_read(arena, &docs[i][j], &(*list)[*count], &said, err));
            ++*count;
        }
    return ENT_OK;
}
