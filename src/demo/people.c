/* The people of the demo: each gives the passphrase once, as at the console, and not with every
 * command, because trying one costs a tenth of a second on purpose. */
#define _GNU_SOURCE /* pipe2 */
#include "demo/play.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "node/files.h"
#include "node/users.h"

struct demo_person {
    const char *home, *name;
    node_session *session;
};

static node_session *logged_in(const demo *d, const demo_node *node, const char *user)
{
    for (size_t i = 0; i < d->person_count; i++)
        if (strcmp(d->people[i].home, node->home) == 0 && strcmp(d->people[i].name, user) == 0)
            return d->people[i].session;
    return NULL;
}

/* NULL: there is no such user, or no room; the command itself says what is wrong. */
static node_session *log_in(demo *d, const demo_node *node, const char *user)
{
    const node_home home = { .path = node->home };
    demo_person person = { .home = node->home,
                           .name = demo_text(d, ent_str_of(user)),
                           .session = NULL };
    ent_err ignored = { 0 };
    ent_str passphrase;

    if (d->people == NULL)
        d->people = ent_arena_array(d->arena, DEMO_PEOPLE, sizeof *d->people);
    if (d->people == NULL || d->person_count == DEMO_PEOPLE ||
        node_file_read(d->arena, node_path(d->arena, "%s/passphrase", d->work),
                       ENT_LIMIT_PASSPHRASE_MAX, &passphrase, &ignored) != ENT_OK ||
        node_session_begin(&home, user, passphrase, &person.session, &ignored) != ENT_OK)
        return NULL;
    d->people[d->person_count++] = person;
    return person.session;
}

int demo_person_give(demo *d, const demo_node *node, const char *user)
{
    node_session *session;
    int pair[2];

    if (node == NULL || user == NULL)
        return -1;
    session = logged_in(d, node, user);
    if (session == NULL)
        session = log_in(d, node, user);
    if (session == NULL || pipe2(pair, O_CLOEXEC) != 0)
        return -1;
    /* It fits into the pipe, so nobody waits here. */
    if (write(pair[1], session, sizeof *session) != (ssize_t)sizeof *session) {
        (void)close(pair[0]);
        pair[0] = -1;
    }
    (void)close(pair[1]);
    return pair[0];
}

void demo_people_leave(demo *d)
{
    for (size_t i = 0; i < d->person_count; i++)
        node_session_end(d->people[i].session);
    d->person_count = 0;
}
