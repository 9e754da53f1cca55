#include "holdings/search.h"

#include "base/buf.h"
#include "psi/keyform.h"

#include <math.h>
#include <stdlib.h>

#define CANDIDATES 500
#define PLACES     20000 /* locations near a point */

ent_str holdings_title(ent_json object)
{
    static const char *const names[] = { "name",   "value", "display_name", "account_login",
                                         "number", "plate", "reference",    "iban",
                                         "path",   "url",   "abstract",     "relationship_type",
                                         "pattern" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ent_str text = ent_json_get_text(object, names[i]);

        if (text.size > 0)
            return text;
    }
    return ENT_STR("");
}

/* ---- where ---- */

/* Kilometres from the middle of the earth. */
#define EARTH  6371.0088
#define DEGREE (3.14159265358979323846 / 180.0)

double holdings_km(double lat_a, double lon_a, double lat_b, double lon_b)
{
    double dlat = sin((lat_b - lat_a) * DEGREE / 2), dlon = sin((lon_b - lon_a) * DEGREE / 2);
    double h = dlat * dlat + cos(lat_a * DEGREE) * cos(lat_b * DEGREE) * dlon * dlon;

    return 2 * EARTH * asin(sqrt(h > 1 ? 1 : h));
}

struct places {
    const holdings_search *search;
    ent_arena *arena, *scratch;
    ent_str *ids;
    size_t count;
};

