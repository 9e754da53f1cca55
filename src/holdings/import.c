#include "holdings/import.h"

#include "base/json_write.h"
#include "holdings/edition.h"
#include "holdings/mint.h"
#include "holdings/special.h"
#include "stix/check.h"

#include <stdlib.h>

/* A commit costs one sync of the disk; a batch is what may be lost and read again. */
#define BATCH_ITEMS 2000
#define BATCH_BYTES ((size_t)16 << 20)
#define NOTE_MEMORY ((size_t)64 << 20)
#define ITEM_MEMORY ((size_t)256 << 20)
#define LABELS      8

/* Items that are looked up at once, where that saves journeys to a server. */
#define AHEAD_ITEMS 200
#define AHEAD_BYTES ((size_t)1 << 20)

static const struct list {
    const char *agency, *purpose, *source, *information, *category;
    int months;
} lists[] = {
#define X(agency, purpose, source, information, category, months) \
    { (agency), (purpose), (source), (information), (category), (months) },
#include "holdings/lists.def"
#undef X
};

#define LIST_COUNT (sizeof lists / sizeof *lists)

struct note_row {
    struct note_row *next;
    holdings_note note;
};

/* An item that waits for others to be looked up with it. */
struct waiting {
    formats_item item; /* without its object and arena */
    ent_err wrong;
    ent_str object; /* its text */
};

struct holdings_import {
    store *s;
    holdings_import_options options;
    formats_reader *reader;
    ent_arena *batch;  /* notes that are not told yet */
    ent_arena *labels; /* label texts, for the whole import */
    struct note_row *first, **last;
    ent_str list_labels[LIST_COUNT][2]; /* of things, of persons; made when needed */
    ent_json label;                     /* of the options */
    holdings_ids ids;
    holdings_edition edition;
    bool edition_begun;
    const char *kept;        /* why nothing is delisted, or "" */
    bool open;               /* a transaction */
    ent_arena *ahead, *item; /* of what waits, and of the one that is admitted */
    struct waiting *waiting;
    size_t waiting_count;
    size_t items, bytes;
    holdings_import_count count;
};

static ent_code item_take(void *arg, const formats_item *item, ent_err *err);

ent_code holdings_import_new(store *s, const holdings_import_options *options,
                             holdings_import **import, ent_err *err)
{
    holdings_import *i = calloc(1, sizeof *i);
    ent_code rc;

    if (i != NULL) {
        i->s = s;
        i->options = *options;
        i->batch = ent_arena_new(NOTE_MEMORY);
        i->labels = ent_arena_new(NOTE_MEMORY);
        i->last = &i->first;
        i->kept = "";
        i->ahead = ent_arena_new(NOTE_MEMORY);
        i->item = ent_arena_new(ITEM_MEMORY);
    }
    if (i == NULL || i->batch == NULL || i->labels == NULL || i->ahead == NULL || i->item == NULL) {
        holdings_import_free(i);
        return ent_fail(err, ENT_MEMORY, "no memory for an import");
    }
    rc = holdings_ids_open(s, i->labels, options->random, options->random_arg, options->now,
                           &i->ids, err);
    if (rc == ENT_OK && options->label.size > 0)
        rc = ent_json_read(i->labels, options->label, &i->label, err);
    if (rc == ENT_OK)
        rc = formats_reader_new(&options->formats, item_take, i, &i->reader, err);
    if (rc != ENT_OK) {
        holdings_import_free(i);
        return rc;
    }
    *import = i;
    return ENT_OK;
}

void holdings_import_free(holdings_import *i)
{
    if (i == NULL)
        return;
    if (i->open)
        store_rollback(i->s);
    formats_reader_free(i->reader);
    ent_arena_free(i->batch);
    ent_arena_free(i->labels);
    ent_arena_free(i->ahead);
    ent_arena_free(i->item);
    free(i);
}

/* ---- batches ---- */

static ent_code batch_begin(holdings_import *i, ent_err *err)
{
    if (i->open)
        return ENT_OK;
    ENT_TRY(store_begin(i->s, err));
    i->open = true;
    return ENT_OK;
}

