/*
 * names-fit -- fits src/names/model_person.def and model_org.def, and says how far they can be
 * trusted: cross-validated by person and by culture.
 *
 *   make build/release-gcc/names-fit
 *   build/release-gcc/names-fit person check   FOLDER   figures from folds that a model had not seen
 *   build/release-gcc/names-fit person errors  FOLDER [VIEW]   the pairs that cost recall at 99 %
 *                                                        precision, with their features
 *   build/release-gcc/names-fit person culture FOLDER   the same, leaving out one culture at a time
 *   build/release-gcc/names-fit person write   FOLDER > src/names/model_person.def
 *   build/release-gcc/names-fit org write      FOLDER > src/names/model_org.def
 *
 * With `public` behind FOLDER nothing is fitted to lists whose licence bars commerce or says nothing
 * of it; they are still measured with.  doc/design/names.md says what that costs.
 *
 * FOLDER has lists/NAME.jsonl (records), pairs_open.jsonl ({"a","b","label","schema"}),
 * namepairs_open.jsonl ({"a","b","label"} of single names) and crowd/negatives_global.csv (persons
 * who match nobody).  None of it is part of this project; only whole-number weights are kept.
 *
 * Gradient-boosted trees on logistic loss, monotone where more likeness must never count against
 * a match; the mean of four such models, each tree fitted to a part of the persons and features.  One
 * tree more is not fitted: what a pair across scripts begins with (ACROSS_ODDS).
 * A record pair is one row a view: the features of its best pair of names by the model
 * that is compiled in, so fitting twice settles.  No threads, and what is drawn is the same on
 * every machine: the same data give the same table.
 */
#include "names/evidence_int.h"
#include "names/model_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM      ((size_t)12 << 30)
#define FOLDS     5
#define DIVISIONS 4 /* ways to divide persons into folds */
#define BINS      48
#define LEAVES    12
#define LIST_MAX  16
#define STRANGERS 30000 /* nearest pairs with strangers that are kept */
/* Where a script writes no vowels, or syllables, most of what agrees is a stranger's, and few labelled
 * pairs show it: such a stranger counts so much more, and such a pair begins with these log-odds. */
#define ACROSS      3
#define ACROSS_ODDS (-0.5)
#define MODELS      4   /* fitted each to its own part of the persons; their mean counts */
#define PART        0.6 /* of the persons a tree is fitted to, and of the features it may ask */

/* CROWD: near strangers that are fitted to; ALARM: those that alarms are counted with. */
enum view { ALL, PRIMARY, LATIN, NATIVE, NAMEPAIR, CROWD, ALARM, VIEWS };

struct row {
    int16_t feature[FEATURE_COUNT];
    float label, weight;
    uint8_t bin[FEATURE_COUNT];
    uint8_t view, query, fold_a, fold_b, culture;
    uint32_t a, b; /* entries; of a stranger, its place in the crowd */
    int16_t alias; /* points of a second name in common, which no tree knows */
    bool shown;    /* measured with; nothing is fitted to it */
    double score;  /* log-odds while fitting, or of the fold it was left out of */
};

struct entry {
    names_record record;
    const char **scripts;
    size_t parent; /* of the records that are one person */
};

static ent_arena *arena;
static struct entry *entries;
static size_t entry_count;
static struct row *rows;
static size_t row_count, row_room;
static names_thing thing;
static double crowd_weight = 0.3; /* of a near stranger, where a labelled pair has 1 */
static bool public_only;          /* fit to public lists */
static int listing = -1;          /* the view whose errors are listed */
static unsigned division;         /* the way persons are divided into folds */
static ent_str *stranger_names;
static size_t asked, strangers_asked; /* queries for alarms, strangers they were compared with */

