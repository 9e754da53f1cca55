/* entente user token|certificate|key|oidc add|list|remove -- what stands for a user besides the
 * passphrase on the client listener. */
#include "cli/home.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "node/oidc.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define DAYS_DEFAULT 365
#define DAYS_MOST    3650
#define PEM_LIMIT    ((size_t)65536)

/* Of the world, also on exercise: clients and certificates live in it. */
static ent_time now_of_day(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND;
}

static ent_code credential_show(cli_context *cli, const node_credential *c, const char *token,
                                ent_err *err)
{
    char made[ENT_TIME_TEXT], expires[ENT_TIME_TEXT] = "";
    ent_buf buf;
    ent_jw w;

    ent_time_write(c->made, made);
    if (c->expires != 0)
        ent_time_write(c->expires, expires);
    if (!cli->json) {
        (void)printf("%-16s %.12s  made %.10s  %s%.10s  %s\n", cli_text(cli, c->user), c->id.ptr,
                     made, c->expires != 0 ? "expires " : "", expires, cli_text(cli, c->title));
        if (token != NULL)
            (void)printf("%s\n", token);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "user");
    ent_jw_str(&w, c->user);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, c->id);
    ent_jw_key(&w, "title");
    ent_jw_str(&w, c->title);
    ent_jw_key(&w, "made");
    ent_jw_c(&w, made);
    if (c->kind == NODE_SUBJECT) {
        ent_jw_key(&w, "issuer");
        ent_jw_str(&w, c->host);
    }
    if (c->expires != 0) {
        ent_jw_key(&w, "expires");
        ent_jw_c(&w, expires);
    }
    if (token != NULL) {
        ent_jw_key(&w, "token");
        ent_jw_c(&w, token);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code days_read(const char *text, long *days, ent_err *err)
{
    char *end;

    *days = DAYS_DEFAULT;
    if (text == NULL)
        return ENT_OK;
    errno = 0;
    *days = strtol(text, &end, 10);
    if (errno != 0 || *text == '\0' || *end != '\0' || *days < 1 || *days > DAYS_MOST)
        return ent_fail(err, ENT_USAGE, "--days is 1 to %d, not '%s'", DAYS_MOST, text);
    return ENT_OK;
}

/* Whoever acts as a user has to do with their own, and an administrator also ends and lists
 * those of others: who could make a token for somebody could be anybody. */
static ent_code own_check(cli_context *cli, const char *name, bool makes, ent_err *err)
{
    desk_officer officer;
    node_desk *nd;

    if (cli->user == NULL)
        return ENT_OK;
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    if ((name == NULL || strcmp(name, cli->user) != 0) &&
        (makes || strcmp(officer.role, "admin") != 0))
        return ent_fail(err, ENT_DENIED,
                        "'%s' has to do with the credentials of '%s' alone [roles]", cli->user,
                        cli->user);
    return ENT_OK;
}

static ent_code token_add_run(cli_context *cli, ent_err *err)
{
    const char *title = cli_option(cli, "--title"), *days_text = cli_option(cli, "--days");
    char token[NODE_TOKEN_SIZE];
    node_credential made;
    node_home home;
    ent_time now = now_of_day();
    long days;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(days_read(days_text, &days, err));
    ENT_TRY(own_check(cli, cli->argv[0], true, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_token_add(cli->arena, &home, cli->argv[0], title == NULL ? "" : title, now,
                           now + days * ENT_DAY_TIME, token, &made, err));
    return credential_show(cli, &made, token, err);
}

static ent_code certificate_add_run(cli_context *cli, ent_err *err)
{
    node_credential made;
    node_home home;
    ent_str pem;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(cli_file(cli, cli->argv[1], PEM_LIMIT, &pem, err));
    ENT_TRY(node_certificate_add(cli->arena, &home, cli->argv[0], pem, now_of_day(), &made, err));
    return credential_show(cli, &made, NULL, err);
}

/* The own ones, of who may not see all. */
static const char *listed_user(cli_context *cli)
{
    ent_err ignored = { 0 };

    if (cli->argc > 0)
        return cli->argv[0];
    return own_check(cli, NULL, false, &ignored) == ENT_OK ? NULL : cli->user;
}

static ent_code list(cli_context *cli, node_credential_kind kind, ent_err *err)
{
    node_credential *found;
    node_home home;
    const char *user;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    user = listed_user(cli);
    if (user != NULL)
        ENT_TRY(own_check(cli, user, false, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_credential_list(cli->arena, &home, kind, user, &found, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(credential_show(cli, &found[i], NULL, err));
    return ENT_OK;
}

static ent_code token_list_run(cli_context *cli, ent_err *err)
{
    return list(cli, NODE_TOKEN, err);
}

static ent_code certificate_list_run(cli_context *cli, ent_err *err)
{
    return list(cli, NODE_CERTIFICATE, err);
}

static ent_code remove_one(cli_context *cli, node_credential_kind kind, ent_err *err)
{
    node_home home;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    ENT_TRY(own_check(cli, cli->argv[0], false, err));
    ENT_TRY(cli_home(cli, &home, err));
    return node_credential_remove(cli->arena, &home, kind, cli->argv[0], cli->argv[1], err);
}

static ent_code token_remove_run(cli_context *cli, ent_err *err)
{
    return remove_one(cli, NODE_TOKEN, err);
}

static ent_code certificate_remove_run(cli_context *cli, ent_err *err)
{
    return remove_one(cli, NODE_CERTIFICATE, err);
}

static ent_code oidc_add_run(cli_context *cli, ent_err *err)
{
    node_credential made;
    node_home home;
    node_oidc oidc;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_oidc_get(cli->arena, &home, &oidc, err));
    ENT_TRY(node_subject_add(cli->arena, &home, cli->argv[0], oidc.provider.issuer, cli->argv[1],
                             now_of_day(), &made, err));
    return credential_show(cli, &made, NULL, err);
}

static ent_code oidc_list_run(cli_context *cli, ent_err *err)
{
    return list(cli, NODE_SUBJECT, err);
}

static ent_code oidc_remove_run(cli_context *cli, ent_err *err)
{
    return remove_one(cli, NODE_SUBJECT, err);
}

/* {"algorithm","counter","credential","point"}: what a ceremony of the console has made sure of. */
static ent_code key_read(cli_context *cli, const char *file, webauthn_key *key, ent_err *err)
{
    int64_t algorithm = 0, counter = 0;
    ent_json json;
    ent_str text;

    *key = (webauthn_key){ 0 };
    ENT_TRY(cli_file(cli, file, PEM_LIMIT, &text, err));
    ENT_TRY(ent_json_read(cli->arena, text, &json, err));
    (void)ent_json_int(ent_json_get(json, "algorithm"), &algorithm);
    (void)ent_json_int(ent_json_get(json, "counter"), &counter);
    if ((algorithm != WEBAUTHN_ES256 && algorithm != WEBAUTHN_EDDSA) || counter < 0 ||
        counter > UINT32_MAX)
        return ent_fail(err, ENT_FORMAT,
                        "a security key has an algorithm (-7 or -8) and a counter [RFC 9053]");
    key->algorithm = (webauthn_algorithm)algorithm;
    key->counter = (uint32_t)counter;
    ENT_TRY(ent_hex_read(ent_json_get_text(json, "point"), key->point, sizeof key->point, err));
    ENT_TRY(ent_base64_read(cli->arena, ent_json_get_text(json, "credential"), &key->id, err));
    if (key->id.size == 0 || key->id.size > WEBAUTHN_ID_LIMIT)
        return ent_fail(err, ENT_FORMAT, "the id of a security key has 1 to %d bytes [WebAuthn 4]",
                        WEBAUTHN_ID_LIMIT);
    return ENT_OK;
}

static ent_code as_needed(const cli_context *cli, ent_err *err)
{
    if (cli->user != NULL)
        return ENT_OK;
    return ent_fail(err, ENT_USAGE, "a security key is its user's own: give --as USER");
}

static ent_code key_add_run(cli_context *cli, ent_err *err)
{
    const char *title = cli_option(cli, "--title"), *host = cli_option(cli, "--host");
    node_credential made;
    webauthn_key key;
    node_home home;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(as_needed(cli, err));
    if (host == NULL || *host == '\0')
        return ent_fail(err, ENT_USAGE, "--host is the name in the console's address");
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(key_read(cli, cli->argv[0], &key, err));
    ENT_TRY(node_security_key_add(cli->arena, &home, cli->user, title == NULL ? "" : title,
                                  ent_str_of(host), &key, now_of_day(), &made, err));
    return credential_show(cli, &made, NULL, err);
}

static ent_code key_list_run(cli_context *cli, ent_err *err)
{
    return list(cli, NODE_SECURITY_KEY, err);
}

static ent_code key_remove_run(cli_context *cli, ent_err *err)
{
    return remove_one(cli, NODE_SECURITY_KEY, err);
}

static ent_code key_used_run(cli_context *cli, ent_err *err)
{
    const char *text = cli_option(cli, "--count");
    unsigned long count;
    node_home home;
    char *end;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(as_needed(cli, err));
    errno = 0;
    count = text == NULL ? 0 : strtoul(text, &end, 10);
    if (text == NULL || errno != 0 || *text < '0' || *text > '9' || *end != '\0' ||
        count > UINT32_MAX)
        return ent_fail(err, ENT_USAGE, "--count is what the key says, 0 to %u", UINT32_MAX);
    ENT_TRY(cli_home(cli, &home, err));
    return node_security_key_used(cli->arena, &home, cli->user, ent_str_of(cli->argv[0]),
                                  (uint32_t)count, err);
}

const cli_command cli_user_key_add = {
    .name = "user key add",
    .usage = "FILE --host HOST [--title T]",
    .summary = "let a security key stand for who asks",
    .help = "The console does this when somebody adds a security key (WebAuthn) to their account;\n"
            "FILE is then the key: {\"algorithm\", \"counter\", \"credential\", \"point\"}.  It "
            "lets its\n"
            "user in at HOST without the passphrase, to read and work; what is signed still needs\n"
            "the passphrase.  Needs --as.\n\n"
            "  entente --as ana user key add key.json --host node.example --title 'blue one'\n",
    .run = key_add_run,
};

const cli_command cli_user_key_list = {
    .name = "user key list",
    .usage = "[NAME]",
    .summary = "list the security keys that stand for users",
    .help = "User, id, when it was added, title.\n\n  entente user key list ana\n",
    .run = key_list_run,
};

const cli_command cli_user_key_remove = {
    .name = "user key remove",
    .usage = "NAME ID",
    .summary = "let a security key not stand for a user any more",
    .help = "ID is its id as `user key list` shows it, or the beginning of it.  At once: sessions\n"
            "that it opened end.\n\n  entente user key remove ana 5f0c12ab34cd\n",
    .run = key_remove_run,
};

const cli_command cli_user_key_used = {
    .name = "user key used",
    .usage = "ID --count N",
    .summary = "note how far a security key has counted its answers",
    .help =
        "The console does this at each login.  Refused (exit 77) where the key has counted as far\n"
        "before: then there may be two of it, and it should be removed.  Needs --as.\n\n"
        "  entente --as ana user key used 5f0c12ab...34cd --count 17\n",
    .run = key_used_run,
};

const cli_command cli_user_token_add = {
    .name = "user token add",
    .usage = "NAME [--title T] [--days N]",
    .summary = "make a bearer token for a user's tools",
    .help =
        "The token is shown once and kept nowhere.  Whoever has it is the user on the client\n"
        "listener (`Authorization: Bearer TOKEN`) until it expires, after N days (default 365),\n"
        "or is removed.  Who acts as a user (--as, the API) makes one for that user alone, with "
        "the\n"
        "passphrase.\n\n"
        "  entente user token add ana --title 'MISP of the second floor' --days 90\n",
    .run = token_add_run,
    .raw = true,
};

const cli_command cli_user_token_list = {
    .name = "user token list",
    .usage = "[NAME]",
    .summary = "list bearer tokens, without the tokens",
    .help = "User, id, when it was made and when it expires, title.\n\n"
            "  entente user token list ana --json\n",
    .run = token_list_run,
};

const cli_command cli_user_token_remove = {
    .name = "user token remove",
    .usage = "NAME ID",
    .summary = "end a bearer token",
    .help = "ID is its id as `user token list` shows it, or the beginning of it.  At once.\n\n"
            "  entente user token remove ana 5f0c12ab34cd\n",
    .run = token_remove_run,
};

const cli_command cli_user_certificate_add = {
    .name = "user certificate add",
    .usage = "NAME FILE",
    .summary = "let a client certificate stand for a user",
    .help = "FILE is the certificate in PEM.  Who proves to hold its key when connecting to the\n"
            "client listener, and shows no other credentials, is the user, within the dates of\n"
            "the certificate shown.  Its key is what counts (its pin), not who signed it.\n\n"
            "  entente user certificate add ana ana.crt\n",
    .run = certificate_add_run,
};

const cli_command cli_user_certificate_list = {
    .name = "user certificate list",
    .usage = "[NAME]",
    .summary = "list the certificates that stand for users",
    .help = "User, pin, and when it was added.\n\n  entente user certificate list --json\n",
    .run = certificate_list_run,
};

const cli_command cli_user_certificate_remove = {
    .name = "user certificate remove",
    .usage = "NAME ID",
    .summary = "let a certificate not stand for a user any more",
    .help = "ID is the pin as `user certificate list` shows it, or the beginning of it.\n\n"
            "  entente user certificate remove ana 5f0c12ab34cd\n",
    .run = certificate_remove_run,
};

const cli_command cli_user_oidc_add = {
    .name = "user oidc add",
    .usage = "NAME SUBJECT",
    .summary = "let who logs in at the provider as SUBJECT be a user",
    .help =
        "SUBJECT is the name that the provider (`oidc set`) has for the person and gives to "
        "nobody\n"
        "else: the `sub` of its ID tokens. Who tries to log in before is told it. No claim of the\n"
        "provider's makes a user or gives a role; such a session signs nothing.\n\n"
        "  entente user oidc add ana 248289761001\n",
    .run = oidc_add_run,
};

const cli_command cli_user_oidc_list = {
    .name = "user oidc list",
    .usage = "[NAME]",
    .summary = "list the subjects of providers that stand for users",
    .help = "User, id, when it was added, the subject; with --json also the issuer: only those of\n"
            "the one that is set now let anybody in.\n\n  entente user oidc list --json\n",
    .run = oidc_list_run,
};

const cli_command cli_user_oidc_remove = {
    .name = "user oidc remove",
    .usage = "NAME ID",
    .summary = "let a subject not stand for a user any more",
    .help = "ID is its id as `user oidc list` shows it, or the beginning of it. Sessions that it\n"
            "opened end at their next request.\n\n  entente user oidc remove ana 5f0c12ab34cd\n",
    .run = oidc_remove_run,
};
