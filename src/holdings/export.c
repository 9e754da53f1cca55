#include "holdings/export.h"

#include "base/json_write.h"
#include "holdings/exercise.h"
#include "holdings/index.h"
#include "holdings/search.h"
#include "stix/extension_ids.h"

#include <stdlib.h>

#define OBJECT_MEMORY ((size_t)64 << 20)
#define TABLE_HEAD    "id,type,name,names,birth,version,rating,category,retention,source"

/* ---- the query ---- */

static ent_code word_take(ent_arena *arena, ent_str word, store_query *query, ent_buf *text,
                          ent_err *err)
{
    const struct {
        const char *name;
        const char **to;
    } words[] = { { "type:", &query->type },
                  { "owner:", &query->owner },
                  { "key:", &query->key },
                  { "ref:", &query->ref },
                  { "source:", &query->source } };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i].name);
        ent_str value;

        if (word.size < size || memcmp(word.ptr, words[i].name, size) != 0)
            continue;
        value = ent_arena_str(arena, (ent_str){ word.ptr + size, word.size - size });
        if (value.ptr == NULL)
            return ent_fail_arena(err);
        if (value.size == 0)
            return ent_fail(err, ENT_FORMAT, "'%s' in a query has no value", words[i].name);
        *words[i].to = value.ptr;
        return ENT_OK;
    }
    if (word.size > 3 && memcmp(word.ptr, "id:", 3) == 0) {
        query->id = (ent_str){ word.ptr + 3, word.size - 3 };
        return ENT_OK;
    }
    ent_buf_printf(text, "%s%.*s", text->size > 0 ? " " : "", ENT_STR_ARG(word));
    return ENT_OK;
}

ent_code holdings_query_read(ent_arena *arena, const char *text, store_query *query, ent_err *err)
{
    ent_str copy = ent_arena_str(arena, ent_str_of(text)), free_text, words;
    ent_buf buf;

    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, arena);
    for (size_t at = 0, end; at < copy.size; at = end + 1) {
        for (end = at; end < copy.size && copy.ptr[end] != ' '; end++)
            ;
        if (end > at)
            ENT_TRY(word_take(arena, (ent_str){ copy.ptr + at, end - at }, query, &buf, err));
    }
    ENT_TRY(ent_buf_done(&buf, &free_text, err));
    if (free_text.size == 0)
        return ENT_OK;
    ENT_TRY(holdings_words(arena, free_text, &words, err));
    query->text = words.ptr == NULL ? "" : words.ptr;
    return ENT_OK;
}

/* ---- forms ---- */

struct run {
    const store *s;
    const holdings_export *export;
    ent_arena *arena;
    size_t count;
};

static void texts_write(ent_jw *w, const char *name, ent_json list, const char *member)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str text = member == NULL ? ent_json_str(v) : ent_json_get_text(v, member);

        if (member != NULL && text.size == 0)
            text = ent_json_get_text(v, "raw");
        if (text.size > 0)
            ent_jw_str(w, text);
    }
    ent_jw_end(w);
}

