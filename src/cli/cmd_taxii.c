/* entente taxii root add|list|remove, taxii collection add|list|remove -- what the client
 * listener serves as plain TAXII collections.  The store is the one that `serve` reads
 * for every request, so each command takes effect at once. */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/text.h"
#include "holdings/export.h"
#include "node/files.h"
#include "node/peers.h"
#include "node/users.h"
#include "taxii/store.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#define CONTENT_DEFAULT ((int64_t)100 << 20)

static void file_close(void *arg)
{
    taxii_store_close(arg);
}

static ent_code file_open(cli_context *cli, node_home *home, taxii_store **s, ent_err *err)
{
    ENT_TRY(cli_home(cli, home, err));
    ENT_TRY(taxii_store_open(node_path(cli->arena, "%s/taxii.db", home->path), s, err));
    return ent_arena_defer(cli->arena, file_close, *s) == 0 ? ENT_OK : ent_fail_arena(err);
}

/* ---- roots ---- */

static ent_code root_show(cli_context *cli, const taxii_root *root, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-24.*s %12lld bytes  %-8.*s %s\n", ENT_STR_ARG(root->name),
                     (long long)root->max_content_length,
                     ENT_STR_ARG(root->is_public ? ENT_STR("public") : root->partner),
                     cli_text(cli, root->title));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "root");
    ent_jw_str(&w, root->name);
    ent_jw_key(&w, "title");
    ent_jw_str(&w, root->title);
    ent_jw_key(&w, "max_content_length");
    ent_jw_int(&w, root->max_content_length);
    ent_jw_key(&w, "public");
    ent_jw_bool(&w, root->is_public);
    if (root->partner.size > 0) {
        ent_jw_key(&w, "partner");
        ent_jw_str(&w, root->partner);
    }
    ent_jw_key(&w, "path");
    ent_jw_printf(&w, "/%.*s/", ENT_STR_ARG(root->name));
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code size_read(const char *text, int64_t *size, ent_err *err)
{
    char *end;
    long long number;

    *size = CONTENT_DEFAULT;
    if (text == NULL)
        return ENT_OK;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] < '0' || text[0] > '9')
        return ent_fail(err, ENT_USAGE, "--max-content-length is a number of bytes, not '%s'",
                        text);
    *size = number;
    return ENT_OK;
}

static ent_code root_add_run(cli_context *cli, ent_err *err)
{
    const char *title = cli_option(cli, "--title");
    const char *size = cli_option(cli, "--max-content-length");
    const char *partner = cli_option(cli, "--partner");
    taxii_root root = { .is_public = cli_flag(cli, "--public"),
                        .partner = ent_str_of(partner == NULL ? "" : partner) };
    node_peer peer;
    node_home home;
    taxii_store *s;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    root.name = ent_str_of(cli->argv[0]);
    root.title = title == NULL ? root.name : ent_str_of(title);
    ENT_TRY(size_read(size, &root.max_content_length, err));
    ENT_TRY(file_open(cli, &home, &s, err));
    if (partner != NULL)
        ENT_TRY(node_peer_get(cli->arena, &home, partner, &peer, err));
    ENT_TRY(taxii_root_add(s, &root, err));
    return root_show(cli, &root, err);
}

