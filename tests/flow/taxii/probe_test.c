/* The probe matrix, asked of this node by its own command: each line of it is a test. */
#include "flow.h"

int main(void)
{
    static char text[65536];
    const char *url;
    ent_err err = { 0 };
    ent_json json;
    int rows = 0;
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    url = ent_arena_printf(f.arena, "%s/exchange/collections/" AGAIN "/", f.url).ptr;
    check(&f,
          RUN(&f, "taxii", "probe", url, "--user", "ana", "--passphrase-file", secret_file(&f),
              "--ca", f.ca) == 77,
          "an address of an own network needs to be allowed");
    check(&f, RUN(&f, "taxii", "probe", f.url, "--allow-private") == 2,
          "the address must be a collection's");
    check(&f,
          RUN_TEXT(&f, text, "taxii", "probe", url, "--user", "ana", "--passphrase-file",
                   secret_file(&f), "--ca", f.ca, "--allow-private", "--json") == 0,
          "every answer is as wanted");
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), rows++)
        if (ent_json_read(f.arena, ent_str_of(line), &json, &err) == ENT_OK)
            check(&f, ent_json_true(ent_json_get(json, "good")), "%.*s: %lld",
                  ENT_STR_ARG(ent_json_get_text(json, "probe")), (long long)number_of(json, "got"));
    check(&f, rows == 39, "all questions were asked (%d)", rows);
    url = ent_arena_printf(f.arena, "%s/exchange/collections/" READS "/", f.url).ptr;
    check(&f,
          RUN(&f, "taxii", "probe", url, "--user", "bob", "--passphrase-file", secret_file(&f),
              "--ca", f.ca, "--allow-private") == 77,
          "where nothing may be added nothing is asked");
    return flow_end(&f);
}
