/* A border at work while everybody is connected: 10,000 partners whose request for news is held
 * over mutual TLS, and 2,000 slow ones that send a byte a second, half of them of a handshake, half
 * of a request behind one, and come again when they are cut.  One active partner's median and 99th
 * percentile before and during that, on the connection that it keeps (`kept`) and, one time in
 * ten, on a new one with its handshake (`fresh`), and the border's memory and processor time.
 *
 * A border is a process of its own (http/server.h, as `serve` uses it).  The crowd stands for
 * twelve thousand other machines and has the lowest priority (SCHED_IDLE), so that it takes from
 * this one only what nobody wants.  It counts what it does, as that is the load: on a machine with
 * no time for it, it does less than it should.  A second border, to which nobody else comes, is
 * asked in turn with the first in the same seconds: what the machine is otherwise busy with meets
 * both, and their ratio is the border's own.
 *
 * JSON Lines.  ENT_BENCH_LINKS, ENT_BENCH_SLOW, ENT_BENCH_LOOPS (default 4, as node/border),
 * ENT_BENCH_SECONDS (default 20; 120 for the figure in the issue), ENT_BENCH_IDLE=0 for a crowd of
 * usual priority, that does its work on a busy machine, too.  Needs that many descriptors. */
#define _GNU_SOURCE /* SCHED_IDLE */
#include "base/hash.h"
#include "base/text.h"
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOLD   25 /* seconds, as node/border */
#define HEAD   30
#define ANSWER 4096 /* of the file that the active one fetches */
#define MOST   200000
#define TICKS  20 /* of a second, in which a part of the slow says a byte */
#define RARELY 10 /* of so many requests one comes on a new connection */

enum { CROWDED, BESIDE, BORDERS };

static const char *const border_name[BORDERS] = { "crowded", "beside" };

enum { KEPT, FRESH, WAYS };

static const char *const way_name[WAYS] = { "kept", "fresh" };

typedef struct border {
    uint16_t port;
    int listen_fd;
    pid_t pid;
    double used; /* seconds of processor, when a phase began */
} border;

/* What the crowd has done. */
typedef struct deeds {
    _Atomic unsigned long renewed, dripped, cut;
} deeds;

typedef struct stage {
    http_tls_pair server, client;
    uint8_t pin[HTTP_PIN_SIZE];
    char folder[64], held[300];
    unsigned loops;
    border borders[BORDERS];
    deeds *deeds; /* shared with the crowd */
    gnutls_certificate_credentials_t credentials;
} stage;

typedef struct line {
    int fd;
    gnutls_session_t session; /* NULL: none yet */
    size_t said;              /* bytes, of a slow one */
} line;

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "links: %s: %s\n", what, strerror(errno));
    exit(1);
}

static size_t number_of(const char *name, size_t usual)
{
    const char *asked = getenv(name);

    return asked == NULL ? usual : (size_t)strtoull(asked, NULL, 10);
}

/* ---- the border ---- */

static bool door_find(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size)
{
    const stage *s = arg;

    return memcmp(pin, s->pin, HTTP_PIN_SIZE) == 0 &&
           snprintf(folder, size, "%s", s->folder) < (int)size;
}

static void border_run(stage *s, const border *b)
{
    http_server_config config = { .listen_fd = b->listen_fd,
                                  .certificate = s->server.certificate,
                                  .key = s->server.key,
                                  .loops = s->loops,
                                  .prefix = "/entente/v1/",
                                  .held = "checkpoint",
                                  .beside = "cosignature",
                                  .hold_seconds = HOLD,
                                  .head_seconds = HEAD,
                                  .peer = door_find,
                                  .arg = s };
    http_server *server;
    ent_err err = { 0 };

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    must(http_server_start(&config, &server, &err) == ENT_OK, err.msg);
    for (;;)
        (void)pause();
}

static void file_put(const stage *s, const char *name, const char *bytes, size_t size)
{
    char path[128];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    out = fopen(path, "w");
    must(out != NULL && fwrite(bytes, 1, size, out) == size && fclose(out) == 0, path);
}

static void file_drop(const stage *s, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    (void)unlink(path);
}

static void border_start(stage *s, border *b)
{
    char bound[64];
    ent_err err = { 0 };

    must(http_listen("127.0.0.1:0", &b->listen_fd, bound, sizeof bound, &err) == ENT_OK, err.msg);
    b->port = (uint16_t)strtol(strrchr(bound, ':') + 1, NULL, 10);
    b->pid = fork();
    must(b->pid >= 0, "fork");
    if (b->pid == 0)
        border_run(s, b);
    (void)close(b->listen_fd);
}

