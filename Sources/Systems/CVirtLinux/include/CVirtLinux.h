#pragma once
#include "virt_audit.h"
#include "virt_net.h"
#include "virt_polkit.h"
#include "virt_signals.h"
#include "virt_spawn.h"
#if defined(__linux__)
#include <sys/types.h>

/// The kernel's number of the calling thread.
pid_t virt_thread_id(void);
#endif