/* What more of a feature may do: +1 only for, -1 only against, 0 either. */
static const int8_t monotone[FEATURE_COUNT] = {
    [FEATURE_COVER_LOW] = 1,  [FEATURE_COVER_HIGH] = 1,   [FEATURE_SHARED] = 1,
    [FEATURE_AGAINST] = -1,   [FEATURE_AGAINST_MAX] = -1, [FEATURE_ALONE] = -1,
    [FEATURE_WORST] = 1,      [FEATURE_MEAN] = 1,         [FEATURE_PARTNERS] = 1,
    [FEATURE_PATRONYMIC] = 1, [FEATURE_ORDER] = 1,        [FEATURE_SAME_SKELETON] = 1,
    [FEATURE_RAREST] = 1,     [FEATURE_SAME_SOUND] = 1,   [FEATURE_RARE_LOW] = 1,
    [FEATURE_LEGAL] = 1,      [FEATURE_NUMBERS] = 1,      [FEATURE_ACRONYM] = 1,
    [FEATURE_GLUED] = 1,      [FEATURE_FIRST] = 1,
};

static const char *const feature_names[FEATURE_COUNT] = {
#define X(name) #name,
#include "names/features.def"
#undef X
};

static const char *const cultures[] = { "Latn", "Cyrl", "Arab", "Hani", "Hang", "Hebr", "other" };

#define CULTURES (sizeof cultures / sizeof *cultures)

static void die(const char *what)
{
    (void)fprintf(stderr, "names-fit: %s\n", what);
    exit(1);
}

/* A number of 0 to 1 that looks drawn, the same on every machine. */
static double drawn(uint64_t of)
{
    of *= UINT64_C(0x9e3779b97f4a7c15);
    of = (of ^ of >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    of = (of ^ of >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((of ^ of >> 31) >> 11) / 9007199254740992.0;
}

/* ---- reading ---- */

static ent_str file_of(const char *folder, const char *name)
{
    char path[1024], *bytes;
    FILE *in;
    long size;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0)
        die(path);
    rewind(in);
    bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, in) != (size_t)size)
        die(path);
    (void)fclose(in);
    return (ent_str){ bytes, (size_t)size };
}

static bool line_next(ent_str *rest, ent_str *line)
{
    const char *end;

    if (rest->size == 0)
        return false;
    end = memchr(rest->ptr, '\n', rest->size);
    line->ptr = rest->ptr;
    line->size = end == NULL ? rest->size : (size_t)(end - rest->ptr);
    rest->ptr += line->size + (end != NULL);
    rest->size -= line->size + (end != NULL);
    return true;
}

static void list_read(const char *folder, const char *name)
{
    ent_str rest = file_of(folder, name), line;
    ent_err err = { 0 };

    while (line_next(&rest, &line)) {
        struct entry *e;
        ent_json json;
        size_t i = 0;

        entries = realloc(entries, (entry_count + 1) * sizeof *entries);
        if (entries == NULL)
            die("no memory");
        e = &entries[entry_count++];
        if (ent_json_read(arena, line, &json, &err) != ENT_OK ||
            names_record_read(arena, json, &e->record, &err) != ENT_OK)
            die(err.msg);
        e->scripts = ent_arena_array(arena, e->record.name_count, sizeof *e->scripts);
        for (ent_json v = ent_json_first(ent_json_get(json, "names")); v.doc != NULL;
             v = ent_json_next(v)) {
            ent_str copy = ent_arena_str(arena, ent_json_get_text(v, "script"));

            e->scripts[i++] = copy.ptr == NULL ? "" : copy.ptr;
        }
    }
}

static int by_id(const void *a, const void *b)
{
    return ent_str_compare(((const struct entry *)a)->record.id,
                           ((const struct entry *)b)->record.id);
}

static struct entry *entry_find(ent_str id)
{
    struct entry key = { .record = { .id = id } };

    return bsearch(&key, entries, entry_count, sizeof key, by_id);
}

static size_t root_of(size_t at)
{
    while (entries[at].parent != at)
        at = entries[at].parent;
    return at;
}

/* Of a number; the first division is that of the figures before there were several. */
static uint8_t fold_of(uint64_t number)
{
    uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);

    for (unsigned again = 0; again < division; again++)
        hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint8_t)((hash >> 33) % FOLDS);
}

static void folds_make(void)
{
    for (size_t i = 0; i < row_count; i++) {
        struct row *row = &rows[i];

        if (row->view == NAMEPAIR) {
            row->fold_a = row->fold_b = division == 0 ? (uint8_t)(row->a % FOLDS) : fold_of(row->a);
            continue;
        }
        row->fold_a = fold_of(root_of(row->a));
        row->fold_b = row->view >= CROWD ? row->fold_a : fold_of(root_of(row->b));
    }
}

