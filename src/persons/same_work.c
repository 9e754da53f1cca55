/* Proposing, confirming, undoing (persons/same.h). */
#include "persons/known.h"
#include "persons/same_int.h"

#include "desk/agreement.h"
#include "desk/gate.h"
#include "desk/work.h"

/* ---- who may, and about whom ---- */

static ent_code role_check(const desk_officer *officer, bool never, ent_err *err)
{
    if (strcmp(officer->role, "analyst") == 0 || strcmp(officer->role, "case") == 0 ||
        (never && strcmp(officer->role, "legal") == 0))
        return ENT_OK;
    return ent_fail(err, ENT_DENIED,
                    "'%s' has the role %s; who is the same person is said by analysts [role]",
                    officer->name, officer->role);
}

ent_code persons_join_check(desk *d, ent_arena *arena, const persons_record *a,
                            const persons_record *b, ent_err *err)
{
    const persons_record *two[] = { a, b };
    const resolve_statement *never;
    resolve_clusters clusters;

    for (int i = 0; i < 2; i++)
        if (two[i]->resolve.protected_)
            return ent_fail(
                err, ENT_DENIED, "'%.*s' is %s%s and is never joined to anybody [%s]",
                ENT_STR_ARG(two[i]->id), two[i]->label.no_disclosure ? "not to be disclosed" : "a ",
                two[i]->label.no_disclosure ? "" : policy_category_name(two[i]->label.category),
                two[i]->label.no_disclosure ? "disclosure" : "category");
    if (!resolve_may_join(&a->resolve, &b->resolve))
        return ent_fail(err, ENT_DENIED,
                        "the document that '%.*s' and '%.*s' share was stolen from one of them: "
                        "its holder is not its user [identity theft]",
                        ENT_STR_ARG(a->id), ENT_STR_ARG(b->id));
    ENT_TRY(persons_clusters_with(d, arena, NULL, (ent_str[]){ a->id, b->id }, 2, &clusters, err));
    never = persons_never_between(&clusters, a->id, b->id);
    if (never != NULL)
        return ent_fail(err, ENT_DENIED,
                        "%.*s says that '%.*s' and '%.*s' are never the same (%.*s) [never]",
                        ENT_STR_ARG(never->by), ENT_STR_ARG(never->a), ENT_STR_ARG(never->b),
                        ENT_STR_ARG(never->id));
    return ENT_OK;
}

static bool about(const resolve_statement *s, ent_str a, ent_str b)
{
    return (ent_str_equal(s->a, a) && ent_str_equal(s->b, b)) ||
           (ent_str_equal(s->a, b) && ent_str_equal(s->b, a));
}

