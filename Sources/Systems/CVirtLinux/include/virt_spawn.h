#pragma once
// Programs that talk with us over a socket.
#include <sys/types.h>

/// A pair of connected UNIX stream sockets, close-on-exec.
///
/// Returns 0 or -errno.
int virt_socket_pair(int ends[2]);

/// Starts a program that inherits `standard` as its input and output, `errors` for its errors, and nothing else of
/// ours but the environment: no other descriptor, no blocked or ignored signal.
///
/// `arguments` end with NULL; the first is the program, looked up in PATH unless it has a slash. The descriptors stay
/// open here. Returns the child's number, which has to be waited for, or -errno.
pid_t virt_spawn(const char *const *arguments, int standard, int errors);

/// Waits until a child has ended, and leaves it to be reaped: its number stays its own until then.
void virt_await_end(pid_t child);

/// Reaps a child that has ended.
///
/// Returns its exit status, the signal that ended it as a negative number, or INT_MIN if somebody else has reaped it.
int virt_reap(pid_t child);