/* ---- rows ---- */

static struct row *row_new(void)
{
    if (row_count == row_room) {
        row_room = row_room == 0 ? 1 << 16 : 2 * row_room;
        rows = realloc(rows, row_room * sizeof *rows);
        if (rows == NULL)
            die("no memory");
    }
    memset(&rows[row_count], 0, sizeof *rows);
    return &rows[row_count++];
}

/* The features of the best pair of whole names; false if there is none. */
static bool best_of(const names_prepared *a, const names_prepared *b,
                    int16_t feature[FEATURE_COUNT], int *points)
{
    bool any = false;
    names_table table;

    if (names_table_fill(a, b, &table) && !table.any && !a->lone && !b->lone)
        return false;
    for (size_t i = 0; i < a->form_count; i++)
        for (size_t j = 0; j < b->form_count; j++) {
            const names_form *x = &a->forms[i], *y = &b->forms[j];
            names_pair pair;
            int got;

            if (thing == THING_PERSON && (x->full < 2 || y->full < 2) && x->joins + y->joins == 0)
                continue;
            if (x->order > y->order ? !names_pair_compare(y, x, &pair)
                                    : !names_pair_compare(x, y, &pair))
                continue;
            got = names_model_points(pair.feature, thing);
            if (any && got <= *points)
                continue;
            any = true;
            *points = got;
            memcpy(feature, pair.feature, sizeof pair.feature);
        }
    return any;
}

static const names_prepared *prepared_of(const names_record *record)
{
    const names_prepared *prepared;
    ent_err err = { 0 };

    if (names_prepare(arena, record, &prepared, &err) != ENT_OK)
        die(err.msg);
    return prepared;
}

static bool is_native(const char *script)
{
    return script[0] != '\0' && strcmp(script, "Latn") != 0 && strcmp(script, "Zzzz") != 0;
}

/* The names of a record that a view shows, NULL if none. */
static const names_prepared *view_of(const struct entry *e, enum view view)
{
    names_record r = { .id = e->record.id, .schema = e->record.schema };
    size_t primary = 0;

    r.names = ent_arena_array(arena, e->record.name_count, sizeof *r.names);
    while (primary < e->record.name_count && !ent_str_is(e->record.kinds[primary], "primary"))
        primary++;
    if (primary == e->record.name_count)
        primary = 0;
    for (size_t i = 0; i < e->record.name_count; i++)
        if (view == ALL || (view == PRIMARY && i == primary) ||
            (view == LATIN && strcmp(e->scripts[i], "Latn") == 0) ||
            (view == NATIVE && is_native(e->scripts[i])))
            r.names[r.name_count++] = e->record.names[i];
    return r.name_count == 0 ? NULL : prepared_of(&r);
}

static uint8_t culture_of(const struct entry *a, const struct entry *b)
{
    const struct entry *two[] = { a, b };

    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < two[side]->record.name_count; i++)
            if (is_native(two[side]->scripts[i])) {
                uint8_t c = 0;

                while (c + 1U < CULTURES && strcmp(two[side]->scripts[i], cultures[c]) != 0)
                    c++;
                return c;
            }
    return 0;
}

static bool sides(const struct entry *x, const struct entry *y, enum view view,
                  const names_prepared **a, const names_prepared **b)
{
    if (view != NATIVE) {
        *a = view_of(x, view);
        *b = view_of(y, view);
        return *a != NULL && *b != NULL;
    }
    *a = view_of(x, NATIVE);
    *b = view_of(y, LATIN);
    if (*a != NULL && *b != NULL)
        return true;
    *a = view_of(y, NATIVE);
    *b = view_of(x, LATIN);
    return *a != NULL && *b != NULL;
}

/* Is it of a list whose licence bars commerce (CC BY-NC), or says nothing of it? */
static bool restricted(const struct entry *e)
{
    static const char *const lists[] = { "eu-", "interpol-", "pk-", "ua-" };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strncmp(e->record.id.ptr, lists[i], strlen(lists[i])) == 0)
            return true;
    return false;
}

