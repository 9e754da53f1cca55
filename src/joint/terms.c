#include "joint/terms.h"

#include <stdio.h>

static bool has_flow(const desk_agreement *a, joint_flow flow)
{
    switch (flow) {
    case JOINT_HYPOTHESES:
        return a->agreed.hypotheses;
    case JOINT_PLANS:
        return a->agreed.deconfliction;
    case JOINT_ALERTS:
        return a->agreed.terms.match;
    case JOINT_WORK:
    default:
        return a->agreed.terms.release;
    }
}

static bool has_purpose(const desk_agreement *a, ent_str purpose)
{
    for (size_t i = 0; i < a->agreed.terms.purpose_count; i++)
        if (ent_str_equal(a->agreed.terms.purposes[i], purpose))
            return true;
    return false;
}

static bool has_peer(const desk *d, const desk_agreement *a, ent_str peer)
{
    return desk_agreement_party(a, peer) != NULL &&
           desk_agreement_party(a, ent_str_of(d->code)) != NULL;
}

static const char *flow_name(joint_flow flow)
{
    static const char *const names[] = { "hypotheses", "deconfliction", "private match",
                                         "release" };

    return names[flow];
}

ent_code joint_terms_find(desk *d, ent_arena *arena, const char *peer, joint_flow flow,
                          ent_str purpose, desk_terms *terms, ent_err *err)
{
    const desk_agreement *nearest = NULL;
    desk_agreement *list;
    desk_peer known;
    size_t count;
    int best = -1;

    ENT_TRY(d->peer(d->arg, arena, peer, &known, err));
    ENT_TRY(desk_agreement_list(d, arena, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        int near = (list[i].in_force ? 4 : 0) + (has_flow(&list[i], flow) ? 2 : 0) +
                   (has_purpose(&list[i], purpose) ? 1 : 0);

        if (has_peer(d, &list[i], ent_str_of(peer)) && near >= best) {
            best = near;
            nearest = &list[i];
        }
    }
    if (nearest == NULL || !nearest->in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with '%s' is in force: %s [agreement]", peer,
                        nearest == NULL ? "there is none" : nearest->why_not);
    if (!has_flow(nearest, flow))
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' has no %s [flow]", peer,
                        flow_name(flow));
    if (!has_purpose(nearest, purpose))
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' is not for '%.*s' [purpose]",
                        peer, ENT_STR_ARG(purpose));
    desk_agreement_terms(d, nearest, peer, terms);
    return ENT_OK;
}

static bool listed(const char *const *peers, size_t count, ent_str code)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(code, peers[i]))
            return true;
    return false;
}

ent_code joint_peers(desk *d, ent_arena *arena, joint_flow flow, ent_str purpose,
                     const char ***peers, size_t *count, ent_err *err)
{
    desk_agreement *list;
    size_t agreements, room = 0;

    *count = 0;
    ENT_TRY(desk_agreement_list(d, arena, &list, &agreements, err));
    for (size_t i = 0; i < agreements; i++)
        room += list[i].party_count;
    *peers = ent_arena_array(arena, room + 1, sizeof **peers);
    if (*peers == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < agreements; i++) {
        const desk_agreement *a = &list[i];

        if (!a->in_force || !has_flow(a, flow) || !has_purpose(a, purpose))
            continue;
        for (size_t j = 0; j < a->party_count; j++) {
            ent_str code = ent_arena_str(arena, a->parties[j].code);
            ent_err ignored = { 0 };
            desk_peer peer;

            if (code.ptr == NULL)
                return ent_fail_arena(err);
            if (ent_str_is(code, d->code) || listed(*peers, *count, code) ||
                d->peer(d->arg, arena, code.ptr, &peer, &ignored) != ENT_OK)
                continue;
            (*peers)[(*count)++] = code.ptr;
        }
    }
    return ENT_OK;
}
