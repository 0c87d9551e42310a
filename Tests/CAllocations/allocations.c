// malloc and its kin of the whole test process, with counters of each thread before them. The
// allocator itself is glibc's, under the names by which it exports it for this purpose.

#define _GNU_SOURCE
#include "CAllocations.h"
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static _Thread_local int64_t count, live, peak;

static void *counted(void *memory) {
  if (!memory) return memory;
  count++;
  live += (int64_t)malloc_usable_size(memory);
  if (live > peak) peak = live;
  return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }
void *calloc(size_t number, size_t size) { return counted(__libc_calloc(number, size)); }
void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  *memory = memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

void *realloc(void *memory, size_t size) {
  const int64_t before = memory ? (int64_t)malloc_usable_size(memory) : 0;
  void *const moved = __libc_realloc(memory, size);
  if (moved || size == 0) live -= before;
  return counted(moved);
}

void free(void *memory) {
  if (memory) live -= (int64_t)malloc_usable_size(memory);
  __libc_free(memory);
}

int allocations_are_counted(void) { return 1; }
int64_t allocations_count(void) { return count; }
int64_t allocations_live(void) { return live; }
int64_t allocations_peak(void) { return peak; }
void allocations_mark(void) { peak = live; }

#else

int allocations_are_counted(void) { return 0; }
int64_t allocations_count(void) { return 0; }
int64_t allocations_live(void) { return 0; }
int64_t allocations_peak(void) { return 0; }
void allocations_mark(void) {}

#endif