static void pair_take(size_t x, size_t y, bool label, float weight)
{
    for (int view = ALL; view <= NATIVE; view++) {
        const names_prepared *a, *b;
        struct row *row;
        int points;

        if (!sides(&entries[x], &entries[y], (enum view)view, &a, &b))
            continue;
        row = row_new();
        *row = (struct row){ .label = label,
                             .weight = weight,
                             .view = (uint8_t)view,
                             .culture = culture_of(&entries[x], &entries[y]),
                             .a = (uint32_t)x,
                             .b = (uint32_t)y,
                             .shown = public_only &&
                                      (restricted(&entries[x]) || restricted(&entries[y])) };
        if (thing == THING_PERSON && names_aliases_agree(a, b))
            row->alias = (int16_t)names_fact_points(FACT_ALIAS);
        if (!best_of(a, b, row->feature, &points))
            row->weight = -weight; /* scored as nothing; not fitted */
    }
}

static void pairs_read(const char *folder)
{
    ent_str rest = file_of(folder, "pairs_open.jsonl"), again = rest, line;
    ent_err err = { 0 };

    /* First who is one person, so that no person is on both sides of a fold. */
    for (int pass = 0; pass < 2; pass++, rest = again)
        while (line_next(&rest, &line)) {
            struct entry *a, *b;
            int64_t label = 0;
            ent_str schema;
            ent_json json;

            if (ent_json_read(arena, line, &json, &err) != ENT_OK)
                die(err.msg);
            a = entry_find(ent_json_get_text(json, "a"));
            b = entry_find(ent_json_get_text(json, "b"));
            (void)ent_json_int(ent_json_get(json, "label"), &label);
            schema = ent_json_get_text(json, "schema");
            if (a == NULL || b == NULL || schema.size == 0 ||
                schema.ptr[0] != (thing == THING_PERSON ? 'p' : 'o'))
                continue;
            if (pass == 0 && label == 1)
                entries[root_of((size_t)(a - entries))].parent = root_of((size_t)(b - entries));
            if (pass == 1)
                pair_take((size_t)(a - entries), (size_t)(b - entries), label == 1, 1);
        }
}

/* Single names: half of the pairs agree; no person is known, so the fold is the name's. */
static void namepairs_read(const char *folder)
{
    ent_str rest = file_of(folder, "namepairs_open.jsonl"), line;
    ent_err err = { 0 };
    uint32_t number = 0;

    while (line_next(&rest, &line)) {
        ent_str name[2];
        const names_prepared *side[2];
        int64_t label = 0;
        struct row *row;
        ent_json json;
        int points;

        if (ent_json_read(arena, line, &json, &err) != ENT_OK)
            die(err.msg);
        (void)ent_json_int(ent_json_get(json, "label"), &label);
        for (int i = 0; i < 2; i++) {
            names_record r = { .names = &name[i], .name_count = 1, .schema = ENT_STR("person") };

            name[i] = ent_json_get_text(json, i == 0 ? "a" : "b");
            side[i] = prepared_of(&r);
        }
        row = row_new();
        *row = (struct row){
            .label = (float)label, .weight = 0.1F, .view = NAMEPAIR, .a = number++ / 8
        };
        if (side[0]->form_count == 0 || side[1]->form_count == 0 ||
            side[0]->forms[0].writing == WRITING_EAST ||
            side[1]->forms[0].writing == WRITING_EAST ||
            !best_of(side[0], side[1], row->feature, &points))
            row_count--; /* foreign names in Han and Hangul teach nothing but false alarms */
    }
}

/* ---- strangers ---- */

struct near_pair {
    int points;
    uint32_t entry, stranger;
    uint8_t query; /* the view in which it was asked */
};

static int by_points(const void *a, const void *b)
{
    const struct near_pair *x = a, *y = b;

    if (x->points != y->points)
        return x->points > y->points ? -1 : 1;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return (x->stranger > y->stranger) - (x->stranger < y->stranger);
}

