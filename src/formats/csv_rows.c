/* What the columns of a table say. */
#include "formats/csv_int.h"

#include <strings.h>

enum table { UK, EU, ANY };

static const struct {
    const char *title;
    enum table table;
    formats_member member;
} columns[] = {
#define X(table, title, member) { (title), (table), FORMATS_MEMBER_##member },
#include "formats/columns.def"
#undef X
};

static const char *const member_names[FORMATS_MEMBER_COUNT] = {
#define X(symbol, name) [FORMATS_MEMBER_##symbol] = (name),
#include "formats/csv_members.def"
#undef X
};

/* Equal by letters and digits, without regard to case. */
static bool title_is(ent_str title, const char *plain)
{
    for (size_t i = 0; i < title.size; i++) {
        char c = title.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            continue;
        if (c != *plain++)
            return false;
    }
    return *plain == '\0';
}

static formats_member column_find(enum table table, ent_str title)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (columns[i].table == table && title_is(title, columns[i].title))
            return columns[i].member;
    return FORMATS_MEMBER_NONE;
}

static bool has_title(const ent_str *titles, size_t count, const char *plain)
{
    for (size_t i = 0; i < count; i++)
        if (title_is(titles[i], plain))
            return true;
    return false;
}

formats_kind formats_table_kind(const ent_str *titles, size_t count)
{
    if (has_title(titles, count, "name6") && has_title(titles, count, "groupid"))
        return FORMATS_UK_CSV;
    if (has_title(titles, count, "celex") && has_title(titles, count, "recordid"))
        return FORMATS_EU_CSV;
    return FORMATS_CSV;
}

/* ---- the titles ---- */

static ent_code mapped(ent_json mapping, ent_str title, formats_member *member, ent_err *err)
{
    for (ent_json m = ent_json_first(ent_json_get(mapping, "columns")); m.doc != NULL;
         m = ent_json_next(m)) {
        ent_str name = ent_json_str(m);

        if (!ent_str_equal(ent_json_name(m), title))
            continue;
        for (int i = 0; i < FORMATS_MEMBER_COUNT; i++)
            if (ent_str_is(name, member_names[i])) {
                *member = (formats_member)i;
                return ENT_OK;
            }
        return ent_fail(err, ENT_FORMAT,
                        "the mapping's column '%.*s' is mapped to '%.*s', which is no member",
                        title.size > 60 ? 60 : (int)title.size, title.ptr,
                        name.size > 60 ? 60 : (int)name.size, name.ptr == NULL ? "" : name.ptr);
    }
    *member = FORMATS_MEMBER_NONE;
    return ENT_OK;
}

ent_code formats_table_read(formats_table *table, const ent_str *titles, size_t count,
                            ent_json mapping, ent_err *err)
{
    enum table known = table->kind == FORMATS_UK_CSV   ? UK
                       : table->kind == FORMATS_EU_CSV ? EU
                                                       : ANY;
    ent_str separator = ent_json_get_text(mapping, "separator");
    bool named = false;

    table->count = count;
    table->agency = known == UK ? ENT_STR("UK") : known == EU ? ENT_STR("EU") : ENT_STR("");
    table->schema = ent_json_get_text(mapping, "schema");
    if (ent_json_get_text(mapping, "agency").size > 0)
        table->agency = ent_json_get_text(mapping, "agency");
    if (table->schema.size == 0)
        table->schema = ENT_STR("person");
    table->separator = separator.size == 1 ? separator.ptr[0] : ';';
    for (size_t i = 0; i < count; i++) {
        if (mapping.doc != NULL)
            ENT_TRY(mapped(mapping, titles[i], &table->columns[i], err));
        else
            table->columns[i] = column_find(known, titles[i]);
        table->special[i] = formats_special(titles[i]);
        if (table->special[i])
            table->columns[i] = FORMATS_MEMBER_NONE;
        named = named || table->columns[i] == FORMATS_MEMBER_NAME ||
                table->columns[i] == FORMATS_MEMBER_FAMILY;
    }
    return named ? ENT_OK
                 : ent_fail(err, ENT_FORMAT,
                            "no column of the table is a name; --mapping FILE says "
                            "which column is what (`entente help import`)");
}

