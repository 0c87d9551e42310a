// Counts what one thread allocates, for tests of code that must not allocate.
#pragma once
#include <stdint.h>

// Whether allocations can be counted here: with glibc, and without a sanitizer that replaces the
// allocator itself.
int allocations_are_counted(void);

// Calls of malloc and its kin on this thread since it began.
int64_t allocations_count(void);

// Bytes this thread has allocated less those it has freed, and the most that was since the mark.
int64_t allocations_live(void);
int64_t allocations_peak(void);
void allocations_mark(void);