static const names_prepared **strangers_of(const char *folder, size_t *count)
{
    ent_str rest = file_of(folder, "crowd/negatives_global.csv"), line;
    const names_prepared **all = malloc(100000 * sizeof *all);

    *count = 0;
    stranger_names = malloc(100000 * sizeof *stranger_names);
    (void)line_next(&rest, &line);
    while (all != NULL && stranger_names != NULL && *count < 100000 && line_next(&rest, &line)) {
        const char *comma = memchr(line.ptr, ',', line.size);
        ent_str name = { line.ptr, comma == NULL ? line.size : (size_t)(comma - line.ptr) };
        names_record r = { .names = &name, .name_count = 1, .schema = ENT_STR("person") };

        stranger_names[*count] = name;
        all[(*count)++] = prepared_of(&r);
    }
    return all;
}

/* The nearest of one list's persons and strangers, by the model that is compiled in. */
struct nearest {
    struct near_pair *pairs;
    size_t count, room;
};

static void nearest_keep(struct nearest *nearest, struct near_pair pair)
{
    if (nearest->count == nearest->room) { /* only the nearest are wanted, however many there are */
        qsort(nearest->pairs, nearest->count, sizeof pair, by_points);
        nearest->count = STRANGERS;
    }
    nearest->pairs[nearest->count++] = pair;
}

/* Half of the strangers are asked, those of an even or those of an odd number. */
static void strangers_ask(const names_prepared **strangers, size_t count, size_t odd, size_t entry,
                          enum view query, struct nearest *nearest)
{
    const names_prepared *one = view_of(&entries[entry], query);

    for (size_t c = odd; one != NULL && c < count; c += 2) {
        int16_t feature[FEATURE_COUNT];
        int points;

        if (best_of(one, strangers[c], feature, &points))
            nearest_keep(nearest, (struct near_pair){ points, (uint32_t)entry, (uint32_t)c,
                                                      (uint8_t)query });
    }
}

static void nearest_take(struct nearest *nearest, const names_prepared **strangers, enum view view)
{
    qsort(nearest->pairs, nearest->count, sizeof *nearest->pairs, by_points);
    for (size_t k = 0; k < nearest->count && k < STRANGERS; k++) {
        const struct near_pair *pair = &nearest->pairs[k];
        const struct entry *e = &entries[pair->entry];
        struct row *row = row_new();
        int points;

        *row = (struct row){ .weight = view == CROWD ? (float)crowd_weight : 0,
                             .view = (uint8_t)view,
                             .query = pair->query,
                             .culture = culture_of(e, e),
                             .a = pair->entry,
                             .b = pair->stranger };
        (void)best_of(view_of(e, (enum view)pair->query), strangers[pair->stranger], row->feature,
                      &points);
        if (row->feature[FEATURE_WRITING] > 0)
            row->weight *= ACROSS;
    }
    free(nearest->pairs);
}

/* Every fifth person is asked for with half of the strangers, and the nearest are fitted to; of
 * ten others one, by its primary name, with the other half, and alarms are counted with it. */
static void strangers_take(const char *folder)
{
    size_t count, step = 0, room = 1 << 22;
    const names_prepared **strangers = strangers_of(folder, &count);
    struct nearest fitted = { malloc(room * sizeof *fitted.pairs), 0, room },
                   counted = { malloc(room * sizeof *counted.pairs), 0, room };

    strangers_asked = count / 2;
    for (size_t i = 0; i < entry_count && fitted.pairs != NULL && counted.pairs != NULL; i++) {
        if (!ent_str_is(entries[i].record.schema, "person"))
            continue;
        if (step % 5 == 0)
            strangers_ask(strangers, count, 0, i, step % 10 == 0 ? PRIMARY : ALL, &fitted);
        if (step % 10 == 7) {
            strangers_ask(strangers, count, 1, i, PRIMARY, &counted);
            asked++;
        }
        step++;
    }
    nearest_take(&fitted, strangers, CROWD);
    nearest_take(&counted, strangers, ALARM);
}

#include "names-trees.h"

/* ---- fitting ---- */

typedef bool (*left_out)(const struct row *row, int what);

/* What of the rows is drawn together: a person, a single name, a pair with a stranger. */
static uint64_t drawn_with(const struct row *row)
{
    return row->view == NAMEPAIR ? UINT64_C(1) << 40 | row->a
           : row->view >= CROWD  ? (uint64_t)(row->a + 1) << 41 | row->b
                                 : root_of(row->a);
}

