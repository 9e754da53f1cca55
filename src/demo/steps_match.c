/* Step 2: the private match of every pair, read at both ends. */
#include "demo/play.h"

#include "psi/keyform.h"

struct row {
    size_t pair[2]; /* services */
    ent_str key;    /* the story's, or canonical if the story has none */
    ent_str kind;
    story_list side[2];
    bool conflict;
};

struct rows {
    struct row *items;
    size_t count, room;
};

static struct row *row_find(struct rows *rows, const size_t pair[2], ent_str key)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].pair[0] == pair[0] && rows->items[i].pair[1] == pair[1] &&
            ent_str_equal(rows->items[i].key, key))
            return &rows->items[i];
    return NULL;
}

static struct row *row_add(demo *d, struct rows *rows)
{
    if (rows->count == rows->room) {
        size_t room = rows->room == 0 ? 64 : rows->room * 2;
        struct row *grown = ent_arena_array(d->arena, room, sizeof *grown);

        if (grown == NULL)
            return NULL;
        if (rows->count > 0)
            memcpy(grown, rows->items, rows->count * sizeof *grown);
        rows->items = grown;
        rows->room = room;
    }
    return &rows->items[rows->count++];
}

/* The key as the story writes it: by an entity that shows it. */
static ent_str story_key(demo *d, const demo_node *node, ent_json own, ent_str canonical)
{
    for (ent_json v = ent_json_first(own); v.doc != NULL; v = ent_json_next(v)) {
        size_t entity = demo_entity_of(d, node, ent_json_str(v));
        const story_list *keys;

        if (entity == SIZE_MAX)
            continue;
        keys = &d->s.entities[entity].keys;
        for (size_t i = 0; i < keys->count; i++) {
            ent_err ignored = { 0 };
            ent_str key;

            if (psi_key_canon(d->arena, keys->items[i], &key, &ignored) == ENT_OK &&
                ent_str_equal(key, canonical))
                return keys->items[i];
        }
    }
    return canonical;
}

/* One line of `match hits` at the side `side` of a pair. */
static ent_code hit_take(demo *d, struct rows *rows, const size_t pair[2], int side, ent_json line,
                         ent_err *err)
{
    const demo_node *node = &d->nodes[pair[side]];
    ent_json own = ent_json_get(line, "own");
    ent_str key = story_key(d, node, own, ent_json_get_text(line, "key"));
    struct row *row = row_find(rows, pair, key);
    story_list *list;

    if (row == NULL) {
        row = row_add(d, rows);
        if (row == NULL)
            return ent_fail_arena(err);
        *row = (struct row){ .pair = { pair[0], pair[1] },
                             .key = key,
                             .kind = ent_json_get_text(line, "kind"),
                             .conflict =
                                 ent_str_is(ent_json_get_text(line, "status"), "time-conflict") };
    }
    list = &row->side[side];
    list->count = 0;
    list->items = ent_arena_array(d->arena, ent_json_count(own) + 1, sizeof *list->items);
    if (list->items == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(own); v.doc != NULL; v = ent_json_next(v))
        list->items[list->count++] = demo_story_id(d, node, ent_json_str(v));
    demo_story_sort(list->items, list->count);
    return ENT_OK;
}

static ent_code hits_take(demo *d, struct rows *rows, const size_t pair[2], ent_err *err)
{
    for (int side = 0; side < 2; side++) {
        demo_result result;

        ENT_TRY(demo_command(d, &d->nodes[pair[side]], "analyst",
                             DEMO_ARGS("match", "hits", "--peer", d->nodes[pair[!side]].code),
                             &result, err));
        for (size_t i = 0; i < result.line_count; i++)
            if (ent_json_get(result.lines[i], "own").doc != NULL)
                ENT_TRY(hit_take(d, rows, pair, side, result.lines[i], err));
    }
    return ENT_OK;
}

static bool is_name(const struct row *row)
{
    return ent_str_is(row->kind, "name") || ent_str_starts(row->key, ENT_STR("nm:"));
}