static ent_code batch_commit(holdings_import *i, ent_err *err)
{
    if (i->open) {
        ENT_TRY(store_commit(i->s, err));
        i->open = false;
    }
    for (const struct note_row *row = i->first; row != NULL; row = row->next)
        if (i->options.note != NULL)
            i->options.note(i->options.arg, &row->note);
    i->first = NULL;
    i->last = &i->first;
    i->items = i->bytes = 0;
    ent_arena_reset(i->batch);
    if (i->options.progress != NULL)
        i->options.progress(i->options.arg, &i->count);
    return ENT_OK;
}

static ent_code note_add(holdings_import *i, const formats_item *item, ent_str id, bool quarantined,
                         ent_str reason, ent_err *err)
{
    struct note_row *row = ent_arena_alloc(i->batch, sizeof *row);

    if (row == NULL)
        return ent_fail_arena(err);
    row->note = (holdings_note){ .index = item->index,
                                 .line = item->line,
                                 .offset = item->offset,
                                 .id = ent_arena_str(i->batch, id.ptr == NULL ? ENT_STR("") : id),
                                 .quarantined = quarantined,
                                 .reason = ent_arena_str(i->batch, reason) };
    if (row->note.id.ptr == NULL || row->note.reason.ptr == NULL)
        return ent_fail_arena(err);
    *i->last = row;
    i->last = &row->next;
    if (quarantined)
        i->count.quarantined++;
    else
        i->count.rejected++;
    return ENT_OK;
}

/* ---- labels ---- */

static void retention_write(ent_jw *w, ent_time now, int months)
{
    int year, month, day;

    ent_day_split((ent_day)(now / ENT_DAY_TIME), &year, &month, &day);
    month += months;
    year += (month - 1) / 12;
    month = (month - 1) % 12 + 1;
    while (!ent_date_exists(year, month, day))
        day--;
    ent_jw_printf(w, "%04d-%02d-%02d", year, month, day);
}

/* What a record of this list lacks, under what the options say. */
static ent_code list_label(holdings_import *i, const struct list *list, bool person, ent_str *label,
                           ent_err *err)
{
    static const char *const members[] = { "rating", "purposes", "category", "retention",
                                           "discover" };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, i->labels);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json m = ent_json_first(i->label); m.doc != NULL; m = ent_json_next(m)) {
        ent_jw_key_str(&w, ent_json_name(m));
        ent_jw_raw(&w, ent_json_raw(m));
    }
    for (size_t n = 0; n < sizeof members / sizeof *members; n++) {
        if (ent_json_get(i->label, members[n]).doc != NULL)
            continue;
        ent_jw_key(&w, members[n]);
        if (n == 0) {
            ent_jw_object(&w);
            ent_jw_key(&w, "scale");
            ent_jw_c(&w, "admiralty");
            ent_jw_key(&w, "source");
            ent_jw_c(&w, list->source);
            ent_jw_key(&w, "information");
            ent_jw_c(&w, list->information);
            ent_jw_end(&w);
        } else if (n == 1) {
            ent_jw_array(&w);
            ent_jw_c(&w, list->purpose);
            ent_jw_end(&w);
        } else if (n == 2) {
            ent_jw_c(&w, person ? list->category : "none");
        } else if (n == 3) {
            retention_write(&w, i->options.now, list->months);
        } else {
            ent_jw_c(&w, "pointer");
        }
    }
    ent_jw_end(&w);
    return ent_buf_done(&buf, label, err);
}

/* *listed: it is the label of a published list, with its own retention. */
static ent_code label_of(holdings_import *i, const formats_item *item, ent_str *label, bool *listed,
                         ent_err *err)
{
    bool person = ent_str_is(ent_json_get_text(item->object, "identity_class"), "individual");

    *label = i->options.label;
    for (size_t n = 0; n < LIST_COUNT; n++) {
        if (!ent_str_is(item->agency, lists[n].agency))
            continue;
        if (i->list_labels[n][person].ptr == NULL)
            ENT_TRY(list_label(i, &lists[n], person, &i->list_labels[n][person], err));
        *label = i->list_labels[n][person];
        *listed = ent_json_get(i->label, "retention").doc == NULL;
        return ENT_OK;
    }
    return ENT_OK;
}

/* ---- items ---- */

/* What breaks a MUST of the specification is rejected; of what the specification leaves to
 * others (types and properties that begin with x) only the form was read. */
