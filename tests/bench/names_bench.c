/* names -- recall, precision, false alarms, keys and speed on the open lists of
 * ../shared/corpus/names, by view and by culture.  Peers' figures are quoted from the
 * measurements on the same kind of data (names.md), so no ratio is given for them. */
#include "names_measure.h"

#include "base/buf.h"
#include "base/json.h"
#include "names/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CORPUS "../shared/corpus/names/"
#define ROOM   ((size_t)8 << 30)

enum view { ALL, PRIMARY, LATIN, NATIVE };

struct entry {
    ent_str id;
    names_record record;
    const char **scripts;
};

struct pair {
    size_t a, b;
    bool label, by_number;
    char schema; /* p, o, v */
};

static ent_arena *arena;
static struct entry *entries;
static size_t entry_count;
static struct pair *pairs;
static size_t pair_count;
static names_prepared const **crowd;
static size_t crowd_count;

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void say(const char *bench, double value, const char *unit, const char *peer, double peers)
{
    printf("{\"bench\":\"names/%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n", bench,
           value, unit);
    if (peer != NULL)
        printf("{\"bench\":\"names/"
               "%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":\"%s\",\"quoted\":true}\n",
               bench, peers, unit, peer);
    (void)fflush(stdout);
}

/* ---- reading ---- */

static ent_str file_of(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *bytes;
    long size;

    if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0)
        exit(1);
    rewind(in);
    bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, in) != (size_t)size)
        exit(1);
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

