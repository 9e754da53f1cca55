#include "node/views.h"

#include "base/text.h"
#include "node/clearance.h"
#include "node/desk.h"

#include <stdlib.h>

#define DESK_MEMORY ((size_t)16 << 20)
#define ROW_MEMORY  ((size_t)64 << 20)
#define WORD        ((size_t)32)

/* One thread's. */
struct place {
    ent_arena *arena; /* of its desk */
    ent_arena *row;   /* of one record */
    node_desk *nd;
};

struct node_views {
    const node_home *home;
    struct place *places;
    size_t count;
};

struct reading {
    desk_view view;
    struct place *place;
};

void node_views_free(node_views *views)
{
    if (views == NULL)
        return;
    for (size_t i = 0; i < views->count; i++) {
        node_desk_close(views->places[i].nd);
        ent_arena_free(views->places[i].arena);
        ent_arena_free(views->places[i].row);
    }
    free(views->places);
    free(views);
}

static ent_code place_open(node_views *views, struct place *place, ent_err *err)
{
    if (place->nd != NULL)
        return ENT_OK;
    if (place->arena == NULL)
        place->arena = ent_arena_new(DESK_MEMORY);
    if (place->row == NULL)
        place->row = ent_arena_new(ROW_MEMORY);
    if (place->arena == NULL || place->row == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a view");
    return node_desk_open(place->arena, views->home, &place->nd, err);
}

ent_code node_views_new(const node_home *home, size_t slots, node_views **out, ent_err *err)
{
    node_views *views = calloc(1, sizeof *views);

    if (views != NULL)
        views->places = calloc(slots, sizeof *views->places);
    if (views == NULL || views->places == NULL) {
        free(views);
        return ent_fail(err, ENT_MEMORY, "no memory for views");
    }
    views->home = home;
    views->count = slots;
    /* One at once: the store's files are there from here on, for who is confined later. */
    if (place_open(views, &views->places[0], err) != ENT_OK) {
        node_views_free(views);
        return err->code;
    }
    *out = views;
    return ENT_OK;
}

/* The first 32 hex digits of a hash. */
static ent_str word_of(ent_arena *arena, const ent_hash *hash)
{
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(hash->bytes, ENT_HASH_SIZE, hex);
    return ent_arena_str(arena, (ent_str){ hex, WORD });
}

static ent_code audience_word(ent_arena *arena, const desk_audience *audience, ent_str *word,
                              ent_err *err)
{
    ent_hash hash;
    ent_str text;
    ent_buf buf;
    ent_jw w;

    /* Not the name: who may see the same shares what is kept. */
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    node_clearance_write(audience, &w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    hash = ent_hash_of(text.ptr, text.size);
    *word = word_of(arena, &hash);
    return word->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- what the TAXII server asks ---- */

struct each {
    taxii_view_each each;
    void *arg;
};

static ent_code row_hand(void *arg, const store_row *row, bool permitted, ent_err *err)
{
    const struct each *e = arg;
    taxii_view_row view_row = { .number = row->number,
                                .id = row->id,
                                .type = row->type,
                                .version = row->version,
                                .permitted = permitted };

    return e->each(e->arg, &view_row, err);
}

static ent_code rows_each(void *arg, int64_t after, taxii_view_each each, void *each_arg,
                          ent_err *err)
{
    struct reading *r = arg;
    struct each e = { each, each_arg };

    return desk_view_each(&r->view, after, row_hand, &e, err);
}

static ent_code row_read(void *arg, ent_arena *arena, ent_str id, ent_str version, ent_str *bytes,
                         ent_err *err)
{
    struct reading *r = arg;
    store_row row;

    ent_arena_reset(r->place->row);
    ENT_TRY(desk_view_read(&r->view, r->place->row, id, version, &row, err));
    *bytes = ent_arena_str(arena, row.bytes);
    return bytes->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code node_views_open(void *arg, size_t slot, ent_arena *arena, ent_str query, ent_str partner,
                         ent_str user, taxii_reading *reading, ent_err *err)
{
    node_views *views = arg;
    struct place *place = &views->places[slot];
    struct reading *r = ent_arena_alloc(arena, sizeof *r);
    desk_audience audience;
    node_user found;
    ent_hash state;

    if (r == NULL)
        return ent_fail_arena(err);
    ENT_TRY(place_open(views, place, err));
    ENT_TRY(node_user_get(arena, views->home, user.ptr, &found, err));
    ENT_TRY(node_clearance_get(arena, views->home, &found, &audience, err));
    r->place = place;
    ENT_TRY(
        desk_view_open(node_desk_desk(place->nd), arena, query, partner, &audience, &r->view, err));
    ENT_TRY(desk_view_state(&r->view, &state, err));
    *reading = (taxii_reading){ .each = rows_each, .read = row_read, .arg = r };
    reading->state = word_of(arena, &state);
    if (reading->state.ptr == NULL)
        return ent_fail_arena(err);
    return audience_word(arena, &audience, &reading->audience, err);
}
