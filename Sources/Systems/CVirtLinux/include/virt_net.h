#pragma once
// What the transport needs of the kernel and Swift's overlay does not import: epoll, eventfd, control messages.
// All calls return a count or 0, or -errno.
#if defined(__linux__)
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

static const uint32_t VIRT_NET_IN = EPOLLIN;
static const uint32_t VIRT_NET_OUT = EPOLLOUT;
static const uint32_t VIRT_NET_HANGUP = EPOLLHUP | EPOLLERR;
static const uint32_t VIRT_NET_EDGE = EPOLLET;

/// Descriptors that one read can bring; the kernel closes what a sender adds beyond this.
#define VIRT_NET_DESCRIPTORS 64

/// The calling thread, as a number that never is 0.
static inline uint64_t virt_net_thread(void) { return (uint64_t)pthread_self(); }
void virt_net_name_thread(const char *name);

int virt_net_epoll_create(void);
int virt_net_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int virt_net_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int virt_net_epoll_remove(int epoll, int fd);
int virt_net_epoll_wait(int epoll, struct epoll_event *events, int count, int milliseconds);
int virt_net_eventfd(void);
int virt_net_wake(int eventfd);

/// A non-blocking, close-on-exec UNIX stream socket.
int virt_net_unix_socket(void);
int virt_net_unix_bind(int fd, const char *path);
int virt_net_unix_connect(int fd, const char *path);
int virt_net_accept(int fd);
int virt_net_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);
/// The security module's name for the peer; its length.
ssize_t virt_net_peer_security(int fd, char *text, size_t count);

/// Sends small segments at once, and notices a peer that is gone.
void virt_net_tcp_options(int fd);

/// Reads bytes, and up to VIRT_NET_DESCRIPTORS descriptors with them, close-on-exec.
ssize_t virt_net_receive(int fd, void *bytes, size_t count, int *descriptors, int *received);
/// Writes without blocking and without SIGPIPE.
ssize_t virt_net_send(int fd, const void *bytes, size_t count);
ssize_t virt_net_send_parts(int fd, const struct iovec *parts, size_t count);
/// Passes one descriptor on one zero byte.
ssize_t virt_net_send_descriptor(int fd, int descriptor);
#endif