static const char head[] = "a checkpoint\n";

static void stage_set(stage *s)
{
    static const char tile[ANSWER] = { 0 };
    ent_hash hash = ent_hash_of(head, sizeof head - 1);
    gnutls_datum_t certificate, key;
    char hex[65];
    ent_err err = { 0 };

    s->loops = (unsigned)number_of("ENT_BENCH_LOOPS", 4);
    s->deeds =
        mmap(NULL, sizeof *s->deeds, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(s->deeds != MAP_FAILED, "memory to count in");
    (void)snprintf(s->folder, sizeof s->folder, "/tmp/ent-links-XXXXXX");
    must(mkdtemp(s->folder) != NULL, "a folder");
    file_put(s, "checkpoint", head, sizeof head - 1);
    file_put(s, "tile", tile, sizeof tile);
    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(s->held, sizeof s->held,
                   "GET /entente/v1/checkpoint?after=%s HTTP/1.1\r\nHost: a\r\n\r\n", hex);
    must(http_tls_make("server", NULL, &s->server, &err) == ENT_OK &&
             http_tls_make("client", NULL, &s->client, &err) == ENT_OK &&
             http_tls_pin((ent_str){ s->client.certificate, s->client.certificate_size }, s->pin,
                          &err) == ENT_OK,
         err.msg);
    certificate = (gnutls_datum_t){ (unsigned char *)s->client.certificate,
                                    (unsigned)s->client.certificate_size };
    key = (gnutls_datum_t){ (unsigned char *)s->client.key, (unsigned)s->client.key_size };
    must(gnutls_certificate_allocate_credentials(&s->credentials) >= 0 &&
             gnutls_certificate_set_x509_key_mem(s->credentials, &certificate, &key,
                                                 GNUTLS_X509_FMT_PEM) >= 0,
         "credentials");
    for (size_t i = 0; i < BORDERS; i++)
        border_start(s, &s->borders[i]);
}

/* Seconds of processor, of all its threads. */
static double border_used(const border *b)
{
    struct timespec ts = { 0 };
    clockid_t clock;

    if (clock_getcpuclockid(b->pid, &clock) == 0)
        (void)clock_gettime(clock, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double border_mebibytes(const border *b)
{
    char path[64];
    unsigned long pages = 0, resident = 0;
    FILE *in;

    (void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)b->pid);
    in = fopen(path, "r");
    if (in == NULL || fscanf(in, "%lu %lu", &pages, &resident) != 2)
        resident = 0;
    if (in != NULL)
        (void)fclose(in);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* ---- lines ---- */

static void line_dial(const border *b, line *l)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(b->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    *l = (line){ 0 };
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(l->fd >= 0 && connect(l->fd, (struct sockaddr *)&at, sizeof at) == 0 &&
             setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &(const int){ 1 }, sizeof(int)) == 0,
         "connect");
}

static void line_greet(const stage *s, line *l)
{
    int rc;

    (void)gnutls_init(&l->session, GNUTLS_CLIENT);
    (void)gnutls_set_default_priority(l->session);
    (void)gnutls_credentials_set(l->session, GNUTLS_CRD_CERTIFICATE, s->credentials);
    gnutls_transport_set_int(l->session, l->fd);
    do
        rc = gnutls_handshake(l->session);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    must(rc == 0, "the handshake");
}

static void line_close(line *l)
{
    if (l->session != NULL)
        gnutls_deinit(l->session);
    (void)close(l->fd);
}

static bool line_say(line *l, const char *text)
{
    size_t size = strlen(text);

    return gnutls_record_send(l->session, text, size) == (ssize_t)size;
}

/* One whole answer with a body of at least `body` bytes. */
static bool line_answer(line *l, size_t body)
{
    char bytes[8192];
    size_t used = 0;
    const char *end = NULL;

    while (end == NULL || used < (size_t)(end - bytes) + 4 + body) {
        ssize_t got = gnutls_record_recv(l->session, bytes + used, sizeof bytes - 1 - used);

        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            continue;
        if (got <= 0)
            return false;
        used += (size_t)got;
        bytes[used] = '\0';
        end = strstr(bytes, "\r\n\r\n");
    }
    return strncmp(bytes, "HTTP/1.1 200 ", 13) == 0;
}

/* ---- the active one ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One answer; how long it took, in milliseconds, since `begun`. */
static double active_ask(line *l, double begun)
{
    static const char ask[] = "GET /entente/v1/tile HTTP/1.1\r\nHost: a\r\n\r\n";

    must(line_say(l, ask) && line_answer(l, ANSWER), "the active partner is not answered");
    return (now() - begun) * 1e3;
}

static double active_come(const stage *s, const border *b)
{
    double begun = now(), ms;
    line l;

    line_dial(b, &l);
    line_greet(s, &l);
    ms = active_ask(&l, begun);
    line_close(&l);
    return ms;
}

typedef struct samples {
    double *ms;
    size_t count;
} samples;

static void sample_put(samples *to, double ms)
{
    if (to->count < MOST)
        to->ms[to->count++] = ms;
}

/* The value that `share` of them do not exceed. */
static double percentile(const samples *of, double share)
{
    size_t at = (size_t)((double)of->count * share);

    return of->count == 0 ? 0 : of->ms[at < of->count ? at : of->count - 1];
}

static void active_say(const border *b, const char *name, const char *phase, samples of[WAYS],
                       double seconds)
{
    (void)printf("{\"bench\":\"links\",\"phase\":\"%s\",\"border\":\"%s\"", phase, name);
    for (int way = 0; way < WAYS; way++) {
        qsort(of[way].ms, of[way].count, sizeof *of[way].ms, by_value);
        (void)printf(",\"%s\":{\"requests\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
                     "\"p999_ms\":%.3f,\"max_ms\":%.3f}",
                     way_name[way], of[way].count, percentile(&of[way], 0.5),
                     percentile(&of[way], 0.99), percentile(&of[way], 0.999),
                     percentile(&of[way], 1));
    }
    (void)printf(",\"border_mib\":%.1f,\"border_cpu_percent\":%.1f}\n", border_mebibytes(b),
                 (border_used(b) - b->used) * 100 / seconds);
    (void)fflush(stdout);
}

/* What the crowd did, a second. */
static void deeds_say(deeds *did, double seconds)
{
    (void)printf("{\"bench\":\"links\",\"phase\":\"crowd\",\"renewed_per_second\":%.0f,"
                 "\"bytes_per_second\":%.0f,\"come_again_per_second\":%.1f}\n",
                 (double)did->renewed / seconds, (double)did->dripped / seconds,
                 (double)did->cut / seconds);
}

/* Asks both borders in turn; the p99 of each, in each way. */
static void active_run(stage *s, const char *phase, double seconds, double p99[BORDERS][WAYS])
{
    samples of[BORDERS][WAYS];
    double begun = now();
    line l[BORDERS];

    for (size_t i = 0; i < BORDERS; i++) {
        for (int way = 0; way < WAYS; way++)
            of[i][way] = (samples){ calloc(MOST, sizeof(double)), 0 };
        must(of[i][KEPT].ms != NULL && of[i][FRESH].ms != NULL, "memory for the samples");
        line_dial(&s->borders[i], &l[i]);
        line_greet(s, &l[i]);
        s->borders[i].used = border_used(&s->borders[i]);
    }
    *s->deeds = (deeds){ 0 };
    for (size_t n = 0; now() < begun + seconds; n++)
        for (size_t i = 0; i < BORDERS; i++) {
            struct timespec pause = { 0, 1000000 };

            sample_put(&of[i][KEPT], active_ask(&l[i], now()));
            if (n % RARELY == 0)
                sample_put(&of[i][FRESH], active_come(s, &s->borders[i]));
            (void)nanosleep(&pause, NULL);
        }
    seconds = now() - begun;
    deeds_say(s->deeds, seconds);
    for (size_t i = 0; i < BORDERS; i++) {
        line_close(&l[i]);
        active_say(&s->borders[i], border_name[i], phase, of[i], seconds);
        for (int way = 0; way < WAYS; way++) {
            p99[i][way] = percentile(&of[i][way], 0.99);
            free(of[i][way].ms);
        }
    }
}

/* ---- the crowd, a process of its own ---- */

/* Asks for news again whenever the border has said that there is none. */
static void news_take(line *lines, int epoll, const stage *s, int ms)
{
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, ms);

    for (int i = 0; i < count; i++) {
        line *l = &lines[events[i].data.u64];

        must(line_answer(l, sizeof head - 1) && line_say(l, s->held), "a held line was cut");
        s->deeds->renewed++;
    }
}

/* One that comes, and one that comes again: half of the slow have a handshake behind them. */
static void slow_come(const stage *s, line *l, bool greeted)
{
    line_dial(&s->borders[CROWDED], l);
    if (greeted)
        line_greet(s, l);
}

/* The next byte.  False: it was got rid of. */
static bool slow_say(line *l)
{
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                      request[] = "GET /entente/v1/tile HTTP/1.1\r\nHost: ";
    size_t at = l->said++;

    if (l->session != NULL)
        return gnutls_record_send(l->session, at < sizeof request - 1 ? request + at : "a", 1) == 1;
    return send(l->fd, at < sizeof hello - 1 ? hello + at : "\x07", 1, MSG_NOSIGNAL) == 1;
}

/* Each says a byte a second, not all in the same moment. */
static void slow_drip(const stage *s, line *slow, size_t count, size_t tick)
{
    for (size_t i = tick % TICKS; i < count; i += TICKS) {
        s->deeds->dripped++;
        if (slow_say(&slow[i]))
            continue;
        s->deeds->cut++;
        line_close(&slow[i]);
        slow_come(s, &slow[i], i % 2 == 0);
    }
}

static void crowd_run(const stage *s, size_t links, size_t slow_count, int ready)
{
    line *lines = calloc(links + 1, sizeof *lines), *slow = calloc(slow_count + 1, sizeof *slow);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    double next;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    must(lines != NULL && slow != NULL && epoll >= 0, "a crowd");
    for (size_t i = 0; i < links; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };

        line_dial(&s->borders[CROWDED], &lines[i]);
        line_greet(s, &lines[i]);
        must(line_say(&lines[i], s->held), "asking");
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, lines[i].fd, &event) == 0, "epoll");
        if (i % 8 == 0)
            news_take(lines, epoll, s, 0);
    }
    for (size_t i = 0; i < slow_count; i++) {
        slow_come(s, &slow[i], i % 2 == 0);
        if (i % 8 == 0)
            news_take(lines, epoll, s, 0);
    }
    must(sched_setscheduler(0, number_of("ENT_BENCH_IDLE", 1) != 0 ? SCHED_IDLE : SCHED_OTHER,
                            &(struct sched_param){ 0 }) == 0,
         "the crowd's priority");
    must(write(ready, "r", 1) == 1, "ready");
    next = now();
    for (size_t tick = 0;;) {
        if (now() >= next) {
            slow_drip(s, slow, slow_count, tick++);
            next += 1.0 / TICKS;
        }
        news_take(lines, epoll, s, 5);
    }
}

