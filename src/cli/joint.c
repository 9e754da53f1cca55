#include "cli/joint.h"

ent_code cli_joint_begin(cli_context *cli, cli_joint *w, ent_err *err)
{
    desk_officer officer;

    w->cli = cli;
    ENT_TRY(cli_desk(cli, &w->nd, err));
    ENT_TRY(cli_officer(cli, w->nd, &officer, err));
    w->user = ent_str_of(officer.name);
    return ENT_OK;
}

ent_code cli_joint_text(cli_context *cli, const char *name, ent_str *text, ent_err *err)
{
    const char *value = cli_option(cli, name);

    *text = ent_str_of(value);
    return value != NULL ? ENT_OK : ent_fail(err, ENT_USAGE, "%s is missing", name);
}

/* --name A,B ... as texts. */
ent_code cli_joint_ids(cli_context *cli, const char *name, cli_joint *w, ent_err *err)
{
    const char **items;

    ENT_TRY(cli_list_option(cli, name, &items, &w->id_count, err));
    w->ids = ent_arena_array(cli->arena, w->id_count + 1, sizeof *w->ids);
    if (w->ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->id_count; i++)
        w->ids[i] = ent_str_of(items[i]);
    return ENT_OK;
}

ent_code cli_joint_made(cli_context *cli, const char *what, const char *id, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s %s\n", what, id);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, what, id);
    return cli_line_end(cli, &buf, &w, err);
}

void cli_item_begin(cli_context *cli, ent_buf *buf, ent_jw *w, const joint_item *item)
{
    cli_line_begin(cli, buf, w);
    cli_line_text(w, "id", item->id);
    cli_line_text(w, "state", item->state);
    ent_jw_key(w, "basis_changed");
    ent_jw_bool(w, item->changed);
    ent_jw_key(w, "late");
    ent_jw_bool(w, item->late);
}

ent_code cli_item_end(cli_context *cli, ent_buf *buf, ent_jw *w, const char *what,
                      const joint_item *item, ent_err *err)
{
    ENT_TRY(cli_basis_json(cli, item->id, w, err));
    ent_jw_key(w, what);
    ent_jw_raw(w, ent_json_raw(item->json));
    return cli_line_end(cli, buf, w, err);
}

ent_code cli_item_json(cli_context *cli, const char *what, const joint_item *item, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_item_begin(cli, &buf, &w, item);
    return cli_item_end(cli, &buf, &w, what, item, err);
}
