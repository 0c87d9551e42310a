// Plain passes over memory, run on the pool of the programs they are compared with.
#pragma once
#include "CKernels.h"

typedef struct plain_pass {
  int64_t count;
  float *a, *b, *c;
  const float *in;
} plain_pass;

// a[i] = in[i] + 1: one read, one write.
void plain_map(const void *body, const ck_thread *thread);

// The same, stored past the cache: the lines of the result need not be read first. Both are aligned
// to 64 bytes.
void plain_stream(const void *body, const ck_thread *thread);

// a, b, c += in: what an optimiser with two moments must read and write.
void plain_update(const void *body, const ck_thread *thread);