static ent_code root_list_run(cli_context *cli, ent_err *err)
{
    taxii_root *roots;
    node_home home;
    taxii_store *s;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(file_open(cli, &home, &s, err));
    ENT_TRY(taxii_root_list(s, cli->arena, &roots, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(root_show(cli, &roots[i], err));
    return ENT_OK;
}

static ent_code root_remove_run(cli_context *cli, ent_err *err)
{
    node_home home;
    taxii_store *s;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(file_open(cli, &home, &s, err));
    return taxii_root_remove(s, ent_str_of(cli->argv[0]), err);
}

/* ---- collections ---- */

static void names_write(ent_jw *w, const char *name, ent_str names)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    if (ent_str_is(names, "*")) {
        ent_jw_c(w, "*");
    } else {
        for (size_t i = 1, start = 1; i < names.size; i++)
            if (names.ptr[i] == ',') {
                ent_jw_str(w, (ent_str){ names.ptr + start, i - start });
                start = i + 1;
            }
    }
    ent_jw_end(w);
}

static ent_code collection_show(cli_context *cli, taxii_store *s, const taxii_collection *c,
                                ent_err *err)
{
    int64_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(taxii_objects_count(s, c->number, &count, err));
    if (!cli->json && c->query.size > 0) {
        (void)printf("%-16.*s %.*s     view  read %s  %s  %s\n", ENT_STR_ARG(c->root),
                     ENT_STR_ARG(c->id), cli_text(cli, c->read), cli_text(cli, c->title),
                     cli_text(cli, c->query));
        return ENT_OK;
    }
    if (!cli->json) {
        (void)printf("%-16.*s %.*s %8lld  read %s  write %s  %s\n", ENT_STR_ARG(c->root),
                     ENT_STR_ARG(c->id), (long long)count, cli_text(cli, c->read),
                     cli_text(cli, c->write), cli_text(cli, c->title));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "root");
    ent_jw_str(&w, c->root);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, c->id);
    ent_jw_key(&w, "title");
    ent_jw_str(&w, c->title);
    if (c->alias.size > 0) {
        ent_jw_key(&w, "alias");
        ent_jw_str(&w, c->alias);
    }
    names_write(&w, "read", c->read);
    names_write(&w, "write", c->write);
    if (c->query.size > 0) {
        ent_jw_key(&w, "query");
        ent_jw_str(&w, c->query);
    }
    if (c->query.size == 0) { /* how much a view has depends on who reads it */
        ent_jw_key(&w, "objects");
        ent_jw_int(&w, count);
    }
    ent_jw_key(&w, "path");
    ent_jw_printf(&w, "/%.*s/collections/%.*s/", ENT_STR_ARG(c->root), ENT_STR_ARG(c->id));
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

/* "a,b" as ",a,b,"; "*" stays.  A right may be given before its user is added; it is said. */
static ent_code names_read(cli_context *cli, const node_home *home, const char *option,
                           const char *text, ent_str *names, ent_err *err)
{
    ent_buf buf;

    *names = (ent_str){ "", 0 };
    if (text == NULL || text[0] == '\0')
        return ENT_OK;
    if (strcmp(text, "*") == 0) {
        *names = ent_str_of("*");
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_buf_byte(&buf, ',');
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        ent_str name = ent_arena_str(cli->arena, (ent_str){ text, size });
        node_user user;

        if (name.ptr == NULL)
            return ent_fail_arena(err);
        if (size == 0 || size >= NODE_USER_SIZE ||
            strspn(name.ptr, "abcdefghijklmnopqrstuvwxyz0123456789._-") != size)
            return ent_fail(err, ENT_USAGE, "%s: '%s' is no user's name", option, name.ptr);
        if (node_user_get(cli->arena, home, name.ptr, &user, err) == ENT_NOT_FOUND) {
            (void)fprintf(stderr, "entente: %s: there is no user '%s' yet\n", option, name.ptr);
            *err = (ent_err){ 0 };
        } else if (err->code != ENT_OK) {
            return ent_context(err, "%s", option);
        }
        ent_buf_str(&buf, name);
        ent_buf_byte(&buf, ',');
        text += size;
        text += *text == ',';
    }
    return ent_buf_done(&buf, names, err);
}

static ent_code id_make(cli_context *cli, const char *given, ent_str *id, ent_err *err)
{
    uint8_t random[16];
    char uuid[37];

    *id = ent_str_of(given);
    if (strcmp(given, "new") == 0) {
        randombytes_buf(random, sizeof random);
        ent_uuid_write(random, uuid);
        *id = ent_arena_str(cli->arena, ent_str_of(uuid));
    }
    return id->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* A query that could be run, over own records, or in a partner's root over that partner's. */
static ent_code query_check(cli_context *cli, const node_home *home, taxii_store *s, ent_str root,
                            const char *text, ent_str *query, ent_err *err)
{
    store_query read = { 0 };
    taxii_root found;

    ENT_TRY(taxii_root_get(s, cli->arena, root, &found, err));
    if (holdings_query_read(cli->arena, text, &read, err) != ENT_OK) {
        err->code = ENT_USAGE;
        return ENT_USAGE;
    }
    if (read.owner != NULL &&
        !ent_str_is(found.partner.size > 0 ? found.partner : ent_str_of(home->code), read.owner))
        return ent_fail(
            err, ENT_USAGE,
            "a view in this root is of the records of %.*s; a partner's are in a root "
            "of its own (`taxii root add --partner`)",
            ENT_STR_ARG(found.partner.size > 0 ? found.partner : ent_str_of(home->code)));
    /* An empty query is everything; the store tells views by having one. */
    *query = ent_str_of(text[0] == '\0' ? " " : text);
    return ENT_OK;
}

static ent_code collection_add_run(cli_context *cli, ent_err *err)
{
    const char *title = cli_option(cli, "--title"), *alias = cli_option(cli, "--alias");
    const char *reading = cli_option(cli, "--read"), *writing = cli_option(cli, "--write");
    const char *query = cli_option(cli, "--query");
    taxii_collection c = { .query = { "", 0 } }, made;
    node_home home;
    taxii_store *s;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    if (title == NULL)
        return ent_fail(err, ENT_USAGE, "--title is missing");
    c.root = ent_str_of(cli->argv[0]);
    c.title = ent_str_of(title);
    c.alias = alias == NULL ? (ent_str){ "", 0 } : ent_str_of(alias);
    ENT_TRY(id_make(cli, cli->argv[1], &c.id, err));
    ENT_TRY(file_open(cli, &home, &s, err));
    if (query != NULL)
        ENT_TRY(query_check(cli, &home, s, c.root, query, &c.query, err));
    ENT_TRY(names_read(cli, &home, "--read", reading, &c.read, err));
    ENT_TRY(names_read(cli, &home, "--write", writing, &c.write, err));
    ENT_TRY(taxii_collection_add(s, &c, err));
    ENT_TRY(taxii_collection_get(s, cli->arena, c.root, c.id, &made, err));
    if (memchr(title, '.', strlen(title)) != NULL)
        (void)fprintf(stderr, "entente: some clients cut a title at a full stop\n");
    return collection_show(cli, s, &made, err);
}

static ent_code collection_list_run(cli_context *cli, ent_err *err)
{
    taxii_collection *list;
    node_home home;
    taxii_store *s;
    taxii_root root;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(file_open(cli, &home, &s, err));
    if (cli->argc > 0)
        ENT_TRY(taxii_root_get(s, cli->arena, ent_str_of(cli->argv[0]), &root, err));
    ENT_TRY(taxii_collection_list(s, cli->arena, ent_str_of(cli->argc > 0 ? cli->argv[0] : NULL),
                                  &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(collection_show(cli, s, &list[i], err));
    return ENT_OK;
}

static ent_code collection_remove_run(cli_context *cli, ent_err *err)
{
    node_home home;
    taxii_store *s;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    ENT_TRY(file_open(cli, &home, &s, err));
    return taxii_collection_remove(s, ent_str_of(cli->argv[0]), ent_str_of(cli->argv[1]), err);
}

const cli_command cli_taxii_root_add = {
    .name = "taxii root add",
    .usage = "ROOT [--title T] [--max-content-length N] [--public] [--partner CODE]",
    .summary = "add an API root for TAXII collections",
    .help =
        "The root is at /ROOT/ of the client listener, at once.  ROOT is 1 to 64 of A-Z a-z 0-9\n"
        "_ and -.  N is the largest body accepted, in bytes (default 104857600, least 1024).\n"
        "With --public its collections can be read without credentials; writing never can.\n"
        "With --partner the root is for views of what that peer released to this node, and is\n"
        "listed only to users who may read one of them.\n\n"
        "  entente taxii root add exchange --title 'Exchange'\n"
        "  entente taxii root add from-estia --partner ESTIA\n",
    .run = root_add_run,
};

const cli_command cli_taxii_root_list = {
    .name = "taxii root list",
    .usage = "",
    .summary = "list the API roots",
    .help = "Name, largest body, whether public, and title.\n\n  entente taxii root list --json\n",
    .run = root_list_run,
};

const cli_command cli_taxii_root_remove = {
    .name = "taxii root remove",
    .usage = "ROOT",
    .summary = "remove an API root with all that is in it",
    .help =
        "Its collections and their objects are erased.\n\n  entente taxii root remove exchange\n",
    .run = root_remove_run,
};

const cli_command cli_taxii_collection_add = {
    .name = "taxii collection add",
    .usage = "ROOT ID --title T [--alias A] [--read USER,...] [--write USER,...] [--query Q]",
    .summary = "add a TAXII collection: plain, or a view of holdings",
    .help =
        "ID is a UUIDv4, or `new` for one that is made and printed.  A plain collection keeps\n"
        "what is posted to it, apart from the holdings.  Users have exactly the rights that\n"
        "--read and --write name, whatever their role; `*` is every user, an absent option\n"
        "nobody.  For who has neither the collection does not exist.\n"
        "With --query it is a view of the holdings (Q as in `export --query`), to be read by\n"
        "the users that --read names, each as far as policy and clearance (`user clearance`)\n"
        "let that user; in the root of a partner, of what the partner released.\n\n"
        "  entente taxii collection add exchange new --title Indicators --read '*' --write ana\n"
        "  entente taxii collection add desk new --title Persons --read ana --query "
        "type:identity\n",
    .run = collection_add_run,
};

const cli_command cli_taxii_collection_list = {
    .name = "taxii collection list",
    .usage = "[ROOT]",
    .summary = "list the TAXII collections",
    .help = "Root, id, number of objects (all versions), rights and title.\n\n"
            "  entente taxii collection list --json\n",
    .run = collection_list_run,
};

const cli_command cli_taxii_collection_remove = {
    .name = "taxii collection remove",
    .usage = "ROOT ID",
    .summary = "remove a TAXII collection with its objects",
    .help = "ID is the collection's id or alias.  Its objects are erased.\n\n"
            "  entente taxii collection remove exchange indicators\n",
    .run = collection_remove_run,
};