static void list_read(const char *path)
{
    ent_str rest = file_of(path), line;
    ent_err err = { 0 };

    while (line_next(&rest, &line)) {
        struct entry *e;
        ent_json json;
        size_t i = 0;

        entries = realloc(entries, (entry_count + 1) * sizeof *entries);
        if (entries == NULL)
            exit(1);
        e = &entries[entry_count++];
        if (ent_json_read(arena, line, &json, &err) != ENT_OK ||
            names_record_read(arena, json, &e->record, &err) != ENT_OK)
            exit(1);
        e->id = e->record.id;
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
    return ent_str_compare(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

static struct entry *entry_find(ent_str id)
{
    struct entry key = { .id = id };

    return bsearch(&key, entries, entry_count, sizeof key, by_id);
}

static void pairs_read(void)
{
    ent_str rest = file_of(CORPUS "pairs_open.jsonl"), line;
    ent_err err = { 0 };

    while (line_next(&rest, &line)) {
        struct entry *a, *b;
        int64_t label = 0;
        ent_json json;

        if (ent_json_read(arena, line, &json, &err) != ENT_OK)
            exit(1);
        a = entry_find(ent_json_get_text(json, "a"));
        b = entry_find(ent_json_get_text(json, "b"));
        (void)ent_json_int(ent_json_get(json, "label"), &label);
        if (a == NULL || b == NULL)
            continue;
        pairs = realloc(pairs, (pair_count + 1) * sizeof *pairs);
        if (pairs == NULL)
            exit(1);
        pairs[pair_count++] =
            (struct pair){ (size_t)(a - entries), (size_t)(b - entries), label == 1,
                           ent_str_is(ent_json_get_text(json, "tier"), "gold-id"),
                           ent_json_get_text(json, "schema").size == 0
                               ? ' '
                               : ent_json_get_text(json, "schema").ptr[0] };
    }
}

/* The record with some of its names, with or without what else is known of it. */
static names_record *view_record(const struct entry *e, enum view view, bool facts)
{
    names_record *r = ent_arena_alloc(arena, sizeof *r);
    size_t primary = 0;

    r->id = e->record.id;
    r->schema = e->record.schema;
    r->names = ent_arena_array(arena, e->record.name_count, sizeof *r->names);
    r->kinds = ent_arena_array(arena, e->record.name_count, sizeof *r->kinds);
    while (primary < e->record.name_count && !ent_str_is(e->record.kinds[primary], "primary"))
        primary++;
    if (primary == e->record.name_count)
        primary = 0;
    for (size_t i = 0; i < e->record.name_count; i++) {
        bool latin = strcmp(e->scripts[i], "Latn") == 0;
        bool native = !latin && e->scripts[i][0] != '\0' && strcmp(e->scripts[i], "Zzzz") != 0;

        if (view == ALL || (view == PRIMARY && i == primary) || (view == LATIN && latin) ||
            (view == NATIVE && native)) {
            r->kinds[r->name_count] = e->record.kinds[i];
            r->names[r->name_count++] = e->record.names[i];
        }
    }
    if (facts) {
        r->births = e->record.births;
        r->birth_count = e->record.birth_count;
    }
    return r->name_count == 0 ? NULL : r;
}

static const names_prepared *prepared_of(const names_record *record)
{
    const names_prepared *prepared;
    ent_err err = { 0 };

    if (record == NULL)
        return NULL;
    if (names_prepare(arena, record, &prepared, &err) != ENT_OK)
        exit(1);
    return prepared;
}

/* The two sides of a pair in a view; across scripts, the native script of one. */
static bool sides(const struct pair *p, enum view view, bool facts, names_record **a,
                  names_record **b)
{
    const struct entry *x = &entries[p->a], *y = &entries[p->b];

    if (view != NATIVE) {
        *a = view_record(x, view, facts);
        *b = view_record(y, view, facts);
        return *a != NULL && *b != NULL;
    }
    *a = view_record(x, NATIVE, facts);
    *b = view_record(y, LATIN, facts);
    if (*a != NULL && *b != NULL)
        return true;
    *a = view_record(y, NATIVE, facts);
    *b = view_record(x, LATIN, facts);
    return *a != NULL && *b != NULL;
}

/* ---- measures ---- */

static bool is_of(const struct pair *p, const char *country)
{
    const names_record *two[] = { &entries[p->a].record, &entries[p->b].record };

    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < two[side]->country_count; i++)
            if (ent_str_is(two[side]->countries[i], country))
                return true;
    return false;
}

/* The script of the pair's native name; Arabic script of Iran, of Afghanistan and Pakistan apart. */
static const char *culture_of(const struct pair *p)
{
    for (int side = 0; side < 2; side++) {
        const struct entry *e = &entries[side == 0 ? p->a : p->b];

        for (size_t i = 0; i < e->record.name_count; i++)
            if (strcmp(e->scripts[i], "Latn") != 0 && e->scripts[i][0] != '\0' &&
                strcmp(e->scripts[i], "Zzzz") != 0)
                return strcmp(e->scripts[i], "Arab") != 0 ? e->scripts[i]
                       : is_of(p, "ir")                   ? "Persian"
                       : is_of(p, "af") || is_of(p, "pk") ? "Pashto-Urdu"
                                                          : "Arab";
    }
    return "Latn";
}

static const char *const view_names[] = { "all", "primary", "latin", "cross-script" };

/* The best open matcher on the same kind of data (names.md); 0: not measured. */
static const struct {
    double ap, r99, f1;
} person_peers[] = { { 0, .942, 0 }, { .981, .886, 0 }, { 0, 0, 0 }, { .905, .663, 0 } },
  org_peers[] = { { .958, 0, .882 }, { .816, 0, .725 } };

#define PEER(value) (value) > 0 ? "best open matcher" : NULL, (value)

static void accuracy(bool person, enum view view, const char *culture)
{
    struct scored *all = malloc(pair_count * sizeof *all);
    struct measured m;
    size_t count = 0, positives = 0;
    char name[128];

    for (size_t i = 0; i < pair_count && all != NULL; i++) {
        names_record *a, *b;

        if (pairs[i].schema != (person ? 'p' : 'o') ||
            (culture != NULL && pairs[i].label && strcmp(culture_of(&pairs[i]), culture) != 0) ||
            !sides(&pairs[i], view, false, &a, &b))
            continue;
        all[count++] =
            (struct scored){ names_score(prepared_of(a), prepared_of(b)).score, pairs[i].label };
        positives += pairs[i].label;
    }
    if (positives >= 10 || (culture != NULL && positives > 0)) {
        bool peers = culture == NULL && (person || view <= PRIMARY);
        double peer_ap = !peers   ? 0
                         : person ? person_peers[view].ap
                                  : org_peers[view].ap,
               peer_r99 = !peers   ? 0
                          : person ? person_peers[view].r99
                                   : org_peers[view].r99,
               peer_f1 = !peers   ? 0
                         : person ? person_peers[view].f1
                                  : org_peers[view].f1;

        m = measure(all, count);
        (void)snprintf(name, sizeof name, "%s/%s%s%s/ap", person ? "person" : "org",
                       view_names[view], culture == NULL ? "" : "/",
                       culture == NULL ? "" : culture);
        say(name, m.ap, "", PEER(peer_ap));
        memcpy(strrchr(name, '/'), "/r99", 5);
        say(name, m.r99, "", PEER(peer_r99));
        memcpy(strrchr(name, '/'), "/f1", 4);
        say(name, m.f1, "", PEER(peer_f1));
        memcpy(strrchr(name, '/'), "/n", 3);
        say(name, (double)positives, "pairs", NULL, 0);
    }
    free(all);
}

static void crowd_read(void)
{
    ent_str rest = file_of(CORPUS "crowd/negatives_global.csv"), line;

    (void)line_next(&rest, &line);
    crowd = malloc(100000 * sizeof *crowd);
    while (crowd != NULL && crowd_count < 100000 && line_next(&rest, &line)) {
        names_record *r = ent_arena_alloc(arena, sizeof *r);
        ent_str field[8] = { { NULL, 0 } };
        size_t n = 0, from = 0;

        for (size_t i = 0; i <= line.size && n < 8; i++)
            if (i == line.size || line.ptr[i] == ',') {
                field[n++] = (ent_str){ line.ptr + from, i - from };
                from = i + 1;
            }
        r->schema = ENT_STR("person");
        r->names = ent_arena_array(arena, 1, sizeof *r->names);
        r->births = ent_arena_array(arena, 1, sizeof *r->births);
        r->names[0] = field[0];
        r->births[0] = field[5];
        r->name_count = 1;
        crowd[crowd_count++] = prepared_of(r);
    }
}

/* False alarms for 1,000 queries against 100,000 strangers at a given recall. */
static void alarms(enum view view, bool dates, double recall, size_t queries, const char *name)
{
    struct scored *positive = malloc(pair_count * sizeof *positive);
    size_t count = 0, asked = 0, step, seen = 0, wrong = 0;
    double limit;
    const names_prepared **query = malloc(pair_count * sizeof(const names_prepared *));

    for (size_t i = 0; i < pair_count; i++) {
        names_record *a, *b;

        if (pairs[i].schema != 'p' || !pairs[i].label || (dates && !pairs[i].by_number) ||
            !sides(&pairs[i], view, dates, &a, &b))
            continue;
        if (dates && (a->birth_count == 0 || b->birth_count == 0))
            continue;
        query[count] = prepared_of(a);
        positive[count].score = names_score(query[count], prepared_of(b)).score;
        count++;
    }
    qsort(positive, count, sizeof *positive, by_score);
    limit = positive[(size_t)(recall * (double)(count - 1))].score;
    step = count / queries + 1;
    for (size_t q = 0; q < count; q += step, asked++)
        for (size_t c = 0; c < crowd_count; c++, seen++)
            if (names_score(query[q], crowd[c]).score >= limit)
                wrong++;
    say(name, (double)wrong * 1000 / (double)asked * 100000 / (double)crowd_count, "false/1000",
        dates ? NULL : "nomenklatura logic-v2 at .933", 5);
    free(positive);
    free(query);
}

/* ---- keys ---- */

static ent_str *keys_of(const names_record *r, size_t *count)
{
    ent_err err = { 0 };
    ent_str *keys;

    if (names_keys_tier(arena, r, NAMES_ALL, &keys, count, &err) != ENT_OK)
        exit(1);
    return keys;
}

static bool keys_meet(const names_record *a, const names_record *b)
{
    size_t na, nb;
    ent_str *x = keys_of(a, &na), *y = keys_of(b, &nb);

    for (size_t i = 0, j = 0; i < na && j < nb;) {
        int order = ent_str_compare(x[i], y[j]);

        if (order == 0)
            return true;
        if (order < 0)
            i++;
        else
            j++;
    }
    return false;
}

static void key_recall(bool person, enum view view)
{
    size_t met = 0, count = 0;
    char name[64];

    for (size_t i = 0; i < pair_count; i++) {
        names_record *a, *b;

        if (pairs[i].schema != (person ? 'p' : 'o') || !pairs[i].label ||
            !sides(&pairs[i], view, true, &a, &b))
            continue;
        count++;
        met += keys_meet(a, b);
    }
    (void)snprintf(name, sizeof name, "keys/%s/%s/recall", person ? "person" : "org",
                   view_names[view]);
    say(name, count == 0 ? 0 : (double)met / (double)count, "", NULL, 0);
}

struct posting {
    ent_str key;
    uint32_t owner;
    bool right;
};

static int by_key(const void *a, const void *b)
{
    return ent_str_compare(((const struct posting *)a)->key, ((const struct posting *)b)->key);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Keys a record, and candidate pairs per million of OFAC x EU. */
static void key_cost(void)
{
    struct posting *all = malloc(2000000 * sizeof *all);
    size_t count = 0, records = 0, left = 0, right = 0, found = 0, distinct = 0,
           histogram[256] = { 0 };
    uint64_t *met = malloc(4000000 * sizeof *met);

    for (size_t i = 0; i < entry_count; i++) {
        bool ofac = ent_str_starts(entries[i].id, ENT_STR("ofac-"));
        names_record *r;
        ent_str *keys;
        size_t n;

        if ((!ofac && !ent_str_starts(entries[i].id, ENT_STR("eu-"))) ||
            !ent_str_is(entries[i].record.schema, "person"))
            continue;
        r = view_record(&entries[i], ALL, true);
        keys = keys_of(r, &n);
        histogram[n > 255 ? 255 : n]++;
        records++;
        left += ofac;
        right += !ofac;
        for (size_t k = 0; k < n; k++)
            all[count++] = (struct posting){ keys[k], (uint32_t)i, !ofac };
    }
    qsort(all, count, sizeof *all, by_key);
    for (size_t i = 0, j; i < count; i = j)
        for (j = i; j < count && ent_str_equal(all[i].key, all[j].key); j++)
            for (size_t k = i; k < j; k++)
                if (all[k].right != all[j].right && found < 4000000)
                    met[found++] = (uint64_t)(all[k].right ? all[j].owner : all[k].owner) << 32 |
                                   (all[k].right ? all[k].owner : all[j].owner);
    qsort(met, found, sizeof *met, by_number);
    for (size_t i = 0; i < found; i++)
        distinct += i == 0 || met[i] != met[i - 1];
    say("keys/person/mean", (double)count / (double)records, "keys", NULL, 0);
    for (size_t n = 0, sum = 0; n < 256; n++) {
        sum += histogram[n];
        if (sum * 100 >= records * 95) {
            say("keys/person/p95", (double)n, "keys", NULL, 0);
            break;
        }
    }
    say("keys/person/candidates", (double)distinct / ((double)left * (double)right) * 1e6,
        "per million pairs", NULL, 0);
    free(all);
    free(met);
}

/* ---- speed ---- */

static void speed_keys(void)
{
    ent_arena *scratch = ent_arena_new((size_t)64 << 20);
    double start = now(), seconds;
    size_t names = 0;

    for (size_t turn = 0; turn < 16 * entry_count; turn++) {
        size_t i = turn % entry_count, n;
        ent_err err = { 0 };
        ent_str *keys;

        if (!ent_str_is(entries[i].record.schema, "person"))
            continue;
        ent_arena_reset(scratch);
        if (names_keys_tier(scratch, &entries[i].record, NAMES_ALL, &keys, &n, &err) != ENT_OK)
            exit(1);
        names += entries[i].record.name_count;
    }
    seconds = now() - start;
    say("speed/names-keyed", (double)names / seconds, "names/s", "ICU transliteration in C", 75000);
    ent_arena_free(scratch);
}

static void speed_pairs(enum view view)
{
    const names_prepared **p = malloc(entry_count * sizeof(const names_prepared *));
    size_t count = 0, done = 0;
    double start, sum = 0;

    for (size_t i = 0; i < entry_count; i += 7)
        if (ent_str_is(entries[i].record.schema, "person") &&
            view_record(&entries[i], view, true) != NULL)
            p[count++] = prepared_of(view_record(&entries[i], view, true));
    start = now();
    for (size_t i = 0; i < count && now() - start < 2; i++)
        for (size_t j = 0; j < count; j++, done++)
            sum += names_score(p[i], p[j]).score;
    say(view == ALL ? "speed/pairs-scored/all" : "speed/pairs-scored/primary",
        (double)done / (now() - start) + sum * 0, "record pairs/s", "nomenklatura logic-v2", 300);
    free(p);
}

/* With an argument: only the areas whose name begins so. */
static bool wanted(const char *only, const char *area)
{
    return only == NULL || strncmp(area, only, strlen(only)) == 0;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    static const char *const lists[] = { "ca_sema",  "eu_oj",           "interpol",    "ofac",
                                         "pk_nacta", "ua_warsanctions", "uk_hmt_2014", "un" };
    static const char *const cultures[] = { "Latn",        "Cyrl", "Arab", "Persian",
                                            "Pashto-Urdu", "Hang", "Hani", "Hebr" };

    if (access(CORPUS "pairs_open.jsonl", R_OK) != 0) {
        (void)fprintf(stderr, "names: " CORPUS " is not here; nothing measured\n");
        return 0;
    }
    arena = ent_arena_new(ROOM);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char path[256];

        (void)snprintf(path, sizeof path, CORPUS "lists/%s.jsonl", lists[i]);
        list_read(path);
    }
    qsort(entries, entry_count, sizeof *entries, by_id);
    pairs_read();
    if (wanted(only, "speed/names"))
        speed_keys();
    if (wanted(only, "speed/pairs")) {
        speed_pairs(PRIMARY);
        speed_pairs(ALL);
    }
    if (wanted(only, "person")) {
        for (int view = ALL; view <= NATIVE; view++)
            accuracy(true, (enum view)view, NULL);
        for (size_t i = 0; i < sizeof cultures / sizeof *cultures; i++) {
            accuracy(true, PRIMARY, cultures[i]);
            accuracy(true, NATIVE, cultures[i]);
        }
    }
    if (wanted(only, "org")) {
        accuracy(false, ALL, NULL);
        accuracy(false, PRIMARY, NULL);
    }
    if (wanted(only, "keys")) {
        key_recall(true, ALL);
        key_recall(true, PRIMARY);
        key_recall(true, NATIVE);
        key_recall(false, ALL);
        key_cost();
    }
    if (wanted(only, "crowd")) {
        crowd_read();
        alarms(PRIMARY, false, 0.95, 500, "crowd/primary/false-at-recall-95");
        alarms(NATIVE, false, 0.93, 250, "crowd/cross-script/false-at-recall-93");
        alarms(PRIMARY, true, 0.995, 1000, "crowd/primary-with-birth-date/false-at-recall-995");
    }
    ent_arena_free(arena);
    return 0;
}
