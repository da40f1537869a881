#define _GNU_SOURCE
#include "virt_audit.h"
#if defined(__linux__)
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// As much as the kernel takes of a record.
struct request {
    struct nlmsghdr header;
    char body[8970];
};

static int submit(int fd, uint16_t type, uint16_t flags, const void *body, size_t count) {
    struct request request = {0};
    if (count > sizeof request.body - 1) count = sizeof request.body - 1;
    request.header.nlmsg_len = NLMSG_LENGTH(count);
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = NLM_F_REQUEST | flags;
    memcpy(request.body, body, count);
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(
        fd, &request, NLMSG_SPACE(count), MSG_DONTWAIT, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -errno : 0;
}

int virt_audit_open(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
    if (fd < 0) return -errno;
    // The kernel answers with its state, or says that we may not ask.
    struct audit_status nothing = {0};
    int failure = submit(fd, AUDIT_GET, NLM_F_ACK, &nothing, 0);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (failure == 0) {
        struct request reply;
        if (poll(&wait, 1, 1000) <= 0) {
            failure = -ETIMEDOUT;
            break;
        }
        ssize_t count = recv(fd, &reply, sizeof reply, 0);
        if (count < (ssize_t)sizeof reply.header) {
            failure = -EPROTO;
        } else if (reply.header.nlmsg_type == AUDIT_GET) {
            struct audit_status status = {0};
            size_t size = count - sizeof reply.header;
            memcpy(&status, reply.body, size < sizeof status ? size : sizeof status);
            if (status.enabled) return fd;
            failure = -EOPNOTSUPP;
        } else if (reply.header.nlmsg_type == NLMSG_ERROR) {
            struct nlmsgerr error;
            memcpy(&error, reply.body, sizeof error);
            failure = error.error;
        }
    }
    close(fd);
    return failure ? failure : -EPROTO;
}

void virt_audit_send(int fd, uint16_t type, const char *text) { (void)submit(fd, type, 0, text, strlen(text) + 1); }
#endif
