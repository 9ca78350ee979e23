/* An echo server on epoll, level triggered: what the course's servers are compared with.
 *
 * It listens on 127.0.0.1, on a port that the system chooses, and prints "listening". What a client does not
 * take at once is kept for it, and while anything is kept nothing more is read from that client.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, CHUNK = 65536, DESCRIPTORS = 1 << 16 };

struct kept {
    char *data;
    size_t size, sent;
};

static struct kept kept[DESCRIPTORS];
static int epoll;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(int operation, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, operation, fd, &event) < 0)
        die("epoll_ctl");
}

static void leave(int fd)
{
    free(kept[fd].data);
    kept[fd] = (struct kept){0};
    close(fd); /* which also ends the watch */
}

static int nothing_now(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void come_in(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (!nothing_now() && errno != ECONNABORTED)
            die("accept");
    } else if (fd >= DESCRIPTORS) {
        close(fd);
    } else {
        watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

static void go_on_sending(int fd)
{
    struct kept *rest = &kept[fd];
    ssize_t sent = send(fd, rest->data + rest->sent, rest->size - rest->sent, MSG_NOSIGNAL);
    if (sent < 0) {
        if (!nothing_now())
            leave(fd);
        return;
    }
    rest->sent += (size_t)sent;
    if (rest->sent == rest->size) {
        free(rest->data);
        *rest = (struct kept){0};
        watch(EPOLL_CTL_MOD, fd, EPOLLIN);
    }
}

static void echo(int fd)
{
    static char data[CHUNK];
    ssize_t size = recv(fd, data, sizeof data, 0);
    if (size < 0 && nothing_now())
        return;
    if (size <= 0) {
        leave(fd);
        return;
    }
    ssize_t sent = send(fd, data, (size_t)size, MSG_NOSIGNAL);
    if (sent < 0 && !nothing_now()) {
        leave(fd);
        return;
    }
    if (sent < 0)
        sent = 0;
    if (sent == size)
        return;
    struct kept rest = {.data = malloc((size_t)(size - sent)), .size = (size_t)(size - sent)};
    if (!rest.data)
        die("malloc");
    for (size_t i = 0; i < rest.size; i++)
        rest.data[i] = data[(size_t)sent + i];
    kept[fd] = rest;
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

int main(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&place, sizeof place) < 0 || listen(listener, 128) < 0)
        die("listen");
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        die("epoll_create1");
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    puts("listening");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                come_in(listener);
            else if (kept[fd].data)
                go_on_sending(fd);
            else
                echo(fd);
        }
    }
}