/* ---- cells ---- */

struct rows {
    ent_arena *arena;
    const formats_table *table;
    formats_record *record;
};

/* "(1) a (2) b", "a; b", "a or b": the next value, moved behind it. */
static bool value_next(ent_str *rest, char separator, bool or_splits, ent_str *value)
{
    size_t end = 0;

    while (rest->size > 3 && rest->ptr[0] == '(' && rest->ptr[1] >= '0' && rest->ptr[1] <= '9' &&
           (rest->ptr[2] == ')' || rest->ptr[3] == ')')) {
        size_t skip = rest->ptr[2] == ')' ? 3 : 4;

        *rest = formats_trimmed((ent_str){ rest->ptr + skip, rest->size - skip });
    }
    if (rest->size == 0)
        return false;
    while (end < rest->size && rest->ptr[end] != separator &&
           !(end > 0 && end + 3 <= rest->size && rest->ptr[end] == '(' &&
             rest->ptr[end + 1] >= '0' && rest->ptr[end + 1] <= '9' && rest->ptr[end + 2] == ')') &&
           !(or_splits && end + 4 <= rest->size && memcmp(rest->ptr + end, " or ", 4) == 0))
        end++;
    *value = formats_trimmed((ent_str){ rest->ptr, end });
    if (end < rest->size && rest->ptr[end] == separator)
        end++;
    else if (or_splits && end + 4 <= rest->size && memcmp(rest->ptr + end, " or ", 4) == 0)
        end += 4;
    *rest = formats_trimmed((ent_str){ rest->ptr + end, rest->size - end });
    return true;
}

static void name_put(formats_record *r, ent_str full, const char *kind)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (ent_str_equal(r->names[i].full, full)) {
            if (strcmp(kind, "primary") == 0)
                r->names[i].kind = ENT_STR("primary");
            return;
        }
    if (full.size > 0 && r->name_count < FORMATS_ROWS)
        r->names[r->name_count++] =
            (formats_name_row){ full, formats_script(full), ent_str_of(kind) };
}

/* "Sergei X (Сергей X)" is two names if the scripts differ. */
static void name_add(formats_record *r, ent_str text, const char *kind)
{
    const char *open = memchr(text.ptr, '(', text.size);
    ent_str before, inside;

    if (text.size > 3 && open != NULL && open > text.ptr && text.ptr[text.size - 1] == ')') {
        before = formats_trimmed((ent_str){ text.ptr, (size_t)(open - text.ptr) });
        inside = (ent_str){ open + 1, text.size - (size_t)(open - text.ptr) - 2 };
        if (before.size > 0 && inside.size > 0 &&
            !ent_str_equal(formats_script(before), formats_script(inside))) {
            name_put(r, before, kind);
            name_put(r, inside, "orig");
            return;
        }
    }
    name_put(r, text, kind);
}

static void text_put(ent_str *list, size_t *count, ent_str text)
{
    for (size_t i = 0; i < *count; i++)
        if (ent_str_equal(list[i], text))
            return;
    if (text.size > 0 && *count < FORMATS_ROWS)
        list[(*count)++] = text;
}

/* "C2002515 (Iran). Issued ...": the first word with a digit; the country in brackets. */
static void document_put(formats_record *r, const char *type, ent_str text)
{
    ent_str number = { NULL, 0 }, issuer = ENT_STR("");
    const char *open = memchr(text.ptr, '(', text.size), *close;

    for (size_t at = 0, end; at < text.size && number.ptr == NULL; at = end + 1) {
        for (end = at; end < text.size && strchr(" ,;()", text.ptr[end]) == NULL; end++)
            ;
        for (size_t i = at; i < end; i++)
            if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
                number = (ent_str){ text.ptr + at, end - at };
    }
    if (number.ptr == NULL)
        return;
    if (open != NULL) {
        close = memchr(open, ')', text.size - (size_t)(open - text.ptr));
        if (close != NULL)
            issuer = formats_country((ent_str){ open + 1, (size_t)(close - open - 1) });
        if (issuer.size != 2)
            issuer = ENT_STR("");
    }
    for (size_t i = 0; i < r->document_count; i++)
        if (ent_str_equal(r->documents[i].number, number))
            return;
    if (r->document_count < FORMATS_ROWS)
        r->documents[r->document_count++] = (formats_document){ ent_str_of(type), issuer, number };
}