/* Not the same thing twice. */
static ent_code new_check(desk *d, ent_arena *arena, const persons_wish *wish, resolve_kind kind,
                          ent_err *err)
{
    persons_same *list;
    size_t count;

    if (ent_str_equal(wish->a, wish->b))
        return ent_fail(err, ENT_USAGE, "two different records are wanted");
    ENT_TRY(persons_same_list(d, arena, NULL, NULL, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (about(&list[i].said, wish->a, wish->b) && list[i].said.kind == kind &&
            !ent_str_is(list[i].state, "undone") && !ent_str_is(list[i].state, "broken"))
            return ent_fail(err, ENT_CONFLICT, "that is %.*s already: %.*s",
                            ENT_STR_ARG(list[i].state), ENT_STR_ARG(list[i].id));
    return ENT_OK;
}

/* ---- with a peer ---- */

ent_code persons_shared_check(desk *d, ent_arena *arena, const char *peer, ent_str purpose,
                              ent_str a, ent_str b, ent_err *err)
{
    const ent_str ids[] = { a, b };
    desk_terms terms;
    bool found;

    if (purpose.size == 0)
        return ent_fail(err, ENT_USAGE,
                        "--purpose PURPOSE is missing: a statement goes to a peer "
                        "under an agreement");
    ENT_TRY(desk_terms_find(d, arena, peer, POLICY_RELEASE, purpose, &terms, &found, err));
    if (!found || !terms.policy.in_force || !terms.policy.release)
        return ent_fail(err, ENT_DENIED,
                        "no agreement with '%s' for '%.*s' is in force: %s "
                        "[agreement]",
                        peer, ENT_STR_ARG(purpose),
                        terms.why_not == NULL ? "it has no release" : terms.why_not);
    for (int i = 0; i < 2; i++) {
        bool knows;

        ENT_TRY(desk_peer_knows(d, arena, peer, ids[i], &knows, err));
        if (!knows)
            return ent_fail(err, ENT_DENIED,
                            "'%.*s' is not known to %s; release it first [closed set]",
                            ENT_STR_ARG(ids[i]), peer);
    }
    return ENT_OK;
}

ent_code persons_same_say(desk *d, ent_arena *arena, const persons_same *same, ent_err *err)
{
    const persons_act *act = &same->acts[same->act_count - 1];
    ent_str peer = ent_arena_str(arena, same->peer), text, body;
    ent_buf buf;
    ent_jw w;

    if (same->peer.size == 0)
        return ENT_OK;
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "act");
    ent_jw_str(&w, act->text);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, same->id);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, same->purpose);
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, act->signature, sizeof act->signature);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, same->statement);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    return desk_say(d, arena, peer.ptr, LINK_SAME, ent_span_of_str(body), err);
}

/* ---- saying it ---- */

/* The reasons.  With a peer they are taken from what it knows: our record may have names
 * that were not released. */
static ent_code evidence(desk *d, ent_arena *arena, const persons_wish *wish, persons_record two[2],
                         resolve_statement *said, ent_err *err)
{
    const ent_str ids[] = { wish->a, wish->b };
    persons_record known[2];

    for (int i = 0; i < 2 && wish->peer != NULL; i++) {
        ent_json object;

        ENT_TRY(persons_known_object(d, arena, wish->peer, ids[i], &object, err));
        known[i] = (persons_record){ .label = two[i].label };
        ENT_TRY(persons_record_of(arena, object, &known[i], err));
    }
    if (wish->peer != NULL)
        two = known;
    return resolve_propose(arena, &two[0].resolve, &two[1].resolve, said, err);
}

