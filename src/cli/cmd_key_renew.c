/* entente key renew, entente key show -- the keys of the links, and where their renewal is. */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/text.h"
#include "desk/work.h"
#include "node/renew.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct key_state {
    node_home home;
    node_renewal renewal;
    node_peer *peers;
    size_t count;
} key_state;

static void state_json(ent_jw *w, cli_context *cli, const key_state *s)
{
    ent_jw_object(w);
    ent_jw_key(w, "key");
    ent_jw_hex(w, node_home_key(&s->home), NODE_KEY_SIZE);
    ent_jw_key(w, "replaced");
    ent_jw_int(w, (int64_t)s->home.keys.count);
    ent_jw_key(w, "renewed");
    ent_jw_int(w, s->renewal.number);
    ent_jw_key(w, "under_way");
    ent_jw_bool(w, s->renewal.under_way);
    if (s->renewal.under_way) {
        ent_jw_key(w, "until");
        ent_jw_str(w, desk_time_text(cli->arena, s->renewal.until));
        ent_jw_key(w, "waits");
        ent_jw_array(w);
        for (size_t i = 0; i < s->count; i++)
            if (node_renew_waits(&s->renewal, &s->peers[i]))
                ent_jw_c(w, s->peers[i].code);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code state_show(cli_context *cli, ent_err *err)
{
    char hex[2 * NODE_KEY_SIZE + 1];
    key_state s = { 0 };
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_home(cli, &s.home, err));
    ENT_TRY(node_renewal_read(cli->arena, &s.home, &s.renewal, err));
    ENT_TRY(node_peer_list(cli->arena, &s.home, &s.peers, &s.count, err));
    if (cli->json) {
        ent_buf_init(&buf, cli->arena);
        ent_jw_init(&w, &buf);
        state_json(&w, cli, &s);
        return cli_json_line(cli, &buf, err);
    }
    ent_hex_write(node_home_key(&s.home), NODE_KEY_SIZE, hex);
    (void)printf("identity key  %s\nreplaced      %zu times\nlink keys     renewed %" PRId64
                 " times\n",
                 hex, s.home.keys.count, s.renewal.number);
    if (!s.renewal.under_way)
        return ENT_OK;
    (void)printf("under way     until %.*s at most; has not heard yet:",
                 ENT_STR_ARG(desk_time_text(cli->arena, s.renewal.until)));
    for (size_t i = 0; i < s.count; i++)
        if (node_renew_waits(&s.renewal, &s.peers[i]))
            (void)printf(" %s", s.peers[i].code);
    (void)printf("\n");
    return ENT_OK;
}

/* Partners without a node are told by people. */
static ent_code readers_hint(cli_context *cli, ent_err *err)
{
    node_peer *peers;
    node_home home;
    size_t count;

    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_peer_list(cli->arena, &home, &peers, &count, err));
    for (size_t i = 0; i < count; i++)
        if (peers[i].reader)
            (void)fprintf(stderr,
                          "entente: %s has no node: send it keys/border.crt when the renewal is "
                          "over (`entente key show`)\n",
                          peers[i].code);
    return ENT_OK;
}

static ent_code renew_run(cli_context *cli, ent_err *err)
{
    const char *text = cli_option(cli, "--days");
    bool finish = cli_flag(cli, "--finish");
    int64_t days = NODE_RENEW_DAYS;
    node_renewal renewal = { 0 };
    node_home home;
    node_desk *nd;
    ent_time next;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (text != NULL)
        days = strlen(text) <= 3 && strspn(text, "0123456789") == strlen(text)
                   ? strtol(text, NULL, 10)
                   : 0;
    if (days < 1 || days > NODE_RENEW_DAYS_MAX)
        return ent_fail(err, ENT_USAGE, "--days is 1 to %d", NODE_RENEW_DAYS_MAX);
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (finish) {
        ENT_TRY(node_renewal_read(cli->arena, &home, &renewal, err));
        if (!renewal.under_way)
            return ent_fail(err, ENT_CONFLICT, "no renewal of keys is under way");
        ENT_TRY(node_renew_due(nd, cli->arena, true, &next, err));
        ENT_TRY(node_desk_flush(nd, cli->arena, err));
    } else {
        ENT_TRY(node_renew_begin(nd, cli->arena, days, err));
        ENT_TRY(readers_hint(cli, err));
    }
    return state_show(cli, err);
}

static ent_code show_run(cli_context *cli, ent_err *err)
{
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    return state_show(cli, err);
}

const cli_command cli_key_renew = {
    .name = "key renew",
    .usage = "[--days N] [--finish]",
    .summary = "replace the TLS and sealing keys of this node's links",
    .help =
        "Peers learn the coming keys from the log, take old and new ones, and say that they\n"
        "have heard; nobody links anew.  When all have, or after N days (30), the old keys are\n"
        "wiped and peers told to forget them: `serve` does that.  --finish does not wait: who\n"
        "has not heard then needs a pouch, or links anew.  Make a backup afterwards.\n\n"
        "  entente key renew --days 14\n",
    .run = renew_run,
};

const cli_command cli_key_show = {
    .name = "key show",
    .usage = "",
    .summary = "this node's keys, and who has not heard of new ones",
    .help = "The identity key, how often it was replaced, and how far the renewal of the keys of\n"
            "the links is.\n\n"
            "  entente key show\n",
    .run = show_run,
};