static ent_code place_take(void *arg, const store_row *row, ent_err *err)
{
    struct places *p = arg;
    double lat, lon;
    ent_json json;

    ent_arena_reset(p->scratch);
    if (row->bytes.size == 0 || p->count == PLACES)
        return ENT_OK;
    ENT_TRY(ent_json_read(p->scratch, row->bytes, &json, err));
    if (!ent_json_double(ent_json_get(json, "latitude"), &lat) ||
        !ent_json_double(ent_json_get(json, "longitude"), &lon) ||
        holdings_km(lat, lon, p->search->latitude, p->search->longitude) > p->search->km)
        return ENT_OK;
    p->ids[p->count] = ent_arena_str(p->arena, row->id);
    return p->ids[p->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static int id_compare(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

store_box holdings_box(double latitude, double longitude, double km)
{
    double angle = (km + 0.01) / EARTH, high = angle / DEGREE, wide, across;
    store_box box = { latitude - high, latitude + high, -180, 180 };

    across = angle >= 1.5 ? 2 : sin(angle) / cos(latitude * DEGREE);
    if (box.south <= -90 || box.north >= 90 || across >= 1)
        return box; /* a pole is in it: every longitude */
    wide = asin(across) / DEGREE + 1e-6;
    box.west = longitude - wide;
    box.east = longitude + wide;
    /* Round by the date line: west is then greater than east. */
    if (box.west < -180)
        box.west += 360;
    if (box.east > 180)
        box.east -= 360;
    return box;
}

static ent_code places_find(store *s, struct places *p, ent_err *err)
{
    const store_box box = holdings_box(p->search->latitude, p->search->longitude, p->search->km);
    const store_query query = { .type = "location", .near = &box };

    p->ids = ent_arena_array(p->arena, PLACES, sizeof *p->ids);
    if (p->ids == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_objects_each(s, &query, place_take, p, err));
    qsort(p->ids, p->count, sizeof *p->ids, id_compare);
    return ENT_OK;
}

static bool is_place(const struct places *p, ent_str id)
{
    return id.size > 0 && bsearch(&id, p->ids, p->count, sizeof *p->ids, id_compare) != NULL;
}

struct ties {
    const struct places *places;
    ent_arena *scratch;
    bool found;
};

static ent_code tie_take(void *arg, const store_row *row, ent_err *err)
{
    struct ties *t = arg;
    ent_json json;

    ent_arena_reset(t->scratch);
    if (t->found || row->bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(t->scratch, row->bytes, &json, err));
    t->found = is_place(t->places, ent_json_get_text(json, "source_ref")) ||
               is_place(t->places, ent_json_get_text(json, "target_ref"));
    return ENT_OK;
}

/* Is it one of the places, or tied to one of them? */
static ent_code near_check(store *s, const struct places *p, const store_row *row, ent_json object,
                           bool *near, ent_err *err)
{
    struct ties ties = { p, p->scratch, false };
    const char *id = row->id.ptr;
    const store_query query = { .type = "relationship", .ref = id };

    *near = is_place(p, row->id) || is_place(p, ent_json_get_text(object, "source_ref")) ||
            is_place(p, ent_json_get_text(object, "target_ref"));
    if (*near || p->count == 0)
        return ENT_OK;
    ENT_TRY(store_objects_each(s, &query, tie_take, &ties, err));
    *near = ties.found;
    return ENT_OK;
}

/* ---- how near the words are ---- */

/* 1 the word itself, .8 its skeleton, .7 a beginning, .4 somewhere else in the object. */
static double word_fit(const names_word *word, const names_parsed *in, double best)
{
    size_t size = strlen(word->text);

    for (size_t i = 0; i < in->count; i++) {
        double fit = 0;

        if (strcmp(word->text, in->words[i].text) == 0)
            fit = 1;
        else if (word->skeleton[1] != '\0' && strcmp(word->skeleton, in->words[i].skeleton) == 0)
            fit = 0.8;
        else if (size >= 2 && strncmp(word->text, in->words[i].text, size) == 0)
            fit = 0.7;
        best = fit > best ? fit : best;
    }
    return best;
}

static double words_fit(const names_parsed *asked, ent_str name)
{
    names_parsed parsed;
    double sum = 0;

    names_parse(name, &parsed);
    for (size_t i = 0; i < asked->count; i++)
        sum += word_fit(&asked->words[i], &parsed, 0.4);
    /* What is said besides makes it a little less of what was asked. */
    return asked->count == 0
               ? 0
               : sum / (double)asked->count - (parsed.count > asked->count
                                                   ? 0.02 * (double)(parsed.count - asked->count)
                                                   : 0);
}

static ent_code score_of(ent_arena *arena, const names_record *asked, const names_parsed *words,
                         holdings_hit *hit, ent_err *err)
{
    names_record record;
    bool found;

    hit->score = words_fit(words, hit->name);
    if (!ent_str_is(hit->row.type, "identity"))
        return ENT_OK;
    ENT_TRY(holdings_record(arena, hit->object, &record, &found, err));
    for (size_t i = 0; found && i < record.name_count; i++) {
        double fit = words_fit(words, record.names[i]);

        hit->score = fit > hit->score ? fit : hit->score;
    }
    if (found) {
        double decided = names_compare(asked, &record).score;

        hit->score = decided > hit->score ? decided : hit->score;
    }
    return ENT_OK;
}

/* ---- candidates ---- */

struct find {
    store *s;
    ent_arena *arena;
    const holdings_search *search;
    struct places places;
    holdings_hit *hits;
    size_t count;
    holdings_tried tried;
};

static ent_code row_keep(struct find *f, const store_row *row, holdings_hit *hit, ent_err *err)
{
    hit->row = *row;
    ent_str *to[] = { &hit->row.owner,     &hit->row.id,        &hit->row.version,
                      &hit->row.type,      &hit->row.bytes,     &hit->row.source,
                      &hit->row.handling,  &hit->row.retention, &hit->row.tombstone,
                      &hit->row.quarantine };

    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        *to[i] = ent_arena_str(f->arena, *to[i]);
        if (to[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

static ent_code candidate_take(void *arg, const store_row *row, ent_err *err)
{
    struct find *f = arg;
    holdings_hit hit = { .score = 0 };
    bool near = true;

    if (row->bytes.size == 0 || f->count == CANDIDATES ||
        (f->search->type != NULL && !ent_str_is(row->type, f->search->type)))
        return ENT_OK;
    for (size_t i = 0; i < f->count; i++)
        if (f->hits[i].row.number == row->number)
            return ENT_OK;
    ENT_TRY(row_keep(f, row, &hit, err));
    ENT_TRY(ent_json_read(f->arena, hit.row.bytes, &hit.object, err));
    ENT_TRY(holdings_label(f->arena, hit.object, hit.row.handling, &hit.label, err));
    if (!ent_days_overlap(holdings_when(hit.object, &hit.label), f->search->when))
        return ENT_OK;
    if (f->search->near)
        ENT_TRY(near_check(f->s, &f->places, &hit.row, hit.object, &near, err));
    if (!near)
        return ENT_OK;
    hit.name = holdings_title(hit.object);
    f->hits[f->count++] = hit;
    return ENT_OK;
}

/* Letters and digits only, in lower case: numbers are written with and without breaks. */
static ent_code squeezed(ent_arena *arena, const char *text, ent_str *out, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (; *text != '\0'; text++) {
        char c = *text;

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            ent_buf_byte(&buf, (unsigned char)c);
        else if (c >= 'A' && c <= 'Z')
            ent_buf_byte(&buf, (unsigned char)(c - 'A' + 'a'));
    }
    return ent_buf_done(&buf, out, err);
}

static bool has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

static ent_code candidates_by_number(struct find *f, store_query *query, ent_err *err)
{
    ent_err ignored = { 0 };
    ent_str text;

    if (psi_keyform_of(ent_str_of(f->search->text)) != NULL &&
        psi_key_canon(f->arena, ent_str_of(f->search->text), &text, &ignored) == ENT_OK) {
        store_query by_key = *query;

        f->tried.key = text;
        by_key.text = NULL;
        by_key.key = text.ptr;
        ENT_TRY(store_objects_each(f->s, &by_key, candidate_take, f, err));
    }
    if (!has_digit(f->search->text))
        return ENT_OK;
    ENT_TRY(squeezed(f->arena, f->search->text, &text, err));
    f->tried.number = text;
    query->text = text.ptr;
    return store_objects_each(f->s, query, candidate_take, f, err);
}

/* The ids at the other ends of what ties something to a place. */
struct others {
    ent_arena *arena;
    ent_str ids[CANDIDATES];
    size_t count;
};

static ent_code other_take(void *arg, const store_row *row, ent_err *err)
{
    struct others *o = arg;
    ent_arena *scratch = ent_arena_new((size_t)16 << 20);
    static const char *const ends[] = { "source_ref", "target_ref" };
    ent_code rc = ENT_OK;
    ent_json json;

    if (scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a search");
    if (row->bytes.size > 0)
        rc = ent_json_read(scratch, row->bytes, &json, err);
    for (size_t i = 0; rc == ENT_OK && row->bytes.size > 0 && i < 2 && o->count < CANDIDATES; i++) {
        ent_str id = ent_json_get_text(json, ends[i]);

        if (id.size == 0)
            continue;
        o->ids[o->count] = ent_arena_str(o->arena, id);
        if (o->ids[o->count++].ptr == NULL)
            rc = ent_fail_arena(err);
    }
    ent_arena_free(scratch);
    return rc;
}

/* Without words: what lies at each of the places, and what is tied to it. */
static ent_code candidates_near(struct find *f, const store_query *bounds, ent_err *err)
{
    struct others *others = ent_arena_alloc(f->arena, sizeof *others);
    store_query query = *bounds;

    if (others == NULL)
        return ent_fail_arena(err);
    others->arena = f->arena;
    for (size_t i = 0; i < f->places.count && f->count < CANDIDATES; i++) {
        const store_query ties = { .type = "relationship", .ref = f->places.ids[i].ptr };

        query.id = f->places.ids[i];
        ENT_TRY(store_objects_each(f->s, &query, candidate_take, f, err));
        query.id = ENT_STR_NONE;
        query.ref = f->places.ids[i].ptr;
        ENT_TRY(store_objects_each(f->s, &query, candidate_take, f, err));
        query.ref = NULL;
        others->count = 0;
        ENT_TRY(store_objects_each(f->s, &ties, other_take, others, err));
        for (size_t n = 0; n < others->count && f->count < CANDIDATES; n++) {
            query.id = others->ids[n];
            ENT_TRY(store_objects_each(f->s, &query, candidate_take, f, err));
        }
    }
    return ENT_OK;
}

static ent_code candidates_find(struct find *f, ent_err *err)
{
    bool always = f->search->when.first == ENT_DAY_MIN && f->search->when.last == ENT_DAY_MAX;
    /* What the store cannot bound is left out of what it gives, so it gives more. */
    store_query query = { .owner = f->search->owner,
                          .type = f->search->type,
                          .when = always ? NULL : &f->search->when,
                          .limit = (size_t)CANDIDATES * (f->search->near ? 4 : 1) };
    ent_str words;

    ENT_TRY(holdings_words(f->arena, ent_str_of(f->search->text), &words, err));
    if (words.size == 0 && f->search->text[0] != '\0')
        return ent_fail(err, ENT_FORMAT, "there is no word in '%s' to look for", f->search->text);
    query.text = words.size == 0 ? NULL : words.ptr;
    if (words.size == 0)
        query.limit = 0; /* everything, bounded by type, time and place */
    if (words.size == 0 && f->search->near)
        return candidates_near(f, &query, err);
    ENT_TRY(store_objects_each(f->s, &query, candidate_take, f, err));
    if (words.size > 0)
        ENT_TRY(candidates_by_number(f, &query, err));
    if (f->count > 0 || words.size == 0)
        return ENT_OK;
    /* Nothing has all the words: what has any of them. */
    for (size_t i = 0; i < words.size; i++)
        if (words.ptr[i] == ' ')
            ((char *)(uintptr_t)words.ptr)[i] = '|';
    f->tried.any = true;
    query.text = words.ptr;
    return store_objects_each(f->s, &query, candidate_take, f, err);
}

static int hit_compare(const void *a, const void *b)
{
    const holdings_hit *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return ent_str_compare(x->row.id, y->row.id);
}

ent_code holdings_find(store *s, ent_arena *arena, const holdings_search *search,
                       holdings_hit **hits, size_t *count, ent_err *err)
{
    struct find f = { .s = s, .arena = arena, .search = search };
    ent_str text = ent_str_of(search->text);
    names_record asked = { .schema = ENT_STR("person"), .names = &text, .name_count = 1 };
    size_t limit = search->limit == 0 ? 100 : search->limit;
    ent_code rc = ENT_OK;

    f.tried = (holdings_tried){ .key = ENT_STR(""), .number = ENT_STR("") };
    names_parse(text, &f.tried.words);
    f.hits = ent_arena_array(arena, CANDIDATES, sizeof *f.hits);
    if (f.hits == NULL)
        return ent_fail_arena(err);
    f.places = (struct places){ .search = search, .arena = arena };
    f.places.scratch = ent_arena_new((size_t)64 << 20);
    if (f.places.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a search");
    if (search->near)
        rc = places_find(s, &f.places, err);
    if (rc == ENT_OK)
        rc = candidates_find(&f, err);
    ent_arena_free(f.places.scratch);
    if (rc != ENT_OK)
        return rc;
    for (size_t i = 0; i < f.count; i++)
        ENT_TRY(score_of(arena, &asked, &f.tried.words, &f.hits[i], err));
    qsort(f.hits, f.count, sizeof *f.hits, hit_compare);
    *hits = f.hits;
    *count = f.count < limit ? f.count : limit;
    if (search->tried != NULL)
        *search->tried = f.tried;
    return ENT_OK;
}