static ent_code rules_check(ent_arena *arena, ent_json object, ent_err *err)
{
    stix_report report;

    stix_report_init(&report, arena);
    stix_check(object, &report);
    if (report.full)
        return ent_fail_arena(err);
    if (report.errors == 0 || ent_str_starts(ent_json_get_text(object, "type"), ENT_STR("x-")))
        return ENT_OK;
    for (size_t i = 0; i < report.count; i++) {
        const stix_issue *issue = &report.issues[i];
        ent_buf path, message;
        ent_str where, what;

        if (stix_rule_level(issue->rule) != STIX_MUST)
            continue;
        ent_buf_init(&path, arena);
        ent_buf_init(&message, arena);
        stix_issue_path(&report, issue, &path);
        stix_issue_message(issue, &message);
        ENT_TRY(ent_buf_done(&path, &where, err));
        ENT_TRY(ent_buf_done(&message, &what, err));
        /* A new type that does not name its extension is read by those who know it. */
        if (issue->rule != STIX_RULE_CLOSED_PROPERTY &&
            (ent_str_starts(where, ENT_STR("x_")) || ent_str_is(where, "extensions")))
            continue;
        return ent_fail(err, ENT_FORMAT, "'%.*s': %.*s [%s]",
                        where.size > 100 ? 100 : (int)where.size,
                        where.ptr == NULL ? "" : where.ptr, what.size > 300 ? 300 : (int)what.size,
                        what.ptr, stix_rule_specification(issue->rule));
    }
    return ENT_OK;
}

/* FORMAT and LIMIT are the item's; every other failure is the store's. */
static ent_code item_admit(holdings_import *i, const formats_item *item, holdings_entry *entry,
                           holdings_result *result, ent_str *reason, ent_err *err)
{
    holdings_origin origin = { .owner = "", .source = i->options.source, .now = i->options.now };
    ent_json object = item->object;
    ent_str bytes = ent_json_raw(object);
    bool listed = false;
    size_t cut;

    ENT_TRY(label_of(i, item, &origin.sidecar, &listed, err));
    if (item->key.size == 0) {
        ENT_TRY(holdings_special_cut(item->arena, &object, &cut, err));
        i->count.dropped += cut;
        bytes = ent_json_raw(object);
    } else {
        ENT_TRY(holdings_mint(i->s, item->arena, &i->ids, i->options.now, object, item->key, &bytes,
                              err));
        ENT_TRY(ent_json_read(item->arena, bytes, &object, err));
        if (i->edition.list.size > 0)
            ENT_TRY(holdings_edition_mark(&i->edition, ent_json_get_text(object, "id"),
                                          i->options.now, err));
    }
    i->bytes += bytes.size;
    ENT_TRY(holdings_index_object(item->arena, object, origin.sidecar, entry, err));
    ENT_TRY(rules_check(item->arena, object, err));
    ENT_TRY(holdings_admit_entry(i->s, item->arena, &origin, bytes, entry, result, reason, err));
    if (*result != HOLDINGS_CONFLICT && i->options.held != NULL)
        ENT_TRY(i->options.held(i->options.held_arg, item->arena, entry->id, err));
    if (*result == HOLDINGS_UPDATED && i->options.changed != NULL)
        ENT_TRY(i->options.changed(i->options.changed_arg, item->arena, entry->id, entry->revoked,
                                   err));
    return listed && *result == HOLDINGS_UNCHANGED ? holdings_renew(i->s, item->arena, entry, err)
                                                   : ENT_OK;
}

static ent_code result_count(holdings_import *i, const formats_item *item, ent_str id,
                             holdings_result result, ent_str reason, ent_err *err)
{
    switch (result) {
    case HOLDINGS_ADDED:
    case HOLDINGS_OLDER:
        i->count.added++;
        return ENT_OK;
    case HOLDINGS_UPDATED:
        i->count.updated++;
        return ENT_OK;
    case HOLDINGS_UNCHANGED:
        i->count.unchanged++;
        return ENT_OK;
    case HOLDINGS_QUARANTINED:
        return note_add(i, item, id, true, reason, err);
    case HOLDINGS_CONFLICT:
    case HOLDINGS_RESULT_COUNT:
    default:
        return note_add(i, item, id, false, reason, err);
    }
}

/* Whose edition it is, is known with the first item.  What is STIX as it stands has makers of
 * its own, and only they may revoke it. */
