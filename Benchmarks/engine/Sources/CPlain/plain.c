// The least work that touches the same bytes: the floor that a ratio is given to.
#include "CPlain.h"

static void share(const plain_pass *p, const ck_thread *thread, int64_t *first, int64_t *last) {
  *first = p->count / 16 * thread->index / thread->count * 16;
  *last = p->count / 16 * (thread->index + 1) / thread->count * 16;
}

void plain_map(const void *body, const ck_thread *thread) {
  const plain_pass *p = body;
  int64_t first, last;
  share(p, thread, &first, &last);
  float *restrict a = p->a;
  const float *restrict in = p->in;
  for (int64_t i = first; i < last; i++) a[i] = in[i] + 1;
}

// Sixteen floats at a time: a store past the cache must fill a line.
void plain_stream(const void *body, const ck_thread *thread) {
  typedef float line __attribute__((ext_vector_type(16)));
  const plain_pass *p = body;
  int64_t first, last;
  share(p, thread, &first, &last);
  line *a = (line *)p->a;
  const line *in = (const line *)p->in;
  for (int64_t i = first / 16; i < last / 16; i++) {
    __builtin_prefetch(in + i + 32);
    __builtin_nontemporal_store(in[i] + 1, a + i);
  }
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

void plain_update(const void *body, const ck_thread *thread) {
  const plain_pass *p = body;
  int64_t first, last;
  share(p, thread, &first, &last);
  float *restrict a = p->a, *restrict b = p->b, *restrict c = p->c;
  const float *restrict in = p->in;
  for (int64_t i = first; i < last; i++) {
    a[i] += in[i];
    b[i] += in[i];
    c[i] += in[i];
  }
}
