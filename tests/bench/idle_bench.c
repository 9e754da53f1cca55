/* One client at work while many others are connected: 10,000 that say nothing, 10,000 whose
 * handshake is over and that have had an answer (each gets another afterwards), 2,000 that send
 * their request byte by byte.  Its pages' median and 99th percentile, on one connection and with
 * a new one for each; the server's descriptors and memory, also for one connection; how many of
 * the slow it has got rid of.  JSON Lines; the exit status is 1 if one of the idle was lost.
 * ENT_BENCH_IDLE=2000 for fewer.  Needs that many open files, here and in the server: the limit
 * is raised as far as it may be. */
#include "../flow/taxii/flow.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define C           "/exchange/collections/" AGAIN "/"
#define THREADS     4
#define SLOW        2000
#define OTHERS      200    /* files beside the connections */
#define MOST        100000 /* requests measured */

#define MEMORY      "\nprocess_resident_memory_bytes "
#define DESCRIPTORS "\nprocess_open_fds "

static const char whole[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/* One that is connected. */
struct guest {
    int fd;
    gnutls_session_t session; /* NULL: no handshake */
};

struct crowd {
    struct guest *guests;
    size_t count;
    uint16_t port;
    bool asks; /* each has had an answer */
    gnutls_certificate_credentials_t credentials;
    atomic_size_t next, good;
};

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void say(const char *phase, const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"idle/%s/%s\",\"value\":%.2f,\"unit\":\"%s\"}\n", phase, what, value,
                 unit);
    (void)fflush(stdout);
}

/* ---- the crowd ---- */

static bool guest_connect(struct guest *guest, uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };

    at.sin_port = htons(port);
    guest->fd = socket(AF_INET, SOCK_STREAM, 0);
    /* Or the request behind the handshake waits 40 ms for an acknowledgement. */
    (void)setsockopt(guest->fd, IPPROTO_TCP, TCP_NODELAY, &(const int){ 1 }, sizeof(int));
    return guest->fd >= 0 && connect(guest->fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool guest_greet(struct guest *guest, const struct crowd *crowd)
{
    int rc;

    if (gnutls_init(&guest->session, GNUTLS_CLIENT) < 0 ||
        gnutls_set_default_priority(guest->session) < 0 ||
        gnutls_credentials_set(guest->session, GNUTLS_CRD_CERTIFICATE, crowd->credentials) < 0)
        return false;
    gnutls_transport_set_int(guest->session, guest->fd);
    do
        rc = gnutls_handshake(guest->session);
    while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    return rc == 0;
}

/* Head and body may come as two records. */
static bool guest_ask(struct guest *guest)
{
    char bytes[1024] = "";
    size_t size = 0;

    if (gnutls_record_send(guest->session, whole, sizeof whole - 1) < 0)
        return false;
    while (strstr(bytes, "{\"status\":\"ok\"}\n") == NULL && size + 1 < sizeof bytes) {
        ssize_t got = gnutls_record_recv(guest->session, bytes + size, sizeof bytes - 1 - size);

        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            continue;
        if (got <= 0)
            return false;
        size += (size_t)got;
        bytes[size] = '\0';
    }
    return strncmp(bytes, "HTTP/1.1 200 ", 13) == 0;
}

static void *guests_greet(void *arg)
{
    struct crowd *crowd = arg;

    for (size_t i; (i = atomic_fetch_add(&crowd->next, 1)) < crowd->count;) {
        struct guest *guest = &crowd->guests[i];

        if (guest_connect(guest, crowd->port) && guest_greet(guest, crowd) &&
            (!crowd->asks || guest_ask(guest)))
            (void)atomic_fetch_add(&crowd->good, 1);
    }
    return NULL;
}

static struct crowd *crowd_new(const flow *f, size_t count, bool asks)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);

    if (crowd == NULL || (crowd->guests = calloc(count, sizeof *crowd->guests)) == NULL ||
        gnutls_certificate_allocate_credentials(&crowd->credentials) < 0)
        abort();
    crowd->count = count;
    crowd->asks = asks;
    crowd->port = (uint16_t)strtol(strrchr(f->url, ':') + 1, NULL, 10);
    return crowd;
}

/* All handshakes, as quickly as they go. */
static void crowd_greet(struct crowd *crowd)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, guests_greet, crowd) != 0)
            abort();
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
}

static void crowd_free(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->guests[i].session != NULL)
            gnutls_deinit(crowd->guests[i].session);
        if (crowd->guests[i].fd > 0)
            (void)close(crowd->guests[i].fd);
    }
    gnutls_certificate_free_credentials(crowd->credentials);
    free(crowd->guests);
    free(crowd);
}