static pid_t crowd_start(const stage *s, size_t links, size_t slow)
{
    int ready[2];
    char byte;
    pid_t pid;

    must(pipe(ready) == 0, "a pipe");
    pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0)
        crowd_run(s, links, slow, ready[1]);
    (void)close(ready[1]);
    must(read(ready[0], &byte, 1) == 1, "the crowd did not come");
    (void)close(ready[0]);
    return pid;
}

static void descriptors_raise(size_t wanted)
{
    struct rlimit limit;

    must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "limits");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < wanted)
        (void)fprintf(stderr, "links: only %lu descriptors, %zu are needed\n",
                      (unsigned long)limit.rlim_max, wanted);
}

static void ratios_say(const char *to, const double during[WAYS], const double unloaded[WAYS])
{
    for (int way = 0; way < WAYS; way++)
        (void)printf("{\"bench\":\"links\",\"phase\":\"ratio\",\"way\":\"%s\",\"to\":\"%s\","
                     "\"value\":%.2f,\"limit\":2,\"good\":%s}\n",
                     way_name[way], to, during[way] / unloaded[way],
                     during[way] < 2 * unloaded[way] ? "true" : "false");
}

int main(void)
{
    size_t links = number_of("ENT_BENCH_LINKS", 10000), slow = number_of("ENT_BENCH_SLOW", 2000);
    double seconds = (double)number_of("ENT_BENCH_SECONDS", 20), begun;
    double before[BORDERS][WAYS], during[BORDERS][WAYS];
    pid_t crowd;
    stage s = { 0 };

    (void)signal(SIGPIPE, SIG_IGN);
    descriptors_raise(links + slow + 100);
    stage_set(&s);
    active_run(&s, "alone", seconds < 40 ? 10 : seconds / 4, before);
    begun = now();
    crowd = crowd_start(&s, links, slow);
    (void)printf(
        "{\"bench\":\"links\",\"phase\":\"come\",\"links\":%zu,\"slow\":%zu,\"seconds\":%.1f}\n",
        links, slow, now() - begun);
    active_run(&s, "with all", seconds, during);
    must(waitpid(crowd, NULL, WNOHANG) == 0, "the crowd was cut off");
    ratios_say("before", during[CROWDED], before[CROWDED]);
    ratios_say("beside", during[CROWDED], during[BESIDE]);
    (void)kill(crowd, SIGKILL);
    for (size_t i = 0; i < BORDERS; i++)
        (void)kill(s.borders[i].pid, SIGKILL);
    file_drop(&s, "checkpoint");
    file_drop(&s, "tile");
    (void)rmdir(s.folder);
    return 0;
}