static void record_names(ent_jw *w, ent_json object, ent_json person)
{
    ent_json names = ent_json_get(person, "names");

    ent_jw_key(w, "names");
    ent_jw_array(w);
    for (ent_json v = ent_json_first(names); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(w, ent_json_raw(v));
    if (ent_json_count(names) == 0 && ent_json_get_text(object, "name").size > 0)
        ent_jw_str(w, ent_json_get_text(object, "name"));
    ent_jw_end(w);
}

static void record_ids(ent_jw *w, ent_json person)
{
    ent_jw_key(w, "ids");
    ent_jw_array(w);
    for (ent_json d = ent_json_first(ent_json_get(person, "documents")); d.doc != NULL;
         d = ent_json_next(d)) {
        ent_jw_object(w);
        ent_jw_key(w, "type");
        ent_jw_str(w, ent_json_get_text(d, "type"));
        ent_jw_key(w, "number");
        ent_jw_str(w, ent_json_get_text(d, "number"));
        if (ent_json_get_text(d, "issuer").size > 0) {
            ent_jw_key(w, "country");
            ent_jw_str(w, ent_json_get_text(d, "issuer"));
        }
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

/* The form of INTERFACE.md, Names, as `import` reads it. */
static void record_write(ent_jw *w, const store_row *row, ent_json object, bool exercise)
{
    ent_json person = ent_json_get(ent_json_get(object, "extensions"), STIX_EXT_PERSON);
    ent_json reference = ent_json_first(ent_json_get(object, "external_references"));
    bool individual = ent_str_is(ent_json_get_text(object, "identity_class"), "individual");
    ent_str id = ent_json_get_text(reference, "external_id");
    ent_str agency = ent_json_get_text(reference, "source_name");
    ent_str schema = ent_json_get_text(person, "schema");

    ent_jw_object(w);
    ent_jw_key(w, "id");
    ent_jw_str(w, id.size > 0 && agency.size > 0 ? id : row->id);
    if (id.size > 0 && agency.size > 0) {
        ent_jw_key(w, "agency");
        ent_jw_str(w, agency);
    }
    ent_jw_key(w, "schema");
    ent_jw_str(w, schema.size > 0 ? schema : individual ? ENT_STR("person") : ENT_STR("org"));
    record_names(w, object, person);
    texts_write(w, "dob", ent_json_get(person, "births"), "value");
    texts_write(w, "pob", ent_json_get(person, "places_of_birth"), NULL);
    texts_write(w, "nationality", ent_json_get(person, "nationalities"), NULL);
    record_ids(w, person);
    if (ent_json_get_text(person, "gender").size > 0) {
        ent_jw_key(w, "gender");
        ent_jw_str(w, ent_json_get_text(person, "gender"));
    }
    if (exercise) {
        ent_jw_key(w, "exercise");
        ent_jw_bool(w, true);
    }
    ent_jw_end(w);
}

/* RFC 4180; what a table program would take for a formula is made text. */
static void cell_write(ent_buf *buf, ent_str text, bool first)
{
    if (!first)
        ent_buf_byte(buf, ',');
    ent_buf_byte(buf, '"');
    if (text.size > 0 && (strchr("=@\t\r", text.ptr[0]) != NULL ||
                          ((text.ptr[0] == '+' || text.ptr[0] == '-') && text.size > 1 &&
                           !(text.ptr[1] >= '0' && text.ptr[1] <= '9'))))
        ent_buf_byte(buf, '\'');
    for (size_t i = 0; i < text.size; i++) {
        if (text.ptr[i] == '"')
            ent_buf_byte(buf, '"');
        ent_buf_byte(buf, (unsigned char)text.ptr[i]);
    }
    ent_buf_byte(buf, '"');
}

static ent_code table_row(struct run *run, const store_row *row, ent_json object, ent_buf *buf,
                          ent_err *err)
{
    policy_label label;
    ent_buf names;
    ent_str text, rating;
    names_record record;
    bool found = false;

    ENT_TRY(holdings_label(run->arena, object, row->handling, &label, err));
    ent_buf_init(&names, run->arena);
    if (ent_str_is(row->type, "identity"))
        ENT_TRY(holdings_record(run->arena, object, &record, &found, err));
    for (size_t i = 0; found && i < record.name_count; i++)
        ent_buf_printf(&names, "%s%.*s", i > 0 ? "; " : "", ENT_STR_ARG(record.names[i]));
    ENT_TRY(ent_buf_done(&names, &text, err));
    rating = ent_arena_printf(run->arena, "%.*s%.*s", ENT_STR_ARG(label.source),
                              ENT_STR_ARG(label.information));
    if (rating.ptr == NULL)
        return ent_fail_arena(err);
    cell_write(buf, row->id, true);
    cell_write(buf, row->type, false);
    cell_write(buf, holdings_title(object), false);
    cell_write(buf, text, false);
    cell_write(buf, found && record.birth_count > 0 ? record.births[0] : ENT_STR(""), false);
    cell_write(buf, row->version, false);
    cell_write(buf, rating, false);
    cell_write(buf, ent_str_of(policy_category_name(label.category)), false);
    cell_write(buf, row->retention, false);
    cell_write(buf, row->source, false);
    if (store_exercise(run->s))
        cell_write(buf, ENT_STR("EXERCISE"), false);
    ent_buf_c(buf, "\r\n");
    return ENT_OK;
}

static int id_compare(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

static bool is_wanted(const holdings_export *e, const store_row *row)
{
    if (row->bytes.size == 0 || (e->form == HOLDINGS_RECORDS && !ent_str_is(row->type, "identity")))
        return false;
    return e->only == NULL ||
           bsearch(&row->id, e->only, e->only_count, sizeof *e->only, id_compare) != NULL;
}

static ent_code row_write(void *arg, const store_row *row, ent_err *err)
{
    struct run *run = arg;
    const holdings_export *e = run->export;
    ent_json object;
    ent_buf buf;
    ent_str out;
    ent_jw w;

    if (!is_wanted(e, row))
        return ENT_OK;
    run->count++;
    if (e->form == HOLDINGS_STIX) {
        ent_arena_reset(run->arena);
        ENT_TRY(holdings_outgoing(run->s, run->arena, row->bytes, &out, err));
        ENT_TRY(e->write(e->arg, run->count > 1 ? ENT_STR(",\n") : ENT_STR("\n"), err));
        return e->write(e->arg, out, err);
    }
    ent_arena_reset(run->arena);
    ent_buf_init(&buf, run->arena);
    ENT_TRY(ent_json_read(run->arena, row->bytes, &object, err));
    if (e->form == HOLDINGS_RECORDS) {
        ent_jw_init(&w, &buf);
        record_write(&w, row, object, store_exercise(run->s));
        ent_buf_byte(&buf, '\n');
    } else {
        ENT_TRY(table_row(run, row, object, &buf, err));
    }
    ENT_TRY(ent_buf_done(&buf, &out, err));
    return e->write(e->arg, out, err);
}

ent_code holdings_export_run(store *s, const holdings_export *e, size_t *count, ent_err *err)
{
    struct run run = { .s = s, .export = e, .arena = ent_arena_new(OBJECT_MEMORY) };
    ent_code rc = ENT_OK;
    ent_str head;

    if (run.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for an export");
    if (e->form == HOLDINGS_STIX) {
        head = ent_arena_printf(
            run.arena, "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[", e->bundle);
        rc = head.ptr == NULL ? ent_fail_arena(err) : e->write(e->arg, head, err);
    } else if (e->form == HOLDINGS_TABLE) {
        rc = e->write(e->arg,
                      store_exercise(s) ? ENT_STR(TABLE_HEAD ",exercise\r\n")
                                        : ENT_STR(TABLE_HEAD "\r\n"),
                      err);
    }
    if (rc == ENT_OK)
        rc = store_objects_each(s, &e->query, row_write, &run, err);
    if (rc == ENT_OK && e->form == HOLDINGS_STIX)
        rc = e->write(e->arg, ENT_STR("\n]}\n"), err);
    ent_arena_free(run.arena);
    *count = run.count;
    return rc;
}
