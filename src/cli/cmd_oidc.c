/* entente oidc set|show|clear|exchange -- the provider at which people may log in. */
#include "cli/desk.h"

#include "base/json.h"
#include "base/text.h"
#include "node/oidc.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define INPUT_LIMIT ((size_t)16384)

/* Of the world, also on exercise: providers and certificates live in it. */
static ent_time now_of_day(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

static ent_code oidc_show(cli_context *cli, const node_home *home, const node_oidc *o, ent_err *err)
{
    const oidc_provider *p = &o->provider;
    char set[ENT_TIME_TEXT];
    size_t users;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(node_oidc_count(cli->arena, home, NULL, &users, err));
    ent_time_write(o->set, set);
    if (!cli->json) {
        (void)printf("%s\n  client     %s\n  algorithm  %s\n  comes back to  %s/\n  tokens     %s\n"
                     "  keys       %s\n  set        %.10s\n  subjects   %zu\n",
                     cli_text(cli, p->issuer), cli_text(cli, p->client),
                     http_jose_name(p->algorithm), cli_text(cli, p->console),
                     cli_text(cli, p->token), cli_text(cli, p->keys), set, users);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "issuer", p->issuer);
    cli_line_text(&w, "client", p->client);
    cli_line_c(&w, "algorithm", http_jose_name(p->algorithm));
    cli_line_text(&w, "console", p->console);
    cli_line_text(&w, "authorize", p->authorize);
    cli_line_text(&w, "token", p->token);
    cli_line_text(&w, "keys", p->keys);
    cli_line_c(&w, "set", set);
    ent_jw_key(&w, "subjects");
    ent_jw_int(&w, (int64_t)users);
    return cli_line_end(cli, &buf, &w, err);
}

/* ---- set ---- */

static ent_str option(cli_context *cli, const char *name)
{
    const char *value = cli_option(cli, name);

    return ent_str_of(value == NULL ? "" : value);
}

static ent_code ca_read(cli_context *cli, node_oidc *o, ent_err *err)
{
    const char *ca = cli_option(cli, "--ca");
    char *path;

    o->ca = ENT_STR("");
    if (ca == NULL)
        return ENT_OK;
    path = realpath(ca, NULL);
    if (path == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "cannot open '%s': %s", ca, strerror(errno));
    o->ca = ent_arena_str(cli->arena, ent_str_of(path));
    free(path);
    return o->ca.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code set_run(cli_context *cli, ent_err *err)
{
    const char *file = cli_option(cli, "--secret-file");
    const char *algorithm = cli_option(cli, "--algorithm");
    node_oidc o = { .provider = { .client = option(cli, "--client-id"),
                                  .console = option(cli, "--console") },
                    .allow_private = cli_flag(cli, "--allow-private"),
                    .set = now_of_day() };
    ent_str secret = ENT_STR_NONE, *console = &o.provider.console;
    node_home home;
    ent_code rc;

    ENT_TRY(ca_read(cli, &o, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (!http_jose_find(ent_str_of(algorithm == NULL ? "RS256" : algorithm), &o.provider.algorithm))
        return ent_fail(err, ENT_USAGE, "--algorithm is one of RS256 ES256 EdDSA");
    o.provider.issuer = ent_str_of(cli->argv[0]);
    if (console->size > 0 && console->ptr[console->size - 1] == '/')
        console->size--;
    ENT_TRY(cli_home(cli, &home, err));
    if (file != NULL)
        ENT_TRY(node_passphrase_get(file, "client secret", &secret, err));
    rc = node_oidc_set(cli->arena, &home, &o, secret, err);
    node_passphrase_free(secret);
    return rc == ENT_OK ? oidc_show(cli, &home, &o, err) : rc;
}

/* ---- the others ---- */

static ent_code show_run(cli_context *cli, ent_err *err)
{
    node_home home;
    node_oidc o;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_oidc_get(cli->arena, &home, &o, err));
    return oidc_show(cli, &home, &o, err);
}

static ent_code clear_run(cli_context *cli, ent_err *err)
{
    node_home home;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    return node_oidc_clear(cli->arena, &home, err);
}

static ent_code exchange_run(cli_context *cli, ent_err *err)
{
    node_credential subject;
    oidc_attempt attempt = { 0 };
    node_home home;
    node_user user;
    ent_str text;
    ent_json json;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(cli_file(cli, "-", INPUT_LIMIT, &text, err));
    ENT_TRY(ent_json_read(cli->arena, text, &json, err));
    attempt.nonce = ent_json_get_text(json, "nonce");
    attempt.verifier = ent_json_get_text(json, "verifier");
    ENT_TRY(node_oidc_exchange(cli->arena, &home, ent_json_get_text(json, "code"), &attempt,
                               now_of_day(), &subject, &user, err));
    if (!cli->json) {
        (void)printf("%s is %s\n", cli_text(cli, subject.title), user.name);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "id", subject.id);
    cli_line_c(&w, "user", user.name);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_oidc_set = {
    .name = "oidc set",
    .usage = "ISSUER --client-id ID --console URL [--secret-file FILE] "
             "[--algorithm RS256|ES256|EdDSA] [--ca FILE] [--allow-private]",
    .summary = "let people log in to the console at an OpenID Connect provider",
    .help =
        "ISSUER is the provider's name, https://...; its document\n"
        "(ISSUER/.well-known/openid-configuration) is fetched now, and its addresses are kept.\n"
        "ID and the secret in FILE are what the provider has for this console; without FILE it\n"
        "wants no secret. URL is where people open the console; give the provider URL/ (with the\n"
        "slash) as the address to come back to. ID tokens must be signed with the algorithm\n"
        "(default RS256) by a key that the provider publishes. Certificates are checked, against\n"
        "--ca instead of the system's authorities; an address that is not of the public Internet\n"
        "needs --allow-private. Nobody can log in before `user oidc add`. Such a session signs\n"
        "nothing. Another issuer takes the place of the one before.\n\n"
        "  entente oidc set https://login.example.org/realms/bureau --client-id entente \\\n"
        "      --secret-file client.secret --console https://north.example.org:8443\n",
    .run = set_run,
};

const cli_command cli_oidc_show = {
    .name = "oidc show",
    .usage = "",
    .summary = "the provider at which people may log in",
    .help = "Without its secret; how many subjects of it stand for users here.\n\n"
            "  entente oidc show --json\n",
    .run = show_run,
};

const cli_command cli_oidc_clear = {
    .name = "oidc clear",
    .usage = "",
    .summary = "nobody logs in at a provider any more",
    .help = "Its secret is removed, and who has logged in there is out at the next request. Whom\n"
            "its subjects stand for is kept, for when it is set again.\n\n  entente oidc clear\n",
    .run = clear_run,
};

const cli_command cli_oidc_exchange = {
    .name = "oidc exchange",
    .usage = "",
    .summary = "change a provider's code for who has logged in there",
    .help = "The console does this at each login: standard input has "
            "{\"code\",\"nonce\",\"verifier\"}.\n"
            "The ID token is checked, and the user is said for whom its subject stands.\n\n"
            "  entente oidc exchange <login.json\n",
    .run = exchange_run,
};
