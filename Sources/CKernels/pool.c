// The thread pool, and the loop that replays a program on it.
//
// Workers spin for a while after a job (dispatch and barrier then cost half a microsecond) and
// park on a futex afterwards, so that an idle process uses no processor. Each instruction of a
// program is split by itself, with a barrier between: splitting the batch instead and summing
// gradients was measured slower, because every core would then pack all of the weights.

#define _GNU_SOURCE
#include "CKernels.h"
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#define pause_spin() _mm_pause()
#else
#define pause_spin() sched_yield()
#endif

#define MAX_THREADS 64
#define SPINS 100000     // of a worker without work, before it parks: one or two milliseconds
#define PATIENCE 2000    // of a thread whose neighbours still work, before it lets others run

typedef struct {
  const ck_step *steps;
  int64_t count;
  const ck_context *context;
  int flush;
  int threads;
} job;

// How a worker is called: it waits for its own number to change, on a cache line of its own.
typedef struct {
  _Alignas(64) atomic_uint round;
  atomic_int asleep;
} call;

static struct {
  pthread_mutex_t turn;       // held by the caller whose program runs
  atomic_int threads;         // 0 until somebody asks
  int started;                // workers that exist: 1 … started
  void *scratch[MAX_THREADS];
  call calls[MAX_THREADS];
  job current;
  atomic_uint barrier_count, barrier_phase;
  atomic_int finished;
  int caller_cpu;
} pool = {.turn = PTHREAD_MUTEX_INITIALIZER, .caller_cpu = -1};

static void futex_wait(atomic_uint *word, unsigned value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, MAX_THREADS, NULL, NULL, 0);
}

static void barrier(int threads) {
  if (threads == 1) return;
  const unsigned phase = atomic_load_explicit(&pool.barrier_phase, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&pool.barrier_count, 1, memory_order_acq_rel) + 1
      == (unsigned)threads) {
    atomic_store_explicit(&pool.barrier_count, 0, memory_order_relaxed);
    atomic_store_explicit(&pool.barrier_phase, phase + 1, memory_order_release);
    return;
  }
  for (int spins = 0;
       atomic_load_explicit(&pool.barrier_phase, memory_order_acquire) == phase; spins++) {
    pause_spin();
    if (spins > PATIENCE) sched_yield();  // somebody else has our neighbour's processor
  }
}

#if defined(__x86_64__)
static unsigned flush_on(void) {
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);
  return mode;
}
static void flush_restore(unsigned mode) { _mm_setcsr(mode); }
#else
static unsigned flush_on(void) { return 0; }
static void flush_restore(unsigned mode) { (void)mode; }
#endif

static void work(const job *j, int index) {
  const ck_thread thread = {index, j->threads, pool.scratch[index], j->context};
  const unsigned mode = j->flush ? flush_on() : 0;
  for (int64_t i = 0; i < j->count; i++) {
    j->steps[i].kernel(j->steps[i].body, &thread);
    if (j->steps[i].barrier) barrier(j->threads);
  }
  barrier(j->threads);
  if (j->flush) flush_restore(mode);
}

static void *worker(void *argument) {
  const int index = (int)(intptr_t)argument;
  call *const mine = &pool.calls[index];
  unsigned seen = 0;
  for (;;) {
    int spins = 0;
    unsigned now;
    while ((now = atomic_load_explicit(&mine->round, memory_order_acquire)) == seen) {
      pause_spin();
      if (++spins < SPINS) continue;
      atomic_store(&mine->asleep, 1);
      futex_wait(&mine->round, seen);
      atomic_store(&mine->asleep, 0);
      spins = 0;
    }
    seen = now;
    const job j = pool.current;
    work(&j, index);
    atomic_fetch_add_explicit(&pool.finished, 1, memory_order_release);
  }
  return NULL;
}

static int available(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count;
}

int ck_threads(void) {
  int count = atomic_load(&pool.threads);
  if (count > 0) return count;
  const char *wish = getenv("LATENT_THREADS");
  char *end = NULL;
  const long asked = wish ? strtol(wish, &end, 10) : 0;
  count = (wish && end != wish && asked >= 1 && asked <= MAX_THREADS) ? (int)asked : available();
  atomic_store(&pool.threads, count);
  return count;
}

void ck_set_threads(int count) {
  atomic_store(&pool.threads, count < 0 ? 0 : count > MAX_THREADS ? MAX_THREADS : count);
}

// Workers leave the caller's processor: the kernel tends to wake a thread on its waker's core and
// to leave it there for milliseconds. The caller itself is never pinned, its thread is the host's.
static pthread_t handles[MAX_THREADS];

static void leave_caller(int threads) {
  const int cpu = sched_getcpu();
  if (cpu < 0 || cpu == pool.caller_cpu || threads > available()) return;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2) return;
  CPU_CLR(cpu, &set);
  for (int i = 1; i <= pool.started; i++) pthread_setaffinity_np(handles[i], sizeof set, &set);
  pool.caller_cpu = cpu;
}

// Returns how many threads there are to use: fewer than asked when memory or threads run out.
static int prepare(int threads) {
  for (int i = 0; i < threads; i++)
    if (!pool.scratch[i] && posix_memalign(&pool.scratch[i], 4096, CK_SCRATCH_BYTES) != 0) {
      pool.scratch[i] = NULL;
      return i;
    }
  while (pool.started < threads - 1) {
    const int index = pool.started + 1;
    if (pthread_create(&handles[index], NULL, worker, (void *)(intptr_t)index) != 0) return index;
    pthread_detach(handles[index]);
    pool.started = index;
    pool.caller_cpu = -1;
  }
  return threads;
}

int ck_run(const ck_step *steps, int64_t count, const ck_context *context, int flush) {
  pthread_mutex_lock(&pool.turn);
  const int threads = prepare(ck_threads());
  if (threads == 0) {
    pthread_mutex_unlock(&pool.turn);
    return 0;
  }
  const job j = {steps, count, context, flush, threads};
  if (threads == 1) {
    work(&j, 0);
    pthread_mutex_unlock(&pool.turn);
    return 1;
  }
  leave_caller(threads);
  pool.current = j;
  atomic_store_explicit(&pool.finished, 0, memory_order_relaxed);
  for (int i = 1; i < threads; i++) {
    atomic_fetch_add(&pool.calls[i].round, 1);
    if (atomic_load(&pool.calls[i].asleep)) futex_wake(&pool.calls[i].round);
  }
  work(&j, 0);
  for (int spins = 0;
       atomic_load_explicit(&pool.finished, memory_order_acquire) < threads - 1; spins++) {
    pause_spin();
    if (spins > PATIENCE) sched_yield();
  }
  pthread_mutex_unlock(&pool.turn);
  return 1;
}
