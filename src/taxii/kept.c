#include "taxii/kept_int.h"

#include <sodium.h>
#include <stdlib.h>

#define PLACES    64
#define KEY_MOST  ((size_t)512)
#define BODY_MOST ((size_t)1 << 20)

struct place {
    uint64_t asked; /* the hash of what was asked for here last */
    bool again;     /* it was asked for before */
    ent_str key;    /* of what is kept; .ptr NULL: nothing */
    taxii_kept_page page;
};

struct taxii_kept {
    ent_arena *arena;
    uint32_t state;
    struct place places[PLACES];
};

taxii_kept *taxii_kept_new(void)
{
    taxii_kept *kept = calloc(1, sizeof *kept);

    if (kept == NULL || (kept->arena = ent_arena_new(TAXII_KEPT_MEMORY)) != NULL)
        return kept;
    free(kept);
    return NULL;
}

void taxii_kept_free(taxii_kept *kept)
{
    if (kept == NULL)
        return;
    ent_arena_free(kept->arena);
    free(kept);
}

static void all_forget(taxii_kept *kept)
{
    memset(kept->places, 0, sizeof kept->places);
    ent_arena_reset(kept->arena);
}

static uint64_t hash_of(ent_str key)
{
    /* Not secret: keys are compared whole, so who finds two of one hash wins nothing. */
    static const uint8_t secret[crypto_shorthash_KEYBYTES] = "entente-kept-key";
    uint64_t hash;

    (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)key.ptr, key.size, secret);
    return hash;
}

bool taxii_kept_find(taxii_kept *kept, uint32_t state, ent_str key, ent_arena *arena,
                     taxii_kept_page *page)
{
    uint64_t hash = hash_of(key);
    struct place *place = &kept->places[hash % PLACES];
    char *body;

    if (kept->state != state)
        all_forget(kept);
    kept->state = state;
    if (place->key.ptr == NULL || !ent_str_equal(place->key, key)) {
        place->again = place->asked == hash;
        place->asked = hash;
        return false;
    }
    body = ent_arena_raw(arena, place->page.body.size);
    if (body == NULL)
        return false;
    memcpy(body, place->page.body.ptr, place->page.body.size);
    *page = place->page;
    page->body.ptr = body;
    return true;
}

/* What is asked for once, as by who walks a whole collection, is not worth its copy. */
void taxii_kept_put(taxii_kept *kept, ent_str key, const taxii_kept_page *page)
{
    struct place *place = &kept->places[hash_of(key) % PLACES];

    if (!place->again || key.size > KEY_MOST || page->body.size > BODY_MOST)
        return;
    place->key = ent_arena_str(kept->arena, key);
    place->page = *page;
    place->page.body = ent_arena_str(kept->arena, page->body);
    if (place->key.ptr == NULL || place->page.body.ptr == NULL) /* it is full */
        all_forget(kept);
}