static ent_code edition_begin(holdings_import *i, const formats_item *item, ent_err *err)
{
    formats_edition edition = formats_reader_edition(i->reader);
    const char *list = i->options.edition == NULL ? edition.list : i->options.edition;

    if (i->edition_begun)
        return ENT_OK;
    i->edition_begun = true;
    if (list[0] == '\0' || strcmp(list, "none") == 0)
        return ENT_OK;
    if (item->key.size == 0)
        return ent_fail(err, ENT_FORMAT,
                        "STIX is no list whose edition could be whole: its makers revoke");
    return holdings_edition_begin(i->s, i->labels, ent_str_of(list), ent_str_of(edition.day),
                                  i->options.now, &i->edition, err);
}

/* Why it would be wrong to take what is missing for delisted, or "". */
static const char *kept_reason(const holdings_import *i)
{
    formats_edition edition = formats_reader_edition(i->reader);

    if (edition.broken)
        return "an entry could not be read, and what is missing may be that one";
    if (edition.entry_count >= 0 && (size_t)edition.entry_count != edition.entries)
        return "the list has another number of entries than it says";
    return "";
}

static ent_code gone_drop(holdings_import *i, ent_err *err)
{
    ent_arena *arena = ent_arena_new(NOTE_MEMORY), *each = ent_arena_new(NOTE_MEMORY);
    ent_code rc = ENT_OK;
    size_t count = 0;
    ent_str *ids;

    if (arena == NULL || each == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for an edition");
    if (rc == ENT_OK)
        rc = holdings_edition_gone(&i->edition, arena, &ids, &count, err);
    for (size_t n = 0; rc == ENT_OK && n < count; n++) {
        bool revoked = false;

        ent_arena_reset(each);
        rc = batch_begin(i, err);
        if (rc == ENT_OK)
            rc = holdings_edition_drop(&i->edition, each, ids[n], i->options.source, i->options.now,
                                       &revoked, err);
        i->count.delisted += revoked;
        if (rc == ENT_OK && revoked && i->options.changed != NULL)
            rc = i->options.changed(i->options.changed_arg, each, ids[n], true, err);
        if (rc == ENT_OK && ++i->items >= BATCH_ITEMS)
            rc = batch_commit(i, err);
    }
    ent_arena_free(arena);
    ent_arena_free(each);
    return rc;
}

static ent_code edition_end(holdings_import *i, ent_err *err)
{
    if (i->edition.list.size == 0)
        return ENT_OK;
    i->kept = kept_reason(i);
    return i->kept[0] == '\0' ? gone_drop(i, err) : ENT_OK;
}

static ent_code item_do(holdings_import *i, const formats_item *item, ent_err *err)
{
    holdings_result result = HOLDINGS_RESULT_COUNT;
    ent_str reason = ENT_STR("");
    holdings_entry entry = { .id = ENT_STR("") };
    ent_err wrong = { 0 };
    ent_code rc;

    i->count.read++;
    i->count.dropped += item->dropped;
    i->count.upgraded += item->upgraded;
    if (item->wrong != NULL) {
        ENT_TRY(note_add(i, item, ENT_STR(""), false, ent_str_of(item->wrong->msg), err));
        return ++i->items >= BATCH_ITEMS ? batch_commit(i, err) : ENT_OK;
    }
    ENT_TRY(batch_begin(i, err));
    ENT_TRY(edition_begin(i, item, err));
    rc = item_admit(i, item, &entry, &result, &reason, &wrong);
    rc = ent_arena_rc(item->arena, rc, &wrong); /* no memory is no fault of the item */
    if (rc == ENT_FORMAT || rc == ENT_LIMIT) {
        ent_str id = entry.id.size > 0 ? entry.id : ent_json_get_text(item->object, "id");

        ENT_TRY(note_add(i, item, id, false, ent_str_of(wrong.msg), err));
    } else if (rc != ENT_OK) {
        *err = wrong;
        return rc;
    } else {
        ENT_TRY(result_count(i, item, entry.id, result, reason, err));
    }
    return ++i->items >= BATCH_ITEMS || i->bytes >= BATCH_BYTES ? batch_commit(i, err) : ENT_OK;
}

/* ---- looking ahead ---- */

static ent_code item_wait(holdings_import *i, const formats_item *item, ent_err *err)
{
    struct waiting *w;

    if (i->waiting == NULL) {
        i->waiting = ent_arena_array(i->ahead, AHEAD_ITEMS, sizeof *i->waiting);
        if (i->waiting == NULL)
            return ent_fail_arena(err);
    }
    w = &i->waiting[i->waiting_count];
    *w = (struct waiting){ .item = *item };
    if (item->wrong != NULL) {
        w->wrong = *item->wrong;
        w->item.wrong = &w->wrong;
    } else {
        w->object = ent_arena_str(i->ahead, ent_json_raw(item->object));
        w->item.key = ent_arena_str(i->ahead, item->key.ptr == NULL ? ENT_STR("") : item->key);
        w->item.agency =
            ent_arena_str(i->ahead, item->agency.ptr == NULL ? ENT_STR("") : item->agency);
        if (w->object.ptr == NULL || w->item.key.ptr == NULL || w->item.agency.ptr == NULL)
            return ent_fail_arena(err);
    }
    i->waiting_count++;
    return ENT_OK;
}

static ent_code ids_expect(holdings_import *i, ent_err *err)
{
    ent_str ids[AHEAD_ITEMS];
    size_t count = 0;

    for (size_t n = 0; n < i->waiting_count; n++) {
        const struct waiting *w = &i->waiting[n];
        ent_err unreadable = { 0 };
        ent_json object;
        ent_str id;

        if (w->item.wrong != NULL)
            continue;
        ent_arena_reset(i->item);
        if (ent_json_read(i->item, w->object, &object, &unreadable) != ENT_OK)
            continue;
        id = ent_json_get_text(object, "id");
        if (w->item.key.size > 0 && id.size == 0)
            ENT_TRY(holdings_id_of(i->ahead, &i->ids, ent_json_get_text(object, "type"),
                                   w->item.key, &id, err));
        else
            id = ent_arena_str(i->ahead, id.ptr == NULL ? ENT_STR("") : id);
        if (id.ptr == NULL)
            return ent_fail_arena(err);
        ids[count++] = id;
    }
    return store_objects_expect(i->s, "", ids, count, err);
}

static ent_code waiting_do(holdings_import *i, ent_err *err)
{
    if (i->waiting_count == 0)
        return ENT_OK;
    ENT_TRY(batch_begin(i, err));
    ENT_TRY(ids_expect(i, err));
    for (size_t n = 0; n < i->waiting_count; n++) {
        struct waiting *w = &i->waiting[n];

        ent_arena_reset(i->item);
        w->item.arena = i->item;
        if (w->item.wrong == NULL)
            ENT_TRY(ent_json_read(i->item, w->object, &w->item.object, err));
        ENT_TRY(item_do(i, &w->item, err));
    }
    i->waiting = NULL;
    i->waiting_count = 0;
    ent_arena_reset(i->ahead);
    return ENT_OK;
}

static ent_code item_take(void *arg, const formats_item *item, ent_err *err)
{
    holdings_import *i = arg;

    if (!store_expects(i->s))
        return item_do(i, item, err);
    ENT_TRY(item_wait(i, item, err));
    return i->waiting_count == AHEAD_ITEMS || ent_arena_used(i->ahead) >= AHEAD_BYTES
               ? waiting_do(i, err)
               : ENT_OK;
}

ent_code holdings_import_feed(holdings_import *i, const void *bytes, size_t size, ent_err *err)
{
    return formats_feed(i->reader, bytes, size, err);
}

ent_code holdings_import_end(holdings_import *i, bool complete, ent_err *err)
{
    ent_err late = { 0 };
    ent_code rc = complete ? formats_end(i->reader, &late) : ENT_OK;

    if (rc == ENT_OK || rc == ENT_FORMAT || rc == ENT_LIMIT) {
        ENT_TRY(waiting_do(i, err));
        if (complete && rc == ENT_OK)
            ENT_TRY(edition_end(i, err));
        else
            i->kept = "the file was not read to its end";
        ENT_TRY(batch_commit(i, err));
    }
    if (rc != ENT_OK)
        *err = late;
    return rc;
}

const char *holdings_import_edition(const holdings_import *i, const char **why)
{
    *why = i->kept;
    return i->edition.list.size == 0 ? "" : i->edition.list.ptr;
}

const holdings_import_count *holdings_import_counted(const holdings_import *i)
{
    return &i->count;
}

formats_kind holdings_import_kind(const holdings_import *i)
{
    return formats_reader_kind(i->reader);
}