static bool lists_equal(const story_list *a, const story_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!ent_str_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool row_expected(const demo *d, const struct row *row)
{
    for (size_t i = 0; i < d->s.hit_count; i++) {
        const story_hit *hit = &d->s.hits[i];

        if (hit->pair[0] == row->pair[0] && hit->pair[1] == row->pair[1] &&
            ent_str_equal(hit->key, row->key))
            return hit->conflict == row->conflict && lists_equal(&hit->side[0], &row->side[0]) &&
                   lists_equal(&hit->side[1], &row->side[1]);
    }
    return false;
}

static void list_write(ent_jw *w, const char *name, const story_list *list)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < list->count; i++)
        ent_jw_str(w, list->items[i]);
    ent_jw_end(w);
}

static void hits_write(demo *d, const struct rows *rows)
{
    ent_jw_key(&d->got, "hits");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < rows->count; i++) {
        if (is_name(&rows->items[i]))
            continue;
        ent_jw_object(&d->got);
        demo_pair_write(d, rows->items[i].pair);
        ent_jw_key(&d->got, "key");
        ent_jw_str(&d->got, rows->items[i].key);
        list_write(&d->got, "first", &rows->items[i].side[0]);
        list_write(&d->got, "second", &rows->items[i].side[1]);
        ent_jw_key(&d->got, "status");
        ent_jw_c(&d->got, rows->items[i].conflict ? "time-conflict" : "hit");
        ent_jw_end(&d->got);
    }
    ent_jw_end(&d->got);
}

/* ---- name hits: pairs of records ---- */

struct pairs {
    story_pair *items;
    size_t count, room;
};

static bool pair_has(const struct pairs *pairs, size_t a, size_t b)
{
    for (size_t i = 0; i < pairs->count; i++)
        if ((pairs->items[i].a == a && pairs->items[i].b == b) ||
            (pairs->items[i].a == b && pairs->items[i].b == a))
            return true;
    return false;
}

/* A row that names records on both sides pairs each with each: they showed one key. */
static ent_code name_pairs(demo *d, const struct rows *rows, struct pairs *pairs, ent_err *err)
{
    pairs->room = 0;
    for (size_t i = 0; i < rows->count; i++)
        pairs->room += rows->items[i].side[0].count * rows->items[i].side[1].count;
    pairs->items = ent_arena_array(d->arena, pairs->room + 1, sizeof *pairs->items);
    if (pairs->items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];

        for (size_t x = 0; is_name(row) && x < row->side[0].count; x++)
            for (size_t y = 0; y < row->side[1].count; y++) {
                size_t a = demo_story_entity_find(&d->s, row->side[0].items[x]);
                size_t b = demo_story_entity_find(&d->s, row->side[1].items[y]);

                if (a != SIZE_MAX && b != SIZE_MAX && !pair_has(pairs, a, b))
                    pairs->items[pairs->count++] = (story_pair){ a, b, ENT_STR("MATCH") };
            }
    }
    return ENT_OK;
}

static void name_hits_write(demo *d, const struct pairs *pairs)
{
    ent_jw_key(&d->got, "name_hits");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < pairs->count; i++) {
        ent_jw_object(&d->got);
        ent_jw_key(&d->got, "first");
        ent_jw_str(&d->got, d->s.entities[pairs->items[i].a].id);
        ent_jw_key(&d->got, "second");
        ent_jw_str(&d->got, d->s.entities[pairs->items[i].b].id);
        ent_jw_key(&d->got, "decision");
        ent_jw_c(&d->got, "MATCH");
        ent_jw_end(&d->got);
    }
    ent_jw_end(&d->got);
}

static bool of_pair(const demo *d, const story_pair *p, const size_t pair[2])
{
    size_t a = d->s.entities[p->a].service, b = d->s.entities[p->b].service;

    return (a == pair[0] && b == pair[1]) || (a == pair[1] && b == pair[0]);
}