/* One of the models: boosted trees, each of its own part of the rows and of the features. */
static void model_fit(struct tree *trees, uint64_t model, const bool *used, double *score)
{
    double *g = malloc(row_count * sizeof *g), *h = malloc(row_count * sizeof *h);
    uint8_t *at = malloc(row_count);

    memset(score, 0, row_count * sizeof *score);
    for (int k = 0; k < settings.trees && at != NULL; k++) {
        uint64_t draw = (model * 1000 + (uint64_t)k) * UINT64_C(0xd1b54a32d192ed03);

        for (size_t i = 0; i < row_count; i++) {
            double p = 1 / (1 + exp(-score[i]));
            bool asks = used[i] && drawn(draw + drawn_with(&rows[i])) < PART;

            g[i] = asks ? rows[i].weight * (p - rows[i].label) : 0;
            h[i] = asks ? rows[i].weight * p * (1 - p) + 1e-9 : 0;
        }
        for (uint64_t f = 0; f < FEATURE_COUNT; f++)
            unasked[f] = drawn(draw - 1 - f) >= PART;
        tree_grow(&trees[k], at, g, h);
        for (int i = 0; i < trees[k].count; i++)
            trees[k].node[i].value *= k == 0 ? 1 : settings.rate;
        for (size_t i = 0; i < row_count; i++)
            score[i] += tree_value(&trees[k], rows[i].bin);
    }
    free(g);
    free(h);
    free(at);
}

/* All trees of the table: those of the models, and of persons one of ACROSS_ODDS. */
static int tree_count(void)
{
    return MODELS * settings.trees + (thing == THING_PERSON);
}

/* The limit of the first bin of WRITING is 0, of all that are written alike. */
static void across_tree(struct tree *t)
{
    if (edge_count[FEATURE_WRITING] == 0 || edge[FEATURE_WRITING][0] != 0)
        die("hardly a pair is written alike");
    *t = (struct tree){ .count = 3 };
    t->node[0] = (struct tree_node){ .feature = FEATURE_WRITING, .left = 1, .right = 2 };
    t->node[1] = (struct tree_node){ .feature = -1 };
    t->node[2] = (struct tree_node){ .feature = -1, .value = ACROSS_ODDS };
}

/* Fits without the rows that are left out; scores them all (in log-odds), by the whole numbers
 * of the table. */
static void fit(struct tree *trees, left_out out, int what, double *score)
{
    bool *used = malloc(row_count * sizeof *used);

    for (size_t i = 0; i < row_count && used != NULL; i++)
        used[i] = rows[i].weight > 0 && !rows[i].shown && (out == NULL || !out(&rows[i], what));
    for (uint64_t model = 0; model < MODELS && used != NULL; model++)
        model_fit(trees + model * (uint64_t)settings.trees, model, used, score);
    memset(score, 0, row_count * sizeof *score);
    for (int k = 0; k < MODELS * settings.trees; k++)
        for (int i = 0; i < trees[k].count; i++)
            trees[k].node[i].value =
                (double)lround(trees[k].node[i].value / MODELS * NAMES_POINT) / NAMES_POINT;
    if (thing == THING_PERSON)
        across_tree(&trees[MODELS * settings.trees]);
    for (int k = 0; k < tree_count(); k++) {
        for (size_t i = 0; i < row_count; i++)
            score[i] += tree_value(&trees[k], rows[i].bin);
    }
    free(used);
}

#include "names-figures.h"

static bool in_fold(const struct row *row, int fold)
{
    return row->fold_a == fold || row->fold_b == fold;
}

static bool in_culture(const struct row *row, int culture)
{
    return row->view != NAMEPAIR && row->culture == culture;
}

static void check(left_out out, int count)
{
    struct tree *trees = malloc((size_t)tree_count() * sizeof *trees);
    double *score = malloc(row_count * sizeof *score);

    for (int k = 0; k < count && score != NULL; k++) {
        fit(trees, out, k, score);
        for (size_t i = 0; i < row_count; i++)
            if (out == in_fold ? rows[i].fold_a == k : out(&rows[i], k))
                rows[i].score = score[i] + (double)rows[i].alias / NAMES_POINT;
    }
    if (listing >= 0 && division == 0)
        errors(listing);
    all_figures();
    free(trees);
    free(score);
}

