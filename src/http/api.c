#include "http/api.h"

#include "http/api_int.h"

#include <stdlib.h>
#include <unistd.h>

#define STOP_PATIENCE 8000 /* ms */

/* Only suites with forward secrecy and AEAD: none of RFC 7540 appendix A.  The group for
 * which most clients send their share comes first, or each handshake is begun twice. */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:"
    "+CHACHA20-POLY1305:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-MAC-ALL:+AEAD:-GROUP-ALL:+GROUP-X25519:"
    "+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE";

/* ---- loops ---- */

static void *loop_run(void *arg)
{
    struct api_loop *loop = arg;
    int64_t now = http_now(), stop = 0;

    for (;;) {
        http_loop_wait(&loop->loop, http_loop_left(&loop->loop, now, 250));
        now = http_now();
        http_loop_sweep(&loop->loop, now);
        if (loop->woken != atomic_load(&loop->api->wakes)) {
            loop->woken = atomic_load(&loop->api->wakes);
            http_api_streams_resume(loop);
        }
        if (!atomic_load(&loop->api->ending))
            continue;
        http_api_streams_resume(loop);
        if (stop == 0) {
            stop = now + STOP_PATIENCE;
            http_loop_shut(&loop->loop);
        }
        if (loop->exchanges == 0 || (now > stop && loop->asleep == 0))
            break;
    }
    return NULL;
}

static struct MHD_Daemon *daemon_start(struct http_loop *http)
{
    struct api_loop *loop = (struct api_loop *)(void *)http;
    const http_api *api = loop->api;
    unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_KEY, 0, api->key },
        { MHD_OPTION_HTTPS_MEM_CERT, 0, api->certificate },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities },
        { MHD_OPTION_END, 0, NULL },
    };

    if (api->certificate != NULL)
        flags |= MHD_USE_TLS;
    else
        tls[0] = tls[3];
    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_api_serve, loop, MHD_OPTION_EXTERNAL_LOGGER, http_loop_log,
        &loop->loop, MHD_OPTION_ARRAY, tls, MHD_OPTION_NOTIFY_CONNECTION, http_api_connection, loop,
        MHD_OPTION_NOTIFY_COMPLETED, http_api_done, loop, MHD_OPTION_URI_LOG_CALLBACK,
        http_api_target, loop, MHD_OPTION_CONNECTION_LIMIT, HTTP_LOOP_LINES,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_LINE_POOL, MHD_OPTION_CONNECTION_TIMEOUT, 120U,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static ent_code loop_start(http_api *api, struct api_loop *loop, ent_err *err)
{
    const http_api_config *config = &api->config;

    loop->loop.daemon_start = daemon_start;
    loop->loop.door = config->listen_fd;
    loop->loop.also = -1;
    loop->loop.tls = config->certificate != NULL;
    loop->loop.slow_seconds = config->slow_seconds;
    loop->loop.idle_seconds =
        config->idle_seconds > 0 ? config->idle_seconds : config->slow_seconds;
    loop->loop.bytes_per_second = config->bytes_per_second;
    loop->loop.refuse = config->refuse;
    if (http_loop_open(&loop->loop, err) != ENT_OK) {
        http_loop_close(&loop->loop);
        return ENT_UNAVAILABLE;
    }
    if (pthread_create(&loop->thread, NULL, loop_run, loop) != 0) {
        http_loop_close(&loop->loop);
        return ent_fail(err, ENT_UNAVAILABLE, "no thread for the HTTPS listener");
    }
    return ENT_OK;
}

/* ---- start and stop ---- */

/* Loops first: while they end, workers answer what sleeps. */
static void api_free(http_api *api)
{
    for (size_t i = 0; i < api->loop_count; i++)
        (void)pthread_join(api->loops[i].thread, NULL);
    (void)pthread_mutex_lock(&api->lock);
    api->workers_end = true;
    (void)pthread_cond_broadcast(&api->more);
    (void)pthread_mutex_unlock(&api->lock);
    for (size_t i = 0; i < api->worker_count; i++)
        (void)pthread_join(api->workers[i], NULL);
    for (size_t i = 0; i < api->loop_count; i++) {
        http_loop_close(&api->loops[i].loop);
        while (api->loops[i].spare_count > 0)
            ent_arena_free(api->loops[i].spare[--api->loops[i].spare_count]);
    }
    if (api->config.listen_fd >= 0)
        (void)close(api->config.listen_fd);
    if (api->key != NULL)
        gnutls_memset(api->key, 0, strlen(api->key));
    free(api->key);
    free(api->certificate);
    free(api->loops);
    free(api->workers);
    (void)pthread_cond_destroy(&api->more);
    (void)pthread_mutex_destroy(&api->lock);
    free(api);
}

ent_code http_api_start(const http_api_config *config, http_api **out, ent_err *err)
{
    http_api *api = calloc(1, sizeof *api);
    ent_code rc = ENT_OK;

    if (api == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the HTTPS listener");
    api->config = *config;
    api->begin.last = &api->begin.first;
    api->finish.last = &api->finish.first;
    atomic_init(&api->body_left, config->body_memory);
    (void)pthread_mutex_init(&api->lock, NULL);
    (void)pthread_cond_init(&api->more, NULL);
    api->loops = calloc(config->loops, sizeof *api->loops);
    api->workers = calloc(config->workers, sizeof *api->workers);
    if (config->certificate != NULL) {
        api->certificate = strdup(config->certificate);
        api->key = strdup(config->key);
    }
    if (api->loops == NULL || api->workers == NULL ||
        (config->certificate != NULL && (api->certificate == NULL || api->key == NULL)))
        rc = ent_fail(err, ENT_MEMORY, "no memory for the HTTPS listener");
    for (size_t i = 0; i < config->workers && rc == ENT_OK; i++) {
        rc = http_api_worker_start(api, i, err);
        api->worker_count += rc == ENT_OK;
    }
    for (size_t i = 0; i < config->loops && rc == ENT_OK; i++) {
        api->loops[i].api = api;
        api->loops[i].slot = i;
        rc = loop_start(api, &api->loops[i], err);
        api->loop_count += rc == ENT_OK;
    }
    if (rc != ENT_OK) {
        atomic_store(&api->ending, true);
        api_free(api);
        return rc;
    }
    *out = api;
    return ENT_OK;
}

void http_api_stop(http_api *api)
{
    if (api == NULL)
        return;
    atomic_store(&api->ending, true);
    api_free(api);
}

void http_api_wake(http_api *api)
{
    (void)atomic_fetch_add(&api->wakes, 1);
    for (size_t i = 0; i < api->loop_count; i++)
        http_loop_wake(&api->loops[i].loop);
}
