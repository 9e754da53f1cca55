/* entente stix id -- the deterministic ids of cyber-observable objects. */
#include "cli/commands.h"

#include "base/json_write.h"
#include "base/text.h"
#include "stix/sco_id.h"
#include "stix/stream.h"

#define ROW_MEMORY ((size_t)256 << 20)

static ent_code row_write(const cli_context *cli, ent_arena *arena, const stix_item *item,
                          ent_err *err)
{
    ent_str id, line;
    ent_buf buf;
    ent_jw w;

    ent_arena_reset(arena);
    ENT_TRY(stix_sco_id(arena, item->value, &id, err));
    ent_buf_init(&buf, arena);
    if (cli->json) {
        ent_jw_init(&w, &buf);
        ent_jw_object(&w);
        ent_jw_key(&w, "index");
        ent_jw_int(&w, (int64_t)item->index);
        if (item->at != STIX_NOWHERE) {
            ent_jw_key(&w, "at");
            ent_jw_int(&w, (int64_t)item->at);
        }
        ent_jw_key(&w, "id");
        ent_jw_str(&w, id);
        ent_jw_end(&w);
    } else if (id.ptr != NULL) {
        ent_text_visible(&buf, id);
    } else {
        ent_buf_c(&buf, "random only: ");
        ent_text_visible(&buf, ent_json_get_text(item->value, "type"));
    }
    ent_buf_byte(&buf, '\n');
    ENT_TRY(ent_buf_done(&buf, &line, err));
    (void)fwrite(line.ptr, 1, line.size, stdout);
    return ENT_OK;
}

static ent_code file_ids(cli_context *cli, ent_arena *arena, const char *file, ent_err *err)
{
    cli_map map;
    stix_stream *stream;
    stix_item item;
    bool more;
    ent_code rc;

    ENT_TRY(cli_map_open(cli, file, &map, err));
    rc = stix_stream_new(cli->arena, map.text, &stream, err);
    if (rc == ENT_OK) {
        while ((rc = stix_stream_next(stream, &item, &more, err)) == ENT_OK && more)
            if (!item.bundle && (rc = row_write(cli, arena, &item, err)) != ENT_OK)
                break;
        stix_stream_free(stream);
    }
    cli_map_close(&map);
    return rc == ENT_OK ? rc : ent_context(err, "%s", file);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    ent_arena *arena;
    ent_code rc = ENT_OK;

    ENT_TRY(cli_arguments(cli, 0, -1, err));
    arena = ent_arena_new(ROW_MEMORY);
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory");
    for (int i = 0; rc == ENT_OK && (i < cli->argc || (i == 0 && cli->argc == 0)); i++)
        rc = file_ids(cli, arena, cli->argc == 0 ? "-" : cli->argv[i], err);
    ent_arena_free(arena);
    return rc;
}

const cli_command cli_stix_id = {
    .name = "stix id",
    .usage = "[FILE...]",
    .summary = "the deterministic ids of cyber-observable objects",
    .help =
        "Reads cyber-observable objects, with or without an id, and prints the id that STIX 2.1\n"
        "s2.9 computes from their contributing properties; null where only a random one is\n"
        "allowed.  Mind that such an id tells its value to whoever can guess it.\n"
        "\n"
        "  echo '{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.3\"}' | entente stix id --json\n",
    .run = run,
};
