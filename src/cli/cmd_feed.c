/* entente feed add|list|remove|pull -- what is fetched from other servers on a schedule. */
#include "cli/home.h"
#include "cli/label.h"

#include "base/json_write.h"
#include "node/feeds.h"
#include "node/users.h"

#include <errno.h>
#include <stdlib.h>

#define MINUTES_DEFAULT 60
#define PULL_MEMORY     ((size_t)16 << 20)

/* ---- showing ---- */

static void when(ent_jw *w, const char *name, ent_time time)
{
    char text[ENT_TIME_TEXT];

    if (time == 0)
        return;
    ent_time_write(time, text);
    ent_jw_key(w, name);
    ent_jw_c(w, text);
}

static ent_code feed_show(cli_context *cli, const node_feed *feed, const node_feed_state *s,
                          ent_err *err)
{
    const struct {
        const char *name;
        int64_t number;
    } counts[] = { { "read", s->read },
                   { "added", s->added },
                   { "quarantined", s->quarantined },
                   { "rejected", s->rejected },
                   { "failures", s->failures } };
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-20s %-5s every %lld min  %lld read, %lld added, %lld quarantined, %lld "
                     "rejected  %s\n",
                     feed->name.ptr, feed->misp ? "misp" : "taxii", (long long)feed->minutes,
                     (long long)s->read, (long long)s->added, (long long)s->quarantined,
                     (long long)s->rejected, cli_text(cli, feed->url));
        if (s->error.size > 0)
            (void)printf("%20s failed %lld times: %s\n", "", (long long)s->failures,
                         cli_text(cli, s->error));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "feed");
    ent_jw_str(&w, feed->name);
    ent_jw_key(&w, "url");
    ent_jw_str(&w, feed->url);
    ent_jw_key(&w, "format");
    ent_jw_c(&w, feed->misp ? "misp" : "taxii");
    ent_jw_key(&w, "minutes");
    ent_jw_int(&w, feed->minutes);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ent_jw_key(&w, counts[i].name);
        ent_jw_int(&w, counts[i].number);
    }
    when(&w, "done", s->done);
    when(&w, "tried", s->tried);
    when(&w, "due", s->due);
    if (s->error.size > 0) {
        ent_jw_key(&w, "error");
        ent_jw_str(&w, s->error);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

/* ---- adding ---- */

/* The host, as far as it is a name of ours. */
static ent_str name_make(cli_context *cli, const char *url)
{
    const char *host = strncmp(url, "https://", 8) == 0 ? url + 8 : url;
    size_t size = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");

    return ent_arena_str(cli->arena, (ent_str){ host, size < 64 ? size : 64 });
}

static ent_code minutes_read(const char *text, int64_t *minutes, ent_err *err)
{
    char *end;

    *minutes = MINUTES_DEFAULT;
    if (text == NULL)
        return ENT_OK;
    errno = 0;
    *minutes = strtoll(text, &end, 10);
    if (errno != 0 || *text == '\0' || *end != '\0')
        return ent_fail(err, ENT_USAGE, "--every is a number of minutes, not '%s'", text);
    return ENT_OK;
}

/* The credentials: of --user with --passphrase-file, or the token of --token-file. */
static ent_code secret_read(cli_context *cli, const char *user, const char *passphrase,
                            const char *token, node_feed *feed, ent_err *err)
{
    ent_str secret;

    feed->user = ent_str_of(user == NULL ? "" : user);
    feed->secret = ENT_STR("");
    if ((user != NULL) != (passphrase != NULL) || (token != NULL && user != NULL))
        return ent_fail(err, ENT_USAGE,
                        "credentials are --user and --passphrase-file, or --token-file");
    if (passphrase == NULL && token == NULL)
        return ENT_OK;
    ENT_TRY(node_passphrase_get(token != NULL ? token : passphrase, "passphrase", &secret, err));
    feed->secret = ent_arena_str(cli->arena, secret);
    node_passphrase_free(secret);
    return feed->secret.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code format_read(const char *format, node_feed *feed, ent_err *err)
{
    feed->misp = format != NULL && strcmp(format, "misp") == 0;
    if (format != NULL && !feed->misp && strcmp(format, "taxii") != 0)
        return ent_fail(err, ENT_USAGE, "--format is taxii or misp, not '%s'", format);
    return ENT_OK;
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    const char *name = cli_option(cli, "--name"), *format = cli_option(cli, "--format");
    const char *user = cli_option(cli, "--user"), *token = cli_option(cli, "--token-file");
    const char *passphrase = cli_option(cli, "--passphrase-file"), *ca = cli_option(cli, "--ca");
    const char *every = cli_option(cli, "--every");
    node_feed feed = { .allow_private = cli_flag(cli, "--allow-private"), .ca = ENT_STR("") };
    node_feed_state state;
    node_home home;
    char *path;

    ENT_TRY(cli_label(cli, &feed.label, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(format_read(format, &feed, err));
    ENT_TRY(minutes_read(every, &feed.minutes, err));
    ENT_TRY(secret_read(cli, user, passphrase, token, &feed, err));
    ENT_TRY(cli_home(cli, &home, err));
    if (feed.label.ptr == NULL)
        feed.label = ENT_STR("");
    feed.url = ent_str_of(cli->argv[0]);
    if (feed.url.size > 0 && feed.url.ptr[feed.url.size - 1] != '/')
        feed.url = ent_arena_printf(cli->arena, "%s/", cli->argv[0]);
    feed.name = name != NULL ? ent_str_of(name) : name_make(cli, cli->argv[0]);
    if (ca != NULL) {
        path = realpath(ca, NULL);
        if (path == NULL)
            return ent_fail(err, ENT_NOT_FOUND, "cannot open '%s': %s", ca, strerror(errno));
        feed.ca = ent_arena_str(cli->arena, ent_str_of(path));
        free(path);
    }
    if (feed.url.ptr == NULL || feed.name.ptr == NULL || feed.ca.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(node_feed_add(cli->arena, &home, &feed, err));
    ENT_TRY(node_feed_get(cli->arena, &home, feed.name.ptr, &feed, &state, err));
    return feed_show(cli, &feed, &state, err);
}

/* ---- the others ---- */

static ent_code list_run(cli_context *cli, ent_err *err)
{
    ent_str *names;
    node_home home;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_feed_list(cli->arena, &home, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        node_feed_state state;
        node_feed feed;

        ENT_TRY(node_feed_get(cli->arena, &home, names[i].ptr, &feed, &state, err));
        ENT_TRY(feed_show(cli, &feed, &state, err));
    }
    return ENT_OK;
}

static ent_code remove_run(cli_context *cli, ent_err *err)
{
    node_home home;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    return node_feed_remove(cli->arena, &home, cli->argv[0], err);
}

static ent_code one_pull(cli_context *cli, node_desk *nd, const char *name, ent_err *err)
{
    ent_arena *arena = ent_arena_new(PULL_MEMORY);
    node_feed_state state;
    ent_err ignored = { 0 };
    node_feed feed;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a feed");
    rc = node_feed_pull(nd, arena, name, &state, err);
    if (node_feed_get(cli->arena, node_desk_home(nd), name, &feed, &state, &ignored) == ENT_OK &&
        feed_show(cli, &feed, &state, &ignored) != ENT_OK && rc == ENT_OK) {
        *err = ignored;
        rc = err->code;
    }
    ent_arena_free(arena);
    return rc;
}

static ent_code pull_run(cli_context *cli, ent_err *err)
{
    ent_err first = { 0 };
    ent_str *names, one;
    node_desk *nd;
    size_t count = 1;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    one = ent_str_of(cli->argc > 0 ? cli->argv[0] : "");
    names = &one;
    if (cli->argc == 0)
        ENT_TRY(node_feed_list(cli->arena, node_desk_home(nd), &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_err why = { 0 };

        if (one_pull(cli, nd, names[i].ptr, &why) == ENT_OK)
            continue;
        if (first.code == ENT_OK)
            first = why;
        else
            (void)fprintf(stderr, "entente: %s\n", why.msg);
    }
    if (first.code != ENT_OK)
        *err = first;
    return first.code;
}

const cli_command cli_feed_add = {
    .name = "feed add",
    .usage = "URL [--name NAME] [--format taxii|misp] [--every MINUTES] [--user U "
             "--passphrase-file F | --token-file F] [--ca FILE] [--allow-private] [LABEL OPTIONS]",
    .summary = "fetch from another server on a schedule",
    .help =
        "URL is a collection of a TAXII 2.1 server (https://HOST/ROOT/collections/ID/) or, with\n"
        "--format misp, the folder of a MISP feed, in which manifest.json is.  `serve` asks it\n"
        "every MINUTES (default 60) for what is new and brings that into the holdings as\n"
        "`import` does; a server that fails is left alone for longer each time.  NAME is the\n"
        "host unless given.  Certificates are checked, against FILE instead of the system's\n"
        "authorities with --ca.  An address that is not of the public Internet is refused\n"
        "unless --allow-private is given; no redirect is followed.\n"
        "These options give what items lack:\n" CLI_LABEL_HELP "\n"
        "  entente feed add https://taxii.example.org/api1/collections/"
        "9cfa669c-ee94-4ece-afd2-f8edac37d8fd/ \\\n"
        "      --user ana --passphrase-file secret --rating C3 --purpose CT-PREV --category none "
        "\\\n"
        "      --retention 2030-01-01\n",
    .run = add_run,
};

const cli_command cli_feed_list = {
    .name = "feed list",
    .usage = "",
    .summary = "list the feeds and how they fare",
    .help = "Name, format, interval, what came of it so far, address, and the last failure.\n\n"
            "  entente feed list --json\n",
    .run = list_run,
};

const cli_command cli_feed_remove = {
    .name = "feed remove",
    .usage = "NAME",
    .summary = "do not fetch from a server any more",
    .help = "What came from it stays in the holdings (`export --query source:feed:NAME`).\n\n"
            "  entente feed remove taxii.example.org\n",
    .run = remove_run,
};

const cli_command cli_feed_pull = {
    .name = "feed pull",
    .usage = "[NAME]",
    .summary = "fetch what is new now",
    .help = "From one feed, or from all.  Goes on where the last round ended.\n\n"
            "  entente feed pull taxii.example.org\n",
    .run = pull_run,
};
