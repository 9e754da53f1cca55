#include "http/server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* "ADDR:PORT" into its two parts; brackets around an IPv6 address are taken off. */
static bool address_split(const char *address, char host[256], char port[8])
{
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);

    if (colon == NULL || strlen(colon + 1) == 0 || strlen(colon + 1) > 5)
        return false;
    (void)snprintf(port, 8, "%s", colon + 1);
    if (size >= 2 && address[0] == '[' && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    if (size == 0 || size >= 256)
        return false;
    memcpy(host, address, size);
    host[size] = '\0';
    return true;
}

static ent_code bound_name(int fd, const char *host, char *bound, size_t size, ent_err *err)
{
    struct sockaddr_storage at;
    socklen_t at_size = sizeof at;
    unsigned port;

    if (getsockname(fd, (struct sockaddr *)&at, &at_size) != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no address: %s", strerror(errno));
    port = at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
                                    : ntohs(((struct sockaddr_in *)&at)->sin_port);
    (void)snprintf(bound, size, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
    return ENT_OK;
}

ent_code http_listen(const char *address, int *fd, char *bound, size_t size, ent_err *err)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *list;
    char host[256], port[8];
    int rc, on = 1;

    if (!address_split(address, host, port))
        return ent_fail(err, ENT_CONFIG, "'%s' is no address ADDR:PORT", address);
    rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        return ent_fail(err, ENT_CONFIG, "'%s': %s", address, gai_strerror(rc));
    *fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(*fd, list->ai_addr, list->ai_addrlen) != 0 || listen(*fd, 1024) != 0) {
        (void)ent_fail(err, errno == EADDRINUSE ? ENT_RETRY : ENT_UNAVAILABLE,
                       "cannot listen on '%s': %s", address, strerror(errno));
        if (*fd >= 0)
            (void)close(*fd);
        freeaddrinfo(list);
        return err->code;
    }
    freeaddrinfo(list);
    return bound_name(*fd, host, bound, size, err);
}
