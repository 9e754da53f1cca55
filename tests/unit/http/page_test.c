/* http/page: pages that take long to make, and who waits for them. */
#include "host.h"

#include <poll.h>
#include <time.h>

#define ASKS 8

/* Has an answer come?  A tenth of a second is its chance to be wrong, not a limit. */
static bool is_answered(const tls_line *l)
{
    struct pollfd wait = { l->fd, POLLIN, 0 };

    return poll(&wait, 1, 100) == 1;
}

/* There is but one loop. */
static void who_asks_for_files_does_not_wait_for_a_page(void **state)
{
    host *h = host_new(1, NULL);
    tls_line slow = host_line(h, READS_PAGES), files = host_line(h, READS_FILES), later;
    char text[1024];

    (void)state;
    host_ask(&slow, "wait");
    (void)sem_wait(&h->inside);
    host_get(&files, "checkpoint");
    later = host_line(h, READS_FILES);
    host_get(&later, "checkpoint");
    assert_false(is_answered(&slow));
    (void)sem_post(&h->go);
    assert_int_equal(tls_line_take(&slow, text, sizeof text), 200);
    assert_non_null(strstr(text, "\r\n\r\na page\n"));
    host_get(&slow, "page"); /* others on the same line */
    host_get(&slow, "page");
    tls_line_cut(&slow);
    tls_line_cut(&files);
    tls_line_cut(&later);
    host_free(h);
}

/* A line is kept at a file, so that its loop is; who comes then, the other has. */
static void pages_asked_for_in_two_threads_are_made_one_at_a_time(void **state)
{
    host *h = host_new(2, NULL);
    tls_line files[2], pages[2];
    char text[1024];

    (void)state;
    files[0] = host_line(h, READS_FILES);
    host_ask(&files[0], "wait");
    (void)sem_wait(&h->inside);
    files[1] = host_line(h, READS_FILES);
    pages[1] = host_line(h, READS_PAGES);
    (void)sem_post(&h->go);
    assert_int_equal(tls_line_take(&files[0], text, sizeof text), 404);
    host_ask(&files[1], "wait");
    (void)sem_wait(&h->inside);
    pages[0] = host_line(h, READS_PAGES);
    (void)sem_post(&h->go);
    assert_int_equal(tls_line_take(&files[1], text, sizeof text), 404);

    host_ask(&pages[0], "wait");
    (void)sem_wait(&h->inside);
    host_ask(&pages[1], "page");
    assert_false(is_answered(&pages[1]));
    for (size_t i = 0; i < 2; i++)
        host_get(&files[i], "checkpoint");
    (void)sem_post(&h->go);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(tls_line_take(&pages[i], text, sizeof text), 200);
    assert_int_equal(h->together, 1);
    assert_int_equal(h->made, 2);
    for (size_t i = 0; i < 2; i++) {
        tls_line_cut(&files[i]);
        tls_line_cut(&pages[i]);
    }
    host_free(h);
}

static void who_goes_while_a_page_is_made_is_forgotten(void **state)
{
    host *h = host_new(1, NULL);
    tls_line gone[ASKS], stays = host_line(h, READS_PAGES);

    (void)state;
    for (size_t i = 0; i < ASKS; i++) {
        gone[i] = host_line(h, READS_PAGES);
        host_ask(&gone[i], i == 0 ? "wait" : "page");
        if (i == 0)
            (void)sem_wait(&h->inside);
    }
    for (size_t i = 0; i < ASKS; i++)
        tls_line_cut(&gone[i]);
    (void)sem_post(&h->go);
    host_get(&stays, "page");
    tls_line_cut(&stays);
    host_free(h);
}

struct ending {
    host *h;
    struct timespec wait;
};

static void *go_later(void *arg)
{
    const struct ending *ending = arg;

    (void)nanosleep(&ending->wait, NULL);
    (void)sem_post(&ending->h->go);
    return NULL;
}

/* The listener ends while a page is made and another waits for its turn. */
static void end_with(struct timespec wait, int *first_status)
{
    struct ending ending = { host_new(1, NULL), wait };
    tls_line first = host_line(ending.h, READS_PAGES), second = host_line(ending.h, READS_PAGES);
    pthread_t thread;
    char text[1024];

    host_ask(&first, "wait");
    (void)sem_wait(&ending.h->inside);
    host_ask(&second, "page");
    assert_int_equal(pthread_create(&thread, NULL, go_later, &ending), 0);
    host_free(ending.h);
    (void)pthread_join(thread, NULL);
    *first_status = tls_line_take(&first, text, sizeof text);
    (void)tls_line_take(&second, text, sizeof text);
    tls_line_cut(&first);
    tls_line_cut(&second);
}

static void an_end_while_a_page_is_made_finishes_it(void **state)
{
    int status;

    (void)state;
    end_with((struct timespec){ 0, 200000000 }, &status);
    assert_int_equal(status, 200);
}

/* Longer than an end has patience with (server.c): nobody is answered, and it is an end. */
static void an_end_does_not_wait_for_who_is_behind_a_long_page(void **state)
{
    int status;

    (void)state;
    end_with((struct timespec){ 3, 0 }, &status);
    assert_true(status == 0 || status == 200);
}

static void who_would_write_is_told_by_the_page(void **state)
{
    host *h = host_new(1, NULL);
    tls_line l = host_line(h, READS_PAGES);
    char text[1024];

    (void)state;
    tls_line_send(&l, "POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    assert_int_equal(tls_line_take(&l, text, sizeof text), 200);
    assert_int_equal(h->made, 1);
    tls_line_cut(&l);
    host_free(h);
}

RUN_TESTS(TEST(who_asks_for_files_does_not_wait_for_a_page),
          TEST(pages_asked_for_in_two_threads_are_made_one_at_a_time),
          TEST(who_goes_while_a_page_is_made_is_forgotten),
          TEST(an_end_while_a_page_is_made_finishes_it),
          TEST(an_end_does_not_wait_for_who_is_behind_a_long_page),
          TEST(who_would_write_is_told_by_the_page))
