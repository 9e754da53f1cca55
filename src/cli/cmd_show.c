/* entente show, entente history -- held objects, and the versions of one. */
#include "cli/holding.h"

#include "cli/account.h"
#include "cli/desk.h"
#include "holdings/search.h"

#define SHOW_MOST 64

struct shown {
    store_row row;
    ent_json object; /* none if it was erased */
    policy_label label;
    ent_str *keys, *refs;
    size_t key_count, ref_count;
    ent_str *from; /* ids that refer to it */
    size_t from_count, from_room;
    ent_arena *arena;
};

static ent_code from_take(void *arg, const store_row *row, ent_err *err)
{
    struct shown *s = arg;

    if (s->from_count == s->from_room) {
        ent_str *grown = ent_arena_grow(s->arena, s->from, &s->from_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        s->from = grown;
    }
    s->from[s->from_count] = ent_arena_str(s->arena, row->id);
    return s->from[s->from_count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code id_keep(void *arg, const store_row *row, ent_err *err)
{
    struct shown *s = arg;

    s->row.id = ent_arena_str(s->arena, row->id);
    return s->row.id.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* An id, or "SOURCE:ID" as a list names its record. */
static ent_code id_find(cli_context *cli, store *s, const char *said, struct shown *shown,
                        ent_err *err)
{
    store_query query = { .limit = 1 };
    ent_str key;

    shown->row.id = ent_str_of(said);
    if (strstr(said, "--") != NULL || strchr(said, ':') == NULL)
        return ENT_OK;
    key = ent_arena_printf(cli->arena, "ext:%s", said);
    if (key.ptr == NULL)
        return ent_fail_arena(err);
    query.ref = key.ptr;
    return store_objects_each(s, &query, id_keep, shown, err);
}

static ent_code seen(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    *(bool *)arg = true;
    return ENT_OK;
}

/* An owner's row is read also while it is frozen; who may see it, is asked here. */
static ent_code frozen_check(store *s, const store_row *row, const char *owner, ent_err *err)
{
    store_query query = { .owner = owner, .id = row->id, .limit = 1 };
    bool found = owner == NULL || owner[0] == '\0';

    if (!found)
        ENT_TRY(store_objects_each(s, &query, seen, &found, err));
    if (!found)
        return ent_fail(err, ENT_DENIED,
                        "what is held of %s is frozen; the legal officer and oversight may read "
                        "it, with --as [suspension]",
                        owner);
    return ENT_OK;
}

static ent_code object_load(cli_context *cli, store *s, const char *owner, const char *said,
                            struct shown *shown, ent_err *err)
{
    ent_str id;
    store_query query;

    shown->arena = cli->arena;
    ENT_TRY(id_find(cli, s, said, shown, err));
    id = shown->row.id;
    ENT_TRY(store_object_get(s, cli->arena, owner, id, &shown->row, err));
    ENT_TRY(frozen_check(s, &shown->row, owner, err));
    query = (store_query){ .ref = shown->row.id.ptr };
    ENT_TRY(store_objects_each(s, &query, from_take, shown, err));
    if (shown->row.bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(cli->arena, shown->row.bytes, &shown->object, err));
    ENT_TRY(holdings_label(cli->arena, shown->object, shown->row.handling, &shown->label, err));
    ENT_TRY(store_keys_of(s, cli->arena, shown->row.number, &shown->keys, &shown->key_count, err));
    return store_refs_of(s, cli->arena, shown->row.number, &shown->refs, &shown->ref_count, err);
}

static void list_write(ent_jw *w, const char *name, const ent_str *list, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, list[i]);
    ent_jw_end(w);
}

/* What every row has. */
static void row_write(cli_context *cli, node_desk *nd, ent_jw *w, const store_row *row)
{
    char received[ENT_TIME_TEXT];

    ent_time_write(row->received, received);
    ent_jw_key(w, "id");
    ent_jw_str(w, row->id);
    ent_jw_key(w, "type");
    ent_jw_str(w, row->type);
    ent_jw_key(w, "owner");
    ent_jw_c(w, cli_owner(cli, nd, row->owner));
    ent_jw_key(w, "version");
    ent_jw_str(w, row->version);
    ent_jw_key(w, "received");
    ent_jw_c(w, received);
    ent_jw_key(w, "source");
    ent_jw_str(w, row->source);
    if (row->tombstone.size > 0) {
        ent_jw_key(w, "erased");
        ent_jw_str(w, row->tombstone);
    }
}

static ent_code show_json(cli_context *cli, node_desk *nd, const struct shown *s, ent_err *err)
{
    ent_str latin;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    row_write(cli, nd, &w, &s->row);
    if (s->row.owner.size == 0)
        ENT_TRY(cli_basis_json(cli, s->row.id, &w, err));
    if (s->object.doc != NULL) {
        ENT_TRY(names_romanised(cli->arena, holdings_title(s->object), &latin, err));
        ent_jw_key(&w, "name");
        ent_jw_str(&w, holdings_title(s->object));
        if (latin.size > 0)
            cli_line_text(&w, "latin", latin);
        ent_jw_key(&w, "rating");
        ent_jw_c(&w, cli_rating(cli, &s->label));
        ent_jw_key(&w, "valid");
        ent_jw_c(&w, cli_days(cli, s->label.valid));
        cli_label_write(&w, &s->label);
        list_write(&w, "keys", s->keys, s->key_count);
        list_write(&w, "refs", s->refs, s->ref_count);
    }
    list_write(&w, "referred_by", s->from, s->from_count);
    if (s->row.handling.size > 0) {
        ent_jw_key(&w, "handling");
        ent_jw_raw(&w, s->row.handling);
    }
    if (s->object.doc != NULL) {
        ent_jw_key(&w, "object");
        ent_jw_raw(&w, s->row.bytes);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static void line(const char *name, const char *text)
{
    if (text[0] != '\0')
        (void)printf("%-12s %s\n", name, text);
}

static void lines(cli_context *cli, const char *name, const ent_str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        line(i == 0 ? name : "", cli_text(cli, list[i]));
}

static void members_show(cli_context *cli, ent_json object)
{
    for (ent_json m = ent_json_first(object); m.doc != NULL; m = ent_json_next(m)) {
        ent_str text = ent_json_is(m, ENT_JSON_STRING) ? ent_json_str(m) : ent_json_raw(m);

        (void)printf("  %-22s %s\n", cli_text(cli, ent_json_name(m)), cli_text(cli, text));
    }
}

static void label_show(cli_context *cli, const policy_label *label)
{
    static const char *const discover[] = { "silent", "pointer", "open" };
    ent_str text;

    line("rating", cli_rating(cli, label));
    lines(cli, "purposes", label->purposes, label->purpose_count);
    lines(cli, "consent of", label->originators, label->originator_count);
    text = ent_arena_printf(cli->arena, "category %s, %s, retention %.*s%s%s%s",
                            policy_category_name(label->category), discover[label->discover],
                            label->retention.ptr == NULL ? 4 : (int)label->retention.size,
                            label->retention.ptr == NULL ? "none" : label->retention.ptr,
                            label->no_disclosure ? ", never disclosed" : "",
                            label->complete ? "" : "; not whole, so it cannot leave: lacks ",
                            label->complete ? "" : label->missing);
    line("label", text.ptr == NULL ? "" : cli_text(cli, text));
    line("valid", cli_days(cli, label->valid));
}

static void show_text(cli_context *cli, node_desk *nd, const struct shown *s)
{
    char received[ENT_TIME_TEXT];

    ent_time_write(s->row.received, received);
    line("id", cli_text(cli, s->row.id));
    if (s->object.doc != NULL)
        line("name", cli_text(cli, holdings_title(s->object)));
    line("owner", cli_owner(cli, nd, s->row.owner));
    line("version", cli_text(cli, s->row.version));
    line("received", received);
    line("source", cli_text(cli, s->row.source));
    line("erased", cli_text(cli, s->row.tombstone));
    if (s->object.doc != NULL)
        label_show(cli, &s->label);
    lines(cli, "keys", s->keys, s->key_count);
    lines(cli, "refers to", s->refs, s->ref_count);
    lines(cli, "referred by", s->from, s->from_count);
    if (s->object.doc != NULL) {
        (void)puts("object");
        members_show(cli, s->object);
    }
}

/* --owner CODE; this node's own code means its own. */
static const char *owner_option(cli_context *cli)
{
    return cli_option(cli, "--owner");
}

static const char *owner_of(const char *option, node_desk *nd)
{
    return option != NULL && strcmp(option, node_desk_home(nd)->code) == 0 ? "" : option;
}

static ent_code one_show(cli_context *cli, node_desk *nd, const char *owner, const char *said,
                         bool further, ent_err *err)
{
    struct shown shown = { .from_count = 0 };
    const char *basis;

    ENT_TRY(object_load(cli, node_desk_desk(nd)->store, owner, said, &shown, err));
    /* The journal names the first word; by another name, or further on, it would not be found. */
    if (!ent_str_is(shown.row.id, cli->argv[0]))
        cli_account_saw(cli, shown.row.id);
    if (cli->json)
        return show_json(cli, nd, &shown, err);
    if (further)
        (void)putchar('\n');
    show_text(cli, nd, &shown);
    ENT_TRY(cli_basis_text(cli, shown.row.id, &basis, err));
    if (basis[0] != '\0' && shown.row.owner.size == 0)
        (void)printf("%s\n", basis + 2);
    return ENT_OK;
}

/* Of several, those that are held. */
static ent_code show_run(cli_context *cli, ent_err *err)
{
    const char *owner = owner_option(cli);
    int found = 0;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, SHOW_MOST, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_reader(cli, nd, err));
    for (int i = 0; i < cli->argc; i++) {
        ent_code rc;

        *err = (ent_err){ 0 };
        rc = one_show(cli, nd, owner_of(owner, nd), cli->argv[i], found > 0, err);
        if (rc != ENT_OK && (rc != ENT_NOT_FOUND || cli->argc == 1))
            return rc;
        found += rc == ENT_OK;
    }
    return found > 0 ? ENT_OK : err->code;
}

/* ---- history ---- */

struct history {
    cli_context *cli;
    node_desk *nd;
    size_t count;
};

static ent_code version_show(void *arg, const store_row *row, ent_err *err)
{
    struct history *h = arg;
    char received[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    h->count++;
    if (!h->cli->json) {
        ent_time_write(row->received, received);
        (void)printf("%-26s received %s  %-8s %s%s%s\n",
                     row->version.size > 0 ? cli_text(h->cli, row->version) : "(no versions)",
                     received, cli_owner(h->cli, h->nd, row->owner), cli_text(h->cli, row->source),
                     row->tombstone.size > 0 ? "  erased: " : "", cli_text(h->cli, row->tombstone));
        return ENT_OK;
    }
    ent_buf_init(&buf, h->cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    row_write(h->cli, h->nd, &w, row);
    if (row->bytes.size > 0) {
        ent_jw_key(&w, "object");
        ent_jw_raw(&w, row->bytes);
    }
    ent_jw_end(&w);
    return cli_json_line(h->cli, &buf, err);
}

static ent_code history_run(cli_context *cli, ent_err *err)
{
    const char *owner = owner_option(cli);
    struct history h = { .cli = cli };
    store_query query = { .versions = true };

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &h.nd, err));
    ENT_TRY(cli_reader(cli, h.nd, err));
    query.owner = owner_of(owner, h.nd);
    query.id = ent_str_of(cli->argv[0]);
    ENT_TRY(store_objects_each(node_desk_desk(h.nd)->store, &query, version_show, &h, err));
    if (h.count == 0)
        return ent_fail(err, ENT_NOT_FOUND, "there is no object '%s'", cli->argv[0]);
    return ENT_OK;
}

const cli_command cli_show = {
    .name = "show",
    .usage = "[--owner CODE] ID...",
    .summary = "show held objects: whose each is, its label, what it is tied to",
    .help =
        "ID is a STIX id, or SOURCE:ID as a list names its record.  With --json the object\n"
        "stands, byte for byte, in the member \"object\".  Of an object that several own, this\n"
        "node's is shown unless --owner says whose.  Of up to 64 ids those that are held are\n"
        "shown, as one look-up.\n\n"
        "  entente show OFAC:ofac-36\n",
    .run = show_run,
};

const cli_command cli_history = {
    .name = "history",
    .usage = "[--owner CODE] ID",
    .summary = "list the versions of an object, newest first",
    .help =
        "Each version with its time, owner and where it came from; erased ones with the reason.\n\n"
        "  entente history identity--4c1bb6cc-…\n",
    .run = history_run,
};
