/* http/loop: whose turn it is when many want something at once. */
#include "host.h"

#include <poll.h>

#define CROWD 64

/* Of the crowd, how many had an answer when a file was last asked for. */
static _Atomic int crowd[CROWD];
static _Atomic size_t greeted;

static void crowd_look(void)
{
    greeted = 0;
    for (size_t i = 0; i < CROWD; i++) {
        struct pollfd wait = { crowd[i], POLLIN, 0 };

        greeted += crowd[i] > 0 && poll(&wait, 1, 0) == 1;
    }
}

static int crowd_open(const host *h)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(strrchr(h->bound, ':') + 1)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* While the loop is busy with one request, 64 begin a handshake in earnest and one that is
 * connected asks for a file: it gets it before more than a few of them are answered, and they all
 * are. */
static void who_is_connected_is_served_before_a_crowd_of_handshakes(void **state)
{
    hello said = hello_make();
    host *h = host_new(1, crowd_look);
    tls_line busy = host_line(h, READS_FILES), active = host_line(h, READS_FILES);
    char text[1024];

    (void)state;
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = crowd_open(h);
        assert_int_equal(send(crowd[i], said.bytes, 1, 0), 1);
    }
    for (size_t i = 0; i < CROWD; i++) /* rounds in which they are all let in */
        host_get(&active, "a");
    host_ask(&busy, "wait");
    (void)sem_wait(&h->inside);
    for (size_t i = 0; i < CROWD; i++)
        assert_int_equal(send(crowd[i], said.bytes + 1, said.size - 1, 0), (ssize_t)said.size - 1);
    host_ask(&active, "a");
    (void)sem_post(&h->go);
    assert_int_equal(tls_line_take(&active, text, sizeof text), 200);
    if (greeted > CROWD / 4)
        fail_msg("%zu of %d handshakes went on first", greeted, CROWD);
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(recv(crowd[i], text, 1, 0), 1);
        (void)close(crowd[i]);
    }
    assert_int_equal(tls_line_take(&busy, text, sizeof text), 404);
    tls_line_cut(&busy);
    tls_line_cut(&active);
    host_free(h);
}

RUN_TESTS(TEST(who_is_connected_is_served_before_a_crowd_of_handshakes))
