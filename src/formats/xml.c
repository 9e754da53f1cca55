#include "formats/xml_int.h"

#include "base/limits.h"

#include <expat.h>
#include <stdlib.h>

#define DEPTH 64

struct xml_state {
    formats_reader *reader;
    XML_Parser parser;
    const formats_xml_list *list;
    formats_xml *open[DEPTH]; /* of the entry being read */
    ent_buf text[DEPTH];
    char fact[32]; /* the text of the element before the entries, in `fact_size` bytes */
    size_t fact_size;
    int depth;       /* of the document */
    int entry_depth; /* depth of the entry's element; 0: in none */
    size_t size;     /* characters of the entry so far */
    size_t dropped;  /* elements on what is held of nobody */
    uint64_t start;
    size_t start_line;
    const char *wrong; /* with the entry: it is given as rejected */
    ent_code rc;       /* what stopped the reading */
    ent_err *err;
};

const formats_xml *formats_xml_child(const formats_xml *node, const char *name)
{
    const formats_xml *child = node == NULL ? NULL : node->first;

    while (child != NULL && !ent_str_is(child->name, name))
        child = child->next;
    return child;
}

const formats_xml *formats_xml_more(const formats_xml *node)
{
    const formats_xml *next = node->next;

    while (next != NULL && !ent_str_equal(next->name, node->name))
        next = next->next;
    return next;
}

ent_str formats_xml_text(const formats_xml *node, const char *name)
{
    const formats_xml *child = formats_xml_child(node, name);

    return child == NULL ? ENT_STR("") : child->text;
}

ent_str formats_xml_attribute(const formats_xml *node, const char *name)
{
    for (const char *const *a = node->attributes; a != NULL && *a != NULL; a += 2)
        if (strcmp(*a, name) == 0)
            return ent_str_of(a[1]);
    return ENT_STR("");
}

/* ---- building an entry ---- */

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon == NULL ? name : colon + 1;
}

static void stop(struct xml_state *s, ent_code rc)
{
    s->rc = rc;
    (void)XML_StopParser(s->parser, XML_FALSE);
}

static ent_code place_fail(struct xml_state *s, ent_code code, const char *what)
{
    return ent_fail(s->err, code, "line %lu (byte %lld): %s",
                    (unsigned long)XML_GetCurrentLineNumber(s->parser),
                    (long long)XML_GetCurrentByteIndex(s->parser), what);
}

static bool is_entry(const struct xml_state *s, const char *name)
{
    for (size_t i = 0; i < 2; i++)
        if (s->list->entries[i] != NULL && strcmp(s->list->entries[i], name) == 0)
            return true;
    return false;
}

static const char *const *attributes_copy(ent_arena *arena, const char **from)
{
    size_t count = 0;
    const char **copy;

    while (from[count] != NULL)
        count++;
    copy = ent_arena_array(arena, count + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = ent_arena_str(arena, ent_str_of(from[i])).ptr;
        if (copy[i] == NULL)
            return NULL;
    }
    return copy;
}

static bool node_open(struct xml_state *s, const char *name, const char **attributes)
{
    ent_arena *arena = s->reader->arena;
    int level = s->depth - s->entry_depth;
    formats_xml *node = ent_arena_alloc(arena, sizeof *node);

    if (node == NULL)
        return false;
    node->name = ent_arena_str(arena, ent_str_of(name));
    node->attributes = attributes_copy(arena, attributes);
    if (node->name.ptr == NULL || node->attributes == NULL)
        return false;
    if (level > 0) {
        formats_xml *parent = s->open[level - 1];

        if (parent->last == NULL)
            parent->first = node;
        else
            parent->last->next = node;
        parent->last = node;
    }
    s->open[level] = node;
    ent_buf_init(&s->text[level], arena);
    return true;
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct xml_state *s = arg;

    s->depth++;
    if (s->depth >= DEPTH) {
        stop(s, place_fail(s, ENT_LIMIT, "the document is deeper than 64 elements"));
        return;
    }
    if (s->depth == 1) {
        s->list = formats_xml_list_of(ent_str_of(local_name(name)));
        if (s->list == NULL) {
            stop(s, ent_fail(s->err, ENT_FORMAT,
                             "the root element '%.60s' is of no known list; `entente help import` "
                             "lists them",
                             name));
            return;
        }
        s->reader->kind = s->list->kind;
        s->reader->edition.list = s->list->edition;
        for (size_t i = 0; attributes[i] != NULL; i += 2)
            if (strcmp(attributes[i], "dateGenerated") == 0 ||
                strcmp(attributes[i], "generationDate") == 0)
                formats_edition_day(s->reader, ent_str_of(attributes[i + 1]));
        return;
    }
    name = local_name(name);
    s->fact_size = 0;
    if (s->entry_depth == 0 && is_entry(s, name)) {
        ent_arena_reset(s->reader->arena);
        s->entry_depth = s->depth;
        s->size = s->dropped = 0;
        s->wrong = NULL;
        s->start = (uint64_t)XML_GetCurrentByteIndex(s->parser);
        s->start_line = (size_t)XML_GetCurrentLineNumber(s->parser);
    }
    if (s->entry_depth == 0 || s->wrong != NULL)
        return;
    s->dropped += formats_special(ent_str_of(name));
    s->size += strlen(name) + sizeof(formats_xml);
    if (s->size > ENT_LIMIT_ITEM_SIZE || !node_open(s, name, attributes))
        s->wrong = "the entry is larger than ITEM_SIZE (`entente limits`)";
}

