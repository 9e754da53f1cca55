#include "psi/audit.h"

#include "psi/balanced_int.h"

#include <sodium.h>
#include <stdio.h>

/* ---- which places ---- */

/* Sampling without repeats: what is left is chosen from, the chosen one swapped to the front. */
ent_code psi_audit_places(ent_arena *arena, ent_str run, const ent_hash *own, const ent_hash *other,
                          size_t size, size_t wanted, uint32_t **places, size_t *count,
                          ent_err *err)
{
    uint32_t *all = ent_arena_array(arena, size + 1, sizeof *all);
    uint8_t *chosen = ent_arena_alloc(arena, size + 1);
    size_t kept = 0;

    if (all == NULL || chosen == NULL)
        return ent_fail_arena(err);
    memset(chosen, 0, size);
    for (size_t i = 0; i < size; i++)
        all[i] = (uint32_t)i;
    *count = wanted < size ? wanted : size;
    for (size_t i = 0; i < *count; i++) {
        const uint8_t number[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8),
                                    (uint8_t)i };
        const ent_span pieces[] = { { "entente audit 1\n", 16 },
                                    ent_span_of_str(run),
                                    { own->bytes, ENT_HASH_SIZE },
                                    { other->bytes, ENT_HASH_SIZE },
                                    { number, 4 } };
        ent_hash hash = ent_hash_pieces(pieces, 5);
        uint64_t random = 0;
        uint32_t taken;
        size_t at;

        for (int b = 0; b < 8; b++)
            random = random << 8 | hash.bytes[b];
        at = i + (size_t)(random % (size - i)); /* off by 2^-44 at most */
        taken = all[at];
        all[at] = all[i];
        chosen[taken] = 1;
    }
    for (size_t i = 0; i < size; i++)
        if (chosen[i] != 0)
            all[kept++] = (uint32_t)i;
    *places = all;
    return ENT_OK;
}

/* ---- opening ---- */

psi_element psi_audit_public(const uint8_t seed[PSI_SEED_SIZE])
{
    uint8_t scalar[PSI_SCALAR_SIZE];
    psi_element public = { { 0 } };

    psi_set_scalar(seed, scalar);
    (void)crypto_scalarmult_ristretto255_base(public.bytes, scalar);
    sodium_memzero(scalar, sizeof scalar);
    return public;
}

/* Every level of the tree, the leaves first. */
static ent_code tree_make(ent_arena *arena, const psi_set *set,
                          ent_hash *levels[PSI_AUDIT_PATH + 1], ent_err *err)
{
    size_t level = 0;

    for (size_t n = set->count;; n /= 2, level++) {
        levels[level] = ent_arena_array(arena, n, sizeof(ent_hash));
        if (levels[level] == NULL)
            return ent_fail_arena(err);
        for (size_t i = 0; i < n; i++)
            levels[level][i] =
                level == 0 ? psi_set_leaf(&set->elements[i])
                           : psi_set_node(&levels[level - 1][2 * i], &levels[level - 1][2 * i + 1]);
        if (n == 1)
            return ENT_OK;
    }
}

/* A proof's nonce is of this seed and place: the one thing that is ever proved with it. */
static ent_code place_prove(const psi_oprf_server *server, const uint8_t *seed,
                            const psi_element *base, psi_opening *o, ent_err *err)
{
    uint8_t nonce[PSI_SCALAR_SIZE];
    psi_element raised = { { 0 } };
    char label[32];
    ent_code rc;

    (void)snprintf(label, sizeof label, "audit nonce %lu", (unsigned long)o->place);
    psi_scalar_derive(seed, label, nonce);
    rc = psi_oprf_answer(server, base, 1, nonce, &raised, o->proof, err);
    sodium_memzero(nonce, sizeof nonce);
    ENT_ASSERT(rc != ENT_OK || memcmp(&raised, &o->element, sizeof raised) == 0);
    return rc;
}

ent_code psi_audit_open(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_str run,
                        const psi_set *set, const ent_str *items, const uint32_t *places,
                        size_t count, psi_opening **openings, ent_err *err)
{
    ent_hash *levels[PSI_AUDIT_PATH + 1];
    uint8_t scalar[PSI_SCALAR_SIZE];
    psi_oprf_server server;
    psi_element base;
    ent_code rc;

    *openings = ent_arena_array(arena, count + 1, sizeof **openings);
    if (*openings == NULL)
        return ent_fail_arena(err);
    ENT_TRY(tree_make(arena, set, levels, err));
    psi_set_scalar(seed, scalar);
    rc = psi_oprf_server_init(&server, PSI_VOPRF, scalar, ENT_STR_NONE, err);
    sodium_memzero(scalar, sizeof scalar);
    for (size_t i = 0; i < count && rc == ENT_OK; i++) {
        psi_opening *o = &(*openings)[i];
        size_t at = places[i], level = 0;

        *o = (psi_opening){ .place = places[i],
                            .item = set->item[at],
                            .element = set->elements[at] };
        for (size_t n = set->count; n > 1; n /= 2, at /= 2, level++)
            o->path[level] = levels[level][at ^ 1];
        if (o->item == PSI_PADDING) {
            psi_set_noise(seed, o->place, o->noise);
            base = psi_set_padding(o->noise);
        } else {
            rc = psi_set_base(run, items[o->item], &base, err);
        }
        if (rc == ENT_OK)
            rc = place_prove(&server, seed, &base, o, err);
    }
    psi_oprf_server_wipe(&server);
    return rc;
}

/* ---- checking ---- */

static bool is_under(const psi_opening *o, const ent_hash *root, size_t size)
{
    ent_hash sum = psi_set_leaf(&o->element);
    size_t at = o->place, level = 0;

    if (at >= size || size > (size_t)PSI_SET_MAX)
        return false;
    for (size_t n = size; n > 1; n /= 2, at /= 2, level++)
        sum = (at & 1) == 0 ? psi_set_node(&sum, &o->path[level])
                            : psi_set_node(&o->path[level], &sum);
    return ent_hash_equal(&sum, root);
}

ent_code psi_audit_check(ent_str run, const ent_hash *root, size_t size, const psi_element *public,
                         const psi_opening *o, ent_str key, ent_err *err)
{
    psi_oprf_client client;
    psi_element base;

    if (!is_under(o, root, size))
        return ent_fail(err, ENT_UNTRUSTED, "place %lu is not under the root that was committed to",
                        (unsigned long)o->place);
    if (key.size > 0)
        ENT_TRY(psi_set_base(run, key, &base, err));
    else
        base = psi_set_padding(o->noise);
    ENT_TRY(psi_oprf_client_init(&client, PSI_VOPRF, public, ENT_STR_NONE, err));
    if (psi_oprf_check(&client, &base, &o->element, 1, o->proof, err) != ENT_OK)
        return ent_fail(err, ENT_UNTRUSTED, "place %lu is no element of this key",
                        (unsigned long)o->place);
    return ENT_OK;
}