/* 00/00/1957 is 1957. */
static ent_str date_shorten(ent_str date)
{
    while (date.size > 3 && memcmp(date.ptr, "00/", 3) == 0) {
        date.ptr += 3;
        date.size -= 3;
    }
    return date;
}

static ent_str schema_of(ent_str text)
{
    static const struct {
        const char *word, *schema;
    } words[] = { { "individual", "person" }, { "person", "person" }, { "natural", "person" },
                  { "vessel", "vessel" },     { "ship", "vessel" },   { "aircraft", "aircraft" },
                  { "airplane", "aircraft" } };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text.size >= strlen(words[i].word) &&
            strncasecmp(text.ptr, words[i].word, strlen(words[i].word)) == 0)
            return ent_str_of(words[i].schema);
    return ENT_STR("org");
}

static bool says_something(ent_str value)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.ptr[i];

        if ((c & 0x80) != 0 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
            (c >= 'A' && c <= 'Z'))
            return true;
    }
    return false;
}

/* One value of a cell that may hold several. */
static void value_take(struct rows *rows, formats_member member, ent_str value)
{
    formats_record *r = rows->record;

    switch ((int)member) {
    case FORMATS_MEMBER_NAME:
        name_add(r, value, r->name_count == 0 ? "primary" : "alias");
        break;
    case FORMATS_MEMBER_ALIAS:
    case FORMATS_MEMBER_WEAK:
    case FORMATS_MEMBER_FORMER:
        name_add(r, value, member_names[member]);
        break;
    case FORMATS_MEMBER_ORIGINAL:
        name_put(r, value, "orig");
        break;
    case FORMATS_MEMBER_BIRTH:
        text_put(r->births, &r->birth_count, date_shorten(value));
        break;
    case FORMATS_MEMBER_PLACE:
        text_put(r->places, &r->place_count, value);
        break;
    case FORMATS_MEMBER_NATION:
        text_put(r->nations, &r->nation_count, value);
        break;
    default:
        document_put(r, member_names[member], value);
        break;
    }
}

/* A cell that is one value. */
static bool single_take(struct rows *rows, formats_member member, ent_str cell)
{
    formats_record *r = rows->record;

    switch ((int)member) {
    case FORMATS_MEMBER_AGENCY:
        r->agency = cell;
        return true;
    case FORMATS_MEMBER_SCHEMA:
        r->schema = schema_of(cell);
        return true;
    case FORMATS_MEMBER_GENDER:
        r->gender = strncasecmp(cell.ptr, "f", 1) == 0 ? ENT_STR("f") : ENT_STR("m");
        return true;
    case FORMATS_MEMBER_PROGRAM:
        r->program = cell;
        return true;
    case FORMATS_MEMBER_NOTES:
        r->notes = cell;
        return true;
    case FORMATS_MEMBER_EXERCISE:
        r->exercise = r->exercise || cell.size > 0;
        return true;
    default:
        return member == FORMATS_MEMBER_NONE || member == FORMATS_MEMBER_ID ||
               member == FORMATS_MEMBER_GIVEN || member == FORMATS_MEMBER_FAMILY ||
               member == FORMATS_MEMBER_KIND || member == FORMATS_MEMBER_QUALITY;
    }
}

/* ---- rows ---- */