static ent_code say(desk *d, ent_arena *arena, const persons_wish *wish, const char *act,
                    resolve_statement *said, persons_same *same, ent_err *err)
{
    persons_act made;
    ent_json json;
    char id[37];

    desk_id(d, id);
    *same = (persons_same){ .id = ent_arena_str(arena, ent_str_of(id)),
                            .peer = ent_str_of(wish->peer == NULL ? "" : wish->peer),
                            .purpose = wish->purpose };
    said->id = same->id;
    said->by = ent_arena_printf(arena, "%s/%s", d->code, wish->officer->name);
    said->at = desk_time_text(arena, d->now);
    if (said->id.ptr == NULL || said->by.ptr == NULL || said->at.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(resolve_statement_write(arena, said, &same->statement, err));
    ENT_TRY(ent_json_read(arena, same->statement, &json, err));
    ENT_TRY(resolve_statement_read(json, &same->said, err));
    ENT_TRY(persons_act_make(d, arena, act, same->statement, wish->why, wish->officer, &made, err));
    ENT_TRY(persons_same_act(d, arena, same, &made, err));
    return persons_same_say(d, arena, same, err);
}

ent_code persons_propose(desk *d, ent_arena *arena, const persons_wish *wish, persons_same *same,
                         ent_err *err)
{
    resolve_statement said;
    persons_record two[2];

    ENT_TRY(role_check(wish->officer, false, err));
    ENT_TRY(new_check(d, arena, wish, RESOLVE_SAME, err));
    ENT_TRY(persons_record_load(d, arena, wish->a, &two[0], err));
    ENT_TRY(persons_record_load(d, arena, wish->b, &two[1], err));
    ENT_TRY(persons_join_check(d, arena, &two[0], &two[1], err));
    if (wish->peer != NULL)
        ENT_TRY(persons_shared_check(d, arena, wish->peer, wish->purpose, wish->a, wish->b, err));
    ENT_TRY(evidence(d, arena, wish, two, &said, err));
    return say(d, arena, wish, "propose", &said, same, err);
}

ent_code persons_never(desk *d, ent_arena *arena, const persons_wish *wish, persons_same *same,
                       ent_err *err)
{
    resolve_statement said = { .kind = RESOLVE_NEVER, .a = wish->a, .b = wish->b };
    persons_record two[2];

    ENT_TRY(role_check(wish->officer, true, err));
    ENT_TRY(new_check(d, arena, wish, RESOLVE_NEVER, err));
    ENT_TRY(persons_record_load(d, arena, wish->a, &two[0], err));
    ENT_TRY(persons_record_load(d, arena, wish->b, &two[1], err));
    if (wish->peer != NULL)
        ENT_TRY(persons_shared_check(d, arena, wish->peer, wish->purpose, wish->a, wish->b, err));
    if (wish->why.size > 0)
        said.reasons[said.reason_count++] = wish->why;
    return say(d, arena, wish, "never", &said, same, err);
}

/* ---- confirming and undoing ---- */

static ent_code second_check(const desk *d, const persons_same *same, const desk_officer *officer,
                             ent_err *err)
{
    const persons_act *first = &same->acts[0];

    if (!ent_str_is(same->state, "proposed"))
        return ent_fail(err, ENT_CONFLICT, "the statement is %.*s; nothing is to be confirmed",
                        ENT_STR_ARG(same->state));
    if (ent_str_is(first->node, d->code) && same->peer.size > 0)
        return ent_fail(err, ENT_DENIED,
                        "this service has proposed it; it is %.*s that confirms [law 6]",
                        ENT_STR_ARG(same->peer));
    if (ent_str_is(first->node, d->code) &&
        (ent_str_is(first->by, officer->name) ||
         memcmp(first->key, officer->key, sizeof first->key) == 0))
        return ent_fail(err, ENT_DENIED,
                        "'%s' has proposed this; a second person confirms it [law 6]",
                        officer->name);
    return ENT_OK;
}

ent_code persons_confirm(desk *d, ent_arena *arena, ent_str id, const desk_officer *officer,
                         persons_same *same, ent_err *err)
{
    persons_record two[2];
    persons_act made;

    ENT_TRY(role_check(officer, false, err));
    ENT_TRY(persons_same_get(d, arena, id, same, err));
    ENT_TRY(second_check(d, same, officer, err));
    ENT_TRY(persons_record_load(d, arena, same->said.a, &two[0], err));
    ENT_TRY(persons_record_load(d, arena, same->said.b, &two[1], err));
    ENT_TRY(persons_join_check(d, arena, &two[0], &two[1], err));
    ENT_TRY(
        persons_act_make(d, arena, "confirm", same->statement, ENT_STR_NONE, officer, &made, err));
    ENT_TRY(persons_same_act(d, arena, same, &made, err));
    return persons_same_say(d, arena, same, err);
}

ent_code persons_undo(desk *d, ent_arena *arena, ent_str id, ent_str why,
                      const desk_officer *officer, persons_same *same, ent_err *err)
{
    persons_act made;

    ENT_TRY(persons_same_get(d, arena, id, same, err));
    ENT_TRY(role_check(officer, same->said.kind == RESOLVE_NEVER, err));
    if (ent_str_is(same->state, "undone"))
        return ent_fail(err, ENT_CONFLICT, "it is undone already");
    if (same->said.kind == RESOLVE_NEVER && same->act_count > 0 &&
        ent_str_is(same->acts[0].node, d->code) && ent_str_is(same->acts[0].by, officer->name))
        return ent_fail(err, ENT_DENIED, "'%s' has said never; somebody else takes it back [law 6]",
                        officer->name);
    ENT_TRY(persons_act_make(d, arena, "undo", same->statement, why, officer, &made, err));
    ENT_TRY(persons_same_act(d, arena, same, &made, err));
    return persons_same_say(d, arena, same, err);
}

/* ---- a peer's acts ---- */

static ent_code first_receive(desk *d, ent_arena *arena, const char *peer, persons_same *same,
                              const persons_act *act, ent_err *err)
{
    bool never = ent_str_is(act->act, "never");
    persons_record two[2];

    if (!never && !ent_str_is(act->act, "propose"))
        return ent_fail(err, ENT_NOT_FOUND, "an act on a statement that was never made");
    if ((same->said.kind == RESOLVE_NEVER) != never || same->said.kind == RESOLVE_UNDO ||
        !ent_str_equal(same->said.id, same->id))
        return ent_fail(err, ENT_FORMAT, "an act that does not fit its statement");
    ENT_TRY(persons_shared_check(d, arena, peer, same->purpose, same->said.a, same->said.b, err));
    ENT_TRY(persons_record_load(d, arena, same->said.a, &two[0], err));
    ENT_TRY(persons_record_load(d, arena, same->said.b, &two[1], err));
    if (!never)
        ENT_TRY(persons_join_check(d, arena, &two[0], &two[1], err));
    return persons_same_act(d, arena, same, act, err);
}

static ent_code next_receive(desk *d, ent_arena *arena, const char *peer, persons_same *held,
                             const persons_same *got, const persons_act *act, ent_err *err)
{
    if (!ent_str_is(held->peer, peer) || !ent_str_equal(held->statement, got->statement))
        return ent_fail(err, ENT_CONFLICT, "it is not the statement that is known under this id");
    if (ent_str_is(act->act, "confirm")) {
        if (!ent_str_is(held->state, "proposed") || !ent_str_is(held->acts[0].node, d->code))
            return ent_fail(err, ENT_DENIED, "it is not for the peer to confirm this [law 6]");
        ENT_TRY(
            persons_shared_check(d, arena, peer, held->purpose, held->said.a, held->said.b, err));
    } else if (!ent_str_is(act->act, "undo") || ent_str_is(held->state, "undone")) {
        return ent_fail(err, ENT_CONFLICT, "the statement is %.*s already",
                        ENT_STR_ARG(held->state));
    }
    return persons_same_act(d, arena, held, act, err);
}

ent_code persons_same_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    static const char where[] = "a same-person statement";
    static const char *const names[] = { "act", "id", "purpose", "signature", "statement", NULL };
    persons_same same = { .peer = ent_str_of(peer) }, held;
    ent_json json, statement;
    store_doc doc;
    persons_act act;
    ent_str text;
    bool found;

    (void)entry;
    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "id", where, &same.id, err));
    ENT_TRY(desk_text(json, "purpose", where, &same.purpose, err));
    ENT_TRY(desk_text(json, "statement", where, &same.statement, err));
    ENT_TRY(desk_text(json, "act", where, &text, err));
    ENT_TRY(desk_canonical(arena, same.statement, where, &statement, err));
    ENT_TRY(resolve_statement_read(statement, &same.said, err));
    ENT_TRY(persons_act_read(arena, text, ent_json_get_text(json, "signature"), &act, err));
    if (!act.holds || !persons_act_of(&act, same.statement) || !ent_str_is(act.node, peer))
        return ent_fail(err, ENT_UNTRUSTED, "%s: the signature of its act does not hold", where);
    ENT_TRY(desk_doc_found(d, arena, "same", same.id, &doc, &found, err));
    if (!found)
        return first_receive(d, arena, peer, &same, &act, err);
    ENT_TRY(persons_same_get(d, arena, same.id, &held, err));
    return next_receive(d, arena, peer, &held, &same, &act, err);
}
