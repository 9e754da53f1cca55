/* entente stix canon -- one JSON text in its canonical form (RFC 8785). */
#include "cli/commands.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *path;
    ent_str text, out;
    ent_json json;
    ent_buf buf;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    path = cli->argc == 0 ? "-" : cli->argv[0];
    ENT_TRY(cli_file(cli, path, ENT_LIMIT_JSON_TEXT, &text, err));
    if (ent_json_read(cli->arena, text, &json, err) != ENT_OK)
        return ent_context(err, "%s", path);
    ent_buf_init(&buf, cli->arena);
    ENT_TRY(ent_json_canon(json, &buf, err));
    ENT_TRY(ent_buf_done(&buf, &out, err));
    (void)fwrite(out.ptr, 1, out.size, stdout);
    return ENT_OK;
}

const cli_command cli_stix_canon = {
    .name = "stix canon",
    .usage = "[FILE]",
    .summary = "write a JSON text in its canonical form (RFC 8785)",
    .help = "Reads one JSON text from FILE or standard input and writes its canonical bytes, no\n"
            "newline added.  Equal values are equal bytes, so they can be hashed and compared.\n",
    .run = run,
};
