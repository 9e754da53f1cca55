#include "node/derive.h"

#include "node/desk.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#define DERIVE_MEMORY ((size_t)4 << 20)
#define SAY_FIRST_MS  2000
#define SAY_EVERY_MS  5000

static void progress_say(const holdings_derived *derived, int64_t objects)
{
    (void)fprintf(stderr,
                  "entente: the rules of what records are found by are new: %" PRId64 " of %" PRId64
                  " objects are done\n",
                  derived->done, objects);
}

static bool told_to_end(int control)
{
    struct pollfd wait = { control, POLLIN, 0 };

    return control >= 0 && poll(&wait, 1, 0) != 0;
}

ent_code node_derive(store *s, int control, holdings_derived *derived, ent_err *err)
{
    int64_t say = node_ms() + SAY_FIRST_MS, objects = 0;
    bool said = false;

    ENT_TRY(holdings_derived_read(s, derived, err));
    if (!derived->current)
        ENT_TRY(store_count(s, NULL, &objects, err));
    while (!derived->current && !told_to_end(control)) {
        if (holdings_derive_step(s, derived, err) != ENT_OK)
            return ent_context(err, "what records are found by");
        if (node_ms() < say && !(said && derived->current))
            continue;
        progress_say(derived, objects);
        said = true;
        say = node_ms() + SAY_EVERY_MS;
    }
    return ENT_OK;
}

ent_code node_derive_run(const node_home *home, int control, ent_err *err)
{
    ent_arena *arena = ent_arena_new(DERIVE_MEMORY);
    holdings_derived derived;
    node_desk *nd = NULL;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the index");
    rc = node_desk_open(arena, home, &nd, err);
    if (rc == ENT_OK)
        rc = node_derive(node_desk_desk(nd)->store, control, &derived, err);
    node_desk_close(nd);
    ent_arena_free(arena);
    return rc;
}
