#include "cli/label.h"

#include "base/json_write.h"
#include "holdings/index.h"

static void many_write(cli_context *cli, ent_jw *w, const char *option, const char *member)
{
    const char *value = cli_option(cli, option);

    if (value == NULL)
        return;
    ent_jw_key(w, member);
    ent_jw_array(w);
    for (; value != NULL; value = cli_option(cli, option))
        ent_jw_c(w, value);
    ent_jw_end(w);
}

static void one_write(cli_context *cli, ent_jw *w, const char *option, const char *member)
{
    const char *value = cli_option(cli, option);

    if (value == NULL)
        return;
    ent_jw_key(w, member);
    ent_jw_c(w, value);
}

static ent_code rating_write(cli_context *cli, ent_jw *w, ent_err *err)
{
    const char *rating = cli_option(cli, "--rating");

    if (rating == NULL)
        return ENT_OK;
    if (strlen(rating) != 2 || rating[0] < 'A' || rating[0] > 'F' || rating[1] < '1' ||
        rating[1] > '6')
        return ent_fail(err, ENT_USAGE, "--rating '%s' is not A to F and 1 to 6, as in B2", rating);
    ent_jw_key(w, "rating");
    ent_jw_object(w);
    ent_jw_key(w, "scale");
    ent_jw_c(w, "admiralty");
    ent_jw_key(w, "source");
    ent_jw_printf(w, "%c", rating[0]);
    ent_jw_key(w, "information");
    ent_jw_printf(w, "%c", rating[1]);
    ent_jw_end(w);
    return ENT_OK;
}

ent_code cli_label(cli_context *cli, ent_str *label, ent_err *err)
{
    policy_label checked;
    ent_json none;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ENT_TRY(rating_write(cli, &w, err));
    many_write(cli, &w, "--handling", "handling");
    many_write(cli, &w, "--purpose", "purposes");
    one_write(cli, &w, "--category", "category");
    one_write(cli, &w, "--retention", "retention");
    one_write(cli, &w, "--discover", "discover");
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, label, err));
    ENT_TRY(ent_json_read(cli->arena, ENT_STR("{}"), &none, err));
    if (holdings_label(cli->arena, none, *label, &checked, err) != ENT_OK) {
        err->code = ENT_USAGE;
        return ent_context(err, "the options");
    }
    if (ent_str_is(*label, "{}"))
        *label = ENT_STR_NONE;
    return ENT_OK;
}