/* ---- the one at work ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void work(flow *f, const char *phase, bool anew, double seconds)
{
    static double took[MOST];
    double until = now() + seconds;
    size_t count = 0, failed = 0;
    char name[64];

    while (now() < until && count < MOST) {
        double begun = now();

        if (anew) {
            curl_easy_cleanup(f->curl);
            f->curl = NULL;
        }
        failed += ASK(f, .path = C "objects/?limit=100").status != 200;
        took[count++] = (now() - begun) * 1000;
        ent_arena_reset(f->arena);
    }
    qsort(took, count, sizeof *took, by_value);
    (void)snprintf(name, sizeof name, "%s/p50", anew ? "new-connection" : "page");
    say(phase, name, took[count / 2], "ms");
    (void)snprintf(name, sizeof name, "%s/p99", anew ? "new-connection" : "page");
    say(phase, name, took[count * 99 / 100], "ms");
    if (failed > 0)
        say(phase, "failed", (double)failed, "1");
}

static double metric(flow *f, const char *name)
{
    answer r = ASK(f, .path = "/metrics", .accept = "*/*");
    const char *at = r.status == 200 ? strstr(r.body.ptr, name) : NULL;
    double value = at == NULL ? -1 : strtod(at + strlen(name), NULL);

    ent_arena_reset(f->arena);
    return value;
}

/* `guests` are connected; `alone`: memory without them. */
static void look(flow *f, const char *phase, size_t guests, double alone)
{
    double memory = metric(f, MEMORY);

    say(phase, "server/descriptors", metric(f, DESCRIPTORS), "1");
    say(phase, "server/memory", memory / 1048576, "MiB");
    if (guests > 0)
        say(phase, "server/memory-for-one", (memory - alone) / (double)guests / 1024, "KiB");
    work(f, phase, false, 3);
    work(f, phase, true, 2);
}

/* ---- the phases ---- */

static void silent(flow *f, size_t count, double alone)
{
    struct crowd *crowd = crowd_new(f, count, false);
    size_t good = 0;

    for (size_t i = 0; i < count; i++)
        good += guest_connect(&crowd->guests[i], crowd->port);
    say("silent", "connected", (double)good, "1");
    look(f, "silent", good, alone);
    crowd_free(crowd);
}

/* False: one of them was lost. */
static bool idle(flow *f, size_t count, double alone)
{
    struct crowd *crowd = crowd_new(f, count, true);
    double begun = now();
    size_t good, again = 0;

    crowd_greet(crowd);
    good = atomic_load(&crowd->good);
    say("idle", "connected", (double)good, "1");
    say("idle", "handshakes", (double)good / (now() - begun), "1/s");
    look(f, "idle", good, alone);
    for (size_t i = 0; i < count && good == count; i++)
        again += guest_ask(&crowd->guests[i]);
    say("idle", "answered-again", (double)again, "1");
    crowd_free(crowd);
    return again == count;
}

struct dripping {
    struct crowd *crowd;
    atomic_bool over;
    atomic_size_t sent;
};

/* A byte each, round after round. */
static void *drip(void *arg)
{
    struct dripping *d = arg;
    size_t round = 0;

    while (!atomic_load(&d->over)) {
        struct timespec wait = { 0, 500000000 };

        for (size_t i = 0; i < d->crowd->count && round < sizeof whole - 8; i++)
            if (gnutls_record_send(d->crowd->guests[i].session, whole + round, 1) == 1)
                (void)atomic_fetch_add(&d->sent, 1);
        round++;
        (void)nanosleep(&wait, NULL);
    }
    return NULL;
}

static void slow(flow *f, size_t count, double alone)
{
    struct dripping d = { .crowd = crowd_new(f, count, false) };
    double begun = now();
    pthread_t thread;
    double open;

    crowd_greet(d.crowd);
    say("slow", "connected", (double)atomic_load(&d.crowd->good), "1");
    open = metric(f, DESCRIPTORS);
    if (pthread_create(&thread, NULL, drip, &d) != 0)
        abort();
    look(f, "slow", count, alone);
    while (now() - begun < 40 && metric(f, DESCRIPTORS) > open - (double)count + 16)
        work(f, "slow/until-closed", false, 5);
    say("slow", "closed-by-the-server", open - metric(f, DESCRIPTORS), "1");
    say("slow", "after", now() - begun, "s");
    atomic_store(&d.over, true);
    (void)pthread_join(thread, NULL);
    crowd_free(d.crowd);
}

/* As many open files as may be, for us and for the server that we start. */
static size_t files_raise(size_t wanted)
{
    struct rlimit limit;

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < wanted) { /* root may raise that, too */
        struct rlimit higher = { wanted, wanted };

        if (setrlimit(RLIMIT_NOFILE, &higher) == 0)
            return wanted;
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return (size_t)limit.rlim_cur;
}

int main(void)
{
    const char *text = getenv("ENT_BENCH_IDLE");
    size_t count = text == NULL ? 10000 : strtoul(text, NULL, 10), files;
    double alone;
    bool good;
    flow f;

    files = files_raise(count + OTHERS);
    if (files < count + OTHERS) {
        (void)fprintf(stderr, "idle_bench: only %zu files may be open\n", files);
        count = files - OTHERS;
    }
    if (!flow_begin(&f)) {
        (void)fprintf(stderr, "idle_bench: no node starts\n");
        return 1;
    }
    for (int i = 0; i < 100; i++)
        (void)post(&f, AGAIN, object(&f, i, "2020-01-01T00:00:00.000Z", "n"));
    look(&f, "alone", 0, 0);
    alone = metric(&f, MEMORY);
    silent(&f, count, alone);
    good = idle(&f, count, alone);
    slow(&f, count < SLOW ? count : SLOW, alone);
    look(&f, "alone-again", 0, 0);
    return flow_close(&f) == 0 && good ? 0 : 1;
}