static void on_text(void *arg, const char *text, int size)
{
    struct xml_state *s = arg;

    if (s->entry_depth == 0 && (size_t)size < sizeof s->fact - s->fact_size) {
        memcpy(s->fact + s->fact_size, text, (size_t)size);
        s->fact_size += (size_t)size;
    }
    if (s->entry_depth == 0 || s->wrong != NULL)
        return;
    s->size += (size_t)size;
    if (s->size > ENT_LIMIT_ITEM_SIZE)
        s->wrong = "the entry is larger than ITEM_SIZE (`entente limits`)";
    else
        ent_buf_put(&s->text[s->depth - s->entry_depth], text, (size_t)size);
}

static int64_t count_read(ent_str text)
{
    int64_t count = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i > 8)
            return -1;
        count = count * 10 + (text.ptr[i] - '0');
    }
    return text.size == 0 ? -1 : count;
}

/* What stands before the entries: the day, and how many there are. */
static void fact_take(struct xml_state *s, const char *name)
{
    ent_str text = formats_trimmed((ent_str){ s->fact, s->fact_size });

    if (strcmp(name, "dataAsOf") == 0) {
        formats_edition_day(s->reader, text);
    } else if (strcmp(name, "Publish_Date") == 0 && text.size == 10) { /* month/day/year */
        char day[10];

        memcpy(day, text.ptr + 3, 3);
        memcpy(day + 3, text.ptr, 3);
        memcpy(day + 6, text.ptr + 6, 4);
        formats_edition_day(s->reader, (ent_str){ day, sizeof day });
    } else if (strcmp(name, "Record_Count") == 0) {
        s->reader->edition.entry_count = count_read(text);
    }
    s->fact_size = 0;
}

static ent_code entry_give(struct xml_state *s)
{
    formats_reader *r = s->reader;
    formats_item item = { .offset = s->start, .line = s->start_line, .dropped = s->dropped };
    formats_record record;
    ent_err wrong = { 0 };
    ent_code rc;

    if (s->wrong != NULL)
        return formats_give_wrong(r, s->start, s->start_line, s->wrong, s->err);
    rc = formats_record_new(r->arena, &record, &wrong);
    record.agency = ent_str_of(s->list->agency);
    if (rc == ENT_OK)
        rc = s->list->read(r->arena, s->open[0], &record, &wrong);
    if (rc == ENT_OK && record.id.size == 0)
        rc = ent_fail(&wrong, ENT_FORMAT, "the entry has no id");
    item.agency = record.agency;
    item.dropped += record.dropped;
    if (rc == ENT_OK)
        rc = formats_record_write(r->arena, &record, &item.object, &item.key, &wrong);
    if (rc == ENT_OK)
        return formats_give(r, &item, s->err);
    *s->err = wrong;
    return formats_give_wrong(r, s->start, s->start_line, NULL, s->err);
}

static void on_end(void *arg, const char *name)
{
    struct xml_state *s = arg;
    int level = s->depth - s->entry_depth;
    ent_code rc;

    if (s->rc != ENT_OK)
        return;
    if (s->entry_depth == 0)
        fact_take(s, local_name(name));
    if (s->entry_depth > 0 && s->wrong == NULL) {
        if (s->text[level].failed)
            s->wrong = "the entry is larger than ITEM_SIZE (`entente limits`)";
        else
            s->open[level]->text = formats_trimmed((ent_str){
                s->text[level].ptr == NULL ? "" : s->text[level].ptr, s->text[level].size });
    }
    if (s->entry_depth == s->depth) {
        rc = entry_give(s);
        s->entry_depth = 0;
        if (rc != ENT_OK)
            stop(s, rc);
    }
    s->depth--;
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public,
                       int internal)
{
    struct xml_state *s = arg;

    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(s, place_fail(s, ENT_FORMAT,
                       "a document type declaration is refused: entities can expand "
                       "without end"));
}

/* ---- the backend ---- */

static void xml_close(void *state)
{
    struct xml_state *s = state;

    XML_ParserFree(s->parser);
    free(s);
}

static void *xml_open(formats_reader *reader)
{
    struct xml_state *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->reader = reader;
    s->parser = XML_ParserCreate(NULL);
    if (s->parser == NULL) {
        free(s);
        return NULL;
    }
    XML_SetUserData(s->parser, s);
    XML_SetElementHandler(s->parser, on_start, on_end);
    XML_SetCharacterDataHandler(s->parser, on_text);
    XML_SetStartDoctypeDeclHandler(s->parser, on_doctype);
    return s;
}

static ent_code parse(struct xml_state *s, const char *bytes, size_t size, bool final, ent_err *err)
{
    s->err = err;
    while (size > 0 || final) {
        int piece = size > (1 << 20) ? 1 << 20 : (int)size;
        bool last = final && (size_t)piece == size;

        if (XML_Parse(s->parser, bytes, piece, last) != XML_STATUS_OK) {
            if (s->rc != ENT_OK)
                return s->rc;
            return place_fail(s, ENT_FORMAT, XML_ErrorString(XML_GetErrorCode(s->parser)));
        }
        bytes += piece;
        size -= (size_t)piece;
        if (last)
            break;
    }
    return ENT_OK;
}

static ent_code xml_feed(void *state, const char *bytes, size_t size, ent_err *err)
{
    return parse(state, bytes, size, false, err);
}

static ent_code xml_end(void *state, ent_err *err)
{
    return parse(state, "", 0, true, err);
}

const formats_backend formats_xml_backend = { xml_open, xml_close, xml_feed, xml_end };