static void names_check(demo *d, const struct pairs *found, const size_t pair[2])
{
    size_t wanted = 0, kept = 0, extra = 0;

    for (size_t i = 0; i < d->s.name_hit_count; i++) {
        const story_pair *p = &d->s.name_hits[i];

        if (!ent_str_is(p->decision, "MATCH") || !of_pair(d, p, pair))
            continue;
        wanted++;
        kept += pair_has(found, p->a, p->b);
    }
    for (size_t i = 0; i < found->count; i++) {
        bool known = false;

        for (size_t j = 0; j < d->s.name_hit_count; j++) {
            const story_pair *p = &d->s.name_hits[j];

            known = known || (ent_str_is(p->decision, "MATCH") &&
                              ((p->a == found->items[i].a && p->b == found->items[i].b) ||
                               (p->b == found->items[i].a && p->a == found->items[i].b)));
        }
        extra += of_pair(d, &found->items[i], pair) && !known;
    }
    demo_check(d, kept == wanted && extra == 0,
               "%s and %s: exactly the %zu pairs of persons are found by name and birth date%s",
               d->nodes[pair[0]].code, d->nodes[pair[1]].code, wanted,
               kept == wanted && extra == 0 ? "" : " (missing or too many)");
}

static void keys_check(demo *d, const struct rows *rows, const size_t pair[2])
{
    size_t wanted = 0, got = 0, right = 0, conflicts = 0;

    for (size_t i = 0; i < d->s.hit_count; i++)
        if (d->s.hits[i].pair[0] == pair[0] && d->s.hits[i].pair[1] == pair[1]) {
            wanted++;
            conflicts += d->s.hits[i].conflict;
        }
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].pair[0] == pair[0] && rows->items[i].pair[1] == pair[1] &&
            !is_name(&rows->items[i])) {
            got++;
            right += row_expected(d, &rows->items[i]);
        }
    demo_check(d, got == wanted && right == wanted,
               "%s and %s: exactly the %zu keys that both hold are found, %zu of them in "
               "conflict of time%s",
               d->nodes[pair[0]].code, d->nodes[pair[1]].code, wanted, conflicts,
               got == wanted && right == wanted ? "" : " (others were found)");
}

static bool row_names(const struct row *row, ent_str id)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < row->side[side].count; i++)
            if (ent_str_equal(row->side[side].items[i], id))
                return true;
    return false;
}

static bool is_kept_home(const story_entity *e)
{
    return e->mark == 'W' || e->mark == 'P' || e->mark == 'X';
}

static void apart_check(demo *d, const struct rows *rows)
{
    size_t seen = 0;

    for (size_t i = 0; i < d->s.apart_count; i++) {
        const story_entity *a = &d->s.entities[d->s.apart[i].a];
        const story_entity *b = &d->s.entities[d->s.apart[i].b];

        for (size_t j = 0; j < rows->count; j++) {
            bool with_a = row_names(&rows->items[j], a->id);
            bool with_b = row_names(&rows->items[j], b->id);

            seen +=
                (with_a && with_b) || (with_a && is_kept_home(a)) || (with_b && is_kept_home(b));
        }
    }
    demo_check(d, seen == 0,
               "none of the %zu pairs that must not be found (witness, victim, outside purpose, "
               "secret) shows at either side",
               d->s.apart_count);
}

/* Whatever a story expects: a row that is not matchable is in no hit. */
static void marks_check(demo *d, const struct rows *rows)
{
    size_t seen = 0;

    for (size_t i = 0; i < d->s.entity_count; i++)
        for (size_t j = 0;
             d->s.entities[i].mark != 'M' && d->s.entities[i].mark != 'O' && j < rows->count; j++)
            seen += row_names(&rows->items[j], d->s.entities[i].id);
    demo_check(d, seen == 0, "no record that is not marked matchable is in any hit");
}