/* ---- the table ---- */

static size_t nodes_under(const struct tree *t, int index)
{
    return t->node[index].feature < 0
               ? 1
               : 1 + nodes_under(t, t->node[index].left) + nodes_under(t, t->node[index].right);
}

static size_t column;

static void put(const char *text)
{
    size_t size = strlen(text);

    if (column > 0 && column + 1 + size > 100) {
        (void)putchar('\n');
        column = 0;
    }
    printf("%s%s", column > 0 ? " " : "", text);
    column += size + (column > 0);
}

static void node_put(const struct tree *t, int index)
{
    const struct tree_node *n = &t->node[index];
    char text[64];

    if (n->feature < 0) {
        (void)snprintf(text, sizeof text, "LEAF(%ld)", lround(n->value * NAMES_POINT));
        put(text);
        return;
    }
    (void)snprintf(text, sizeof text, "NODE(%s, %d, %zu)", feature_names[n->feature],
                   edge[n->feature][n->bin], nodes_under(t, n->left) + 1);
    put(text);
    node_put(t, n->left);
    node_put(t, n->right);
}

static void table_write(void)
{
    struct tree *trees = malloc((size_t)tree_count() * sizeof *trees);
    double *score = malloc(row_count * sizeof *score);

    fit(trees, NULL, 0, score);
    printf(
        "/* Generated by tools/names-fit.c from labelled pairs of published lists and synthetic\n"
        " * strangers.  Do not edit.  One TREE after another, in preorder; leaves in points (64 to "
        "a\n"
        " * unit of log-odds). */\n");
    for (int k = 0; k < tree_count(); k++) {
        char text[32];

        (void)snprintf(text, sizeof text, "TREE(%zu)", nodes_under(&trees[k], 0));
        put(text);
        node_put(&trees[k], 0);
        (void)putchar('\n');
        column = 0;
    }
    free(trees);
    free(score);
}

static int view_named(const char *name)
{
    static const char *const names[] = { "all", "primary", "latin", "native" };

    for (int view = ALL; view <= NATIVE; view++)
        if (strcmp(names[view], name) == 0)
            return view;
    die("a view is all, primary, latin or native");
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const lists[] = { "ca_sema",  "eu_oj",           "interpol",    "ofac",
                                         "pk_nacta", "ua_warsanctions", "uk_hmt_2014", "un" };

    if (argc < 4)
        die("usage: names-fit person|org check|errors|culture|write FOLDER [public | VIEW | TREES "
            "RATE LAMBDA "
            "LEAST "
            "CROWD]");
    thing = strcmp(argv[1], "org") == 0 ? THING_ORG : THING_PERSON;
    public_only = argc == 5 && strcmp(argv[4], "public") == 0;
    if (argc == 9) {
        settings = (struct settings){ atoi(argv[4]), atof(argv[5]), atof(argv[6]), atof(argv[7]) };
        crowd_weight = atof(argv[8]);
    }
    arena = ent_arena_new(ROOM);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char path[64];

        (void)snprintf(path, sizeof path, "lists/%s.jsonl", lists[i]);
        list_read(argv[3], path);
    }
    qsort(entries, entry_count, sizeof *entries, by_id);
    for (size_t i = 0; i < entry_count; i++)
        entries[i].parent = i;
    pairs_read(argv[3]);
    if (thing == THING_PERSON) {
        namepairs_read(argv[3]);
        strangers_take(argv[3]);
    }
    bins_make();
    (void)fprintf(stderr, "names-fit: %zu rows\n", row_count);
    if (strcmp(argv[2], "errors") == 0)
        listing = view_named(argc > 4 ? argv[4] : "primary");
    if (strcmp(argv[2], "write") == 0) {
        table_write();
        return 0;
    }
    if (strcmp(argv[2], "culture") == 0)
        check(in_culture, CULTURES);
    else
        for (; division < (listing >= 0 ? 1 : DIVISIONS); division++) {
            folds_make();
            check(in_fold, FOLDS);
        }
    figures_print();
    return 0;
}
