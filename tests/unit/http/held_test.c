/* http/held: requests that wait for news, and a system that could not keep what it had to tell. */
#include "host.h"

#include "base/hash.h"
#include "base/text.h"

#include <time.h>

/* To be answered when the checkpoint is not `known` any more. */
static void news_ask(const tls_line *l, const char *known)
{
    ent_hash hash = ent_hash_of(known, strlen(known));
    char name[100], hex[65];

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(name, sizeof name, "checkpoint?after=%s", hex);
    host_ask(l, name);
}

/* As many changes as the system keeps for one who does not hear of them, and one more. */
static unsigned long events_most(void)
{
    unsigned long most = 0;
    FILE *in = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

    assert_non_null(in);
    assert_int_equal(fscanf(in, "%lu", &most), 1);
    (void)fclose(in);
    return most + 1;
}

/* The loop is kept at a file while the folder changes more often than the system can tell; the news
 * is the last change, of which it does not tell. */
static void news_that_the_system_could_not_tell_comes_all_the_same(void **state)
{
    unsigned long most = events_most();
    host *h = host_new(1, NULL);
    tls_line waiter = host_line(h, READS_FILES), asker = host_line(h, READS_FILES);
    char text[1024], a[80], b[80];

    (void)state;
    if (most > 1000000)
        fail_msg("%lu changes would have to be made: fs.inotify.max_queued_events", most);
    news_ask(&waiter, "one\n");
    for (int i = 0; i < 3; i++) /* rounds in which it begins to wait */
        host_get(&asker, "checkpoint");
    host_ask(&asker, "wait");
    (void)sem_wait(&h->inside);
    (void)snprintf(a, sizeof a, "%s/files/a", h->folder);
    (void)snprintf(b, sizeof b, "%s/files/b", h->folder);
    for (unsigned long i = 0; i < most; i += 2)
        assert_int_equal(rename(a, b) + rename(b, a), 0);
    host_file(h, "files/checkpoint", "two\n");
    (void)sem_post(&h->go);
    assert_int_equal(tls_line_take(&waiter, text, sizeof text), 200);
    assert_non_null(strstr(text, "\r\n\r\ntwo\n"));
    tls_line_cut(&waiter);
    tls_line_cut(&asker);
    host_free(h);
}

/* Each hears of its own folder alone; of what lies beside the awaited file, nobody does. */
static void only_the_awaited_file_is_news(void **state)
{
    struct timespec chance = { 0, 50000000 };
    host *h = host_new(1, NULL);
    tls_line waiter = host_line(h, READS_FILES), asker = host_line(h, READS_FILES);
    char text[1024];

    (void)state;
    news_ask(&waiter, "one\n");
    host_get(&asker, "checkpoint");
    host_file(h, "files/a", "other");
    host_file(h, "pages/checkpoint", "other");
    host_get(&asker, "checkpoint");
    (void)nanosleep(&chance, NULL);
    host_file(h, "files/checkpoint", "two\n");
    assert_int_equal(tls_line_take(&waiter, text, sizeof text), 200);
    assert_non_null(strstr(text, "\r\n\r\ntwo\n"));
    host_drop(h, "pages/checkpoint");
    tls_line_cut(&waiter);
    tls_line_cut(&asker);
    host_free(h);
}

RUN_TESTS(TEST(news_that_the_system_could_not_tell_comes_all_the_same),
          TEST(only_the_awaited_file_is_news))
