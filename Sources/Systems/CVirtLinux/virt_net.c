#if defined(__linux__)
#define _GNU_SOURCE
#include "virt_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

void virt_net_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int virt_net_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return result(epoll_ctl(epoll, operation, fd, &event));
}

int virt_net_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int virt_net_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int virt_net_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int virt_net_epoll_wait(int epoll, struct epoll_event *events, int count, int milliseconds) {
    return result(epoll_wait(epoll, events, count, milliseconds));
}

int virt_net_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int virt_net_wake(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) < 0 ? -errno : 0;
}

int virt_net_unix_socket(void) { return result(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

static int unix_address(const char *path, struct sockaddr_un *address) {
    size_t length = strlen(path);
    if (length == 0) return -EINVAL;
    if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    return 0;
}

int virt_net_unix_bind(int fd, const char *path) {
    struct sockaddr_un address;
    int failure = unix_address(path, &address);
    return failure ? failure : result(bind(fd, (struct sockaddr *)&address, sizeof address));
}

int virt_net_unix_connect(int fd, const char *path) {
    struct sockaddr_un address;
    int failure = unix_address(path, &address);
    return failure ? failure : result(connect(fd, (struct sockaddr *)&address, sizeof address));
}

int virt_net_accept(int fd) { return result(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)); }

int virt_net_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -errno;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

ssize_t virt_net_peer_security(int fd, char *text, size_t count) {
    socklen_t size = count;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERSEC, text, &size) < 0) return -errno;
    return size;
}

void virt_net_tcp_options(int fd) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
}

ssize_t virt_net_receive(int fd, void *bytes, size_t count, int *descriptors, int *received) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * VIRT_NET_DESCRIPTORS)];
    } ancillary;
    struct iovec part = {bytes, count};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &ancillary,
        .msg_controllen = sizeof ancillary,
    };
    *received = 0;
    ssize_t length;
    do {
        length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < number; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            if (*received < VIRT_NET_DESCRIPTORS)
                descriptors[(*received)++] = descriptor;
            else
                close(descriptor);
        }
    }
    return length;
}

ssize_t virt_net_send(int fd, const void *bytes, size_t count) {
    ssize_t length;
    do {
        length = send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

static ssize_t send_message(int fd, const struct msghdr *message) {
    ssize_t length;
    do {
        length = sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t virt_net_send_parts(int fd, const struct iovec *parts, size_t count) {
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
    return send_message(fd, &message);
}

ssize_t virt_net_send_descriptor(int fd, int descriptor) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } ancillary;
    memset(&ancillary, 0, sizeof ancillary);
    char zero = 0;
    struct iovec part = {&zero, 1};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &ancillary,
        .msg_controllen = sizeof ancillary,
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    return send_message(fd, &message);
}
#endif