/* The cells of one member, in order, with `gap` between. */
static ent_code cells_join(ent_arena *arena, const formats_table *t, const formats_row *row,
                           formats_member member, const char *gap, ent_buf *buf, ent_err *err)
{
    (void)arena;
    (void)err;
    for (size_t i = 0; i < row->count; i++)
        if (t->columns[i] == member && row->cells[i].size > 0)
            ent_buf_printf(buf, "%s%.*s", buf->size > 0 ? gap : "", ENT_STR_ARG(row->cells[i]));
    return ENT_OK;
}

ent_code formats_row_id(ent_arena *arena, const formats_table *t, const formats_row *row,
                        ent_str *id, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ENT_TRY(cells_join(arena, t, row, FORMATS_MEMBER_ID, "-", &buf, err));
    /* The journal numbers some annexes anew and others not at all. */
    if (t->kind == FORMATS_EU_CSV)
        ENT_TRY(cells_join(arena, t, row, FORMATS_MEMBER_NAME, "-", &buf, err));
    ENT_TRY(ent_buf_done(&buf, id, err));
    if (id->ptr == NULL)
        *id = ENT_STR("");
    return ENT_OK;
}

static bool begins(ent_str text, const char *with)
{
    return text.size >= strlen(with) && strncasecmp(text.ptr, with, strlen(with)) == 0;
}

/* "Prime Alias", "Primary name", "Primary name variation", "AKA", "FKA"; "Low quality". */
static const char *name_kind(ent_str kind, ent_str quality)
{
    if (begins(kind, "primary name v"))
        return "alias";
    if (kind.size == 0 || begins(kind, "prim"))
        return "primary";
    if (begins(kind, "fka"))
        return "former";
    return begins(quality, "low") ? "weak" : "alias";
}

/* Given and family names in their own columns, with the kind that the row says. */
static ent_code parted_name(struct rows *rows, const formats_row *row, ent_err *err)
{
    ent_str full, kind, quality;
    ent_buf name, type, good;

    ent_buf_init(&name, rows->arena);
    ent_buf_init(&type, rows->arena);
    ent_buf_init(&good, rows->arena);
    ENT_TRY(cells_join(rows->arena, rows->table, row, FORMATS_MEMBER_GIVEN, " ", &name, err));
    ENT_TRY(cells_join(rows->arena, rows->table, row, FORMATS_MEMBER_FAMILY, " ", &name, err));
    ENT_TRY(cells_join(rows->arena, rows->table, row, FORMATS_MEMBER_KIND, " ", &type, err));
    ENT_TRY(cells_join(rows->arena, rows->table, row, FORMATS_MEMBER_QUALITY, " ", &good, err));
    ENT_TRY(ent_buf_done(&name, &full, err));
    ENT_TRY(ent_buf_done(&type, &kind, err));
    ENT_TRY(ent_buf_done(&good, &quality, err));
    if (full.size == 0)
        return ENT_OK;
    name_put(rows->record, full, name_kind(kind, quality));
    return ENT_OK;
}

ent_code formats_rows_read(ent_arena *arena, const formats_table *t, const formats_row *row,
                           formats_record *record, size_t *dropped, ent_err *err)
{
    struct rows rows = { arena, t, record };

    *dropped = 0;
    ENT_TRY(formats_record_new(arena, record, err));
    record->agency = t->agency;
    record->schema = t->schema;
    ENT_TRY(formats_row_id(arena, t, row, &record->id, err));
    for (; row != NULL; row = row->next) {
        ENT_TRY(parted_name(&rows, row, err));
        for (size_t i = 0; i < row->count; i++) {
            ent_str rest = row->cells[i], value;

            if (rest.size == 0)
                continue;
            *dropped += t->special[i];
            if (single_take(&rows, t->columns[i], rest))
                continue;
            while (value_next(&rest, t->separator, t->columns[i] == FORMATS_MEMBER_BIRTH, &value))
                if (says_something(value))
                    value_take(&rows, t->columns[i], value);
        }
    }
    if (record->id.size > 0 || record->name_count == 0)
        return ENT_OK;
    record->id = record->names[0].full; /* a table without ids: a name is its row's */
    return ENT_OK;
}
