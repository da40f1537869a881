#pragma once
// The kernel's audit: records of user programs over netlink.
#if defined(__linux__)
#include <stdint.h>

/// A socket for records if the kernel audits and takes ours, or -errno.
int virt_audit_open(void);
/// Leaves a record; what the kernel thinks of it is not waited for.
void virt_audit_send(int socket, uint16_t type, const char *text);
#endif
