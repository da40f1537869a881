// Signal handlers.
#include "virt_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

// Written once, before the first handler is installed.
static int sink = -1;

static void forward(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe means that many are on their way already.
    (void)!write(sink, &byte, 1);
    errno = before;
}

static void nothing(int number) { (void)number; }

static int handle(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    return sigaction(number, &action, NULL) == 0 ? 0 : -errno;
}

int virt_catch_signals(const int *numbers, int count) {
    int ends[2];
    if (pipe(ends) != 0) return -errno;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    sink = ends[1];
    for (int i = 0; i < count; i++) {
        int result = handle(numbers[i], forward);
        if (result != 0) return result;
    }
    return ends[0];
}

void virt_survive_broken_pipes(void) { handle(SIGPIPE, nothing); }