static ent_code pair_match(demo *d, const size_t pair[2], struct rows *rows, ent_err *err)
{
    const demo_node *a = &d->nodes[pair[0]], *b = &d->nodes[pair[1]];
    demo_result result;
    ent_json last;

    ENT_TRY(demo_command(d, a, "analyst",
                         DEMO_ARGS("match", "run", "--with", b->code, "--purpose", DEMO_PURPOSE),
                         &result, err));
    last = result.line_count > 0 ? result.lines[result.line_count - 1] : demo_first(&result);
    demo_check(d,
               (result.exit == 0 || result.exit == DEMO_EXIT_NO) &&
                   ent_json_count(ent_json_get(last, "answered")) == 1,
               "%s asks %s which records both hold, and is answered%s%.*s", a->code, b->code,
               result.exit > DEMO_EXIT_NO ? ": " : "",
               result.exit > DEMO_EXIT_NO ? (int)result.err.size : 0, result.err.ptr);
    return hits_take(d, rows, pair, err);
}

/* How many of a service's own records are in a hit with the other of the pair. */
static size_t own_in_hits(const demo *d, const struct rows *rows, const size_t pair[2], int side)
{
    size_t count = 0;

    for (size_t i = 0; i < d->s.entity_count; i++) {
        bool in = false;

        for (size_t j = 0; d->s.entities[i].service == pair[side] && !in && j < rows->count; j++)
            in = rows->items[j].pair[0] == pair[0] && rows->items[j].pair[1] == pair[1] &&
                 row_names(&rows->items[j], d->s.entities[i].id);
        count += in;
    }
    return count;
}

static size_t own_records(const demo *d, size_t service)
{
    size_t count = 0;

    for (size_t i = 0; i < d->s.entity_count; i++)
        count += d->s.entities[i].service == service;
    return count;
}

/* What each side knows now, and what nobody learned. */
static void learned_say(demo *d, const struct rows *rows, const size_t pair[2])
{
    size_t conflicts = 0;

    for (int side = 0; side < 2; side++) {
        const char *self = d->nodes[pair[side]].code, *other = d->nodes[pair[!side]].code;

        demo_line(d, "   %-8s knows now that %s holds something on %zu of its %zu records", self,
                  other, own_in_hits(d, rows, pair, side), own_records(d, pair[side]));
    }
    for (size_t i = 0; i < rows->count; i++)
        conflicts += rows->items[i].pair[0] == pair[0] && rows->items[i].pair[1] == pair[1] &&
                     rows->items[i].conflict;
    if (conflicts > 0)
        demo_line(d, "            %zu of the keys %s held at different times: shown, and no link",
                  conflicts, conflicts == 1 ? "was" : "were");
}

ent_code demo_match(demo *d, ent_err *err)
{
    struct rows rows = { 0 };
    struct pairs names = { 0 };

    demo_step_begin(d, 2, "match", "What do we both hold?");
    demo_say(d, "Every pair compares the keys of its records without showing them: blinded at one "
                "end, blinded again at the other. Each learns which of its own records the other "
                "holds too: not what is written there, and nothing at all about the rest.");
    for (size_t i = 0; i < d->s.service_count; i++)
        for (size_t j = i + 1; j < d->s.service_count; j++)
            ENT_TRY(pair_match(d, (const size_t[]){ i, j }, &rows, err));
    ENT_TRY(name_pairs(d, &rows, &names, err));
    hits_write(d, &rows);
    name_hits_write(d, &names);
    for (size_t i = 0; i < d->s.service_count; i++)
        for (size_t j = i + 1; j < d->s.service_count; j++) {
            const size_t pair[] = { i, j };

            learned_say(d, &rows, pair);
            if (d->s.has_hits)
                keys_check(d, &rows, pair);
            if (d->s.has_name_hits)
                names_check(d, &names, pair);
        }
    if (!d->s.has_hits)
        demo_skip(d, "the story has no expected_hits", "the keys that both hold");
    if (!d->s.has_name_hits)
        demo_skip(d, "the story has no name_hits", "the persons found by name");
    if (d->s.has_apart)
        apart_check(d, &rows);
    else
        demo_skip(d, "the story has no deliberately_not_matched", "what must not be matched");
    marks_check(d, &rows);
    return ENT_OK;
}
