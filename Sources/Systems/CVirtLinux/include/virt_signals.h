#pragma once
// Signals as bytes in a pipe: what a handler may do is too little for Swift.

/// Catches these signals from now on; each that arrives puts its number into the pipe whose reading end is returned, or
/// -errno. To be called once.
///
/// Caught signals have their default action again in programs that we start.
int virt_catch_signals(const int *numbers, int count);

/// Makes writes to closed pipes and sockets fail with EPIPE instead of ending the process, but not in programs that we
/// start.
void virt_survive_broken_pipes(void);
