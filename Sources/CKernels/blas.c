// BLAS and LAPACK, loaded on first use rather than linked, because OpenBLAS fixes its kernels when
// it is loaded, and the release in Debian 12 takes recent processors for ones of twenty years ago
// (five times slower). It is loaded, asked which kernels it chose, and if the processor allows
// better ones, unloaded and loaded again with OPENBLAS_CORETYPE set. The user's own setting of
// that variable, and a library the host has loaded already, are left alone.

#include "CKernels.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static ck_blas_library library = {.core = "", .remark = ""};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *handle;

static int rank_of_core(const char *core) {
  static const char *const best[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
  static const char *const good[] = {"Haswell", "Zen", "Excavator"};
  for (int i = 0; i < 3; i++) {
    if (!strcasecmp(core, best[i])) return 3;
    if (!strcasecmp(core, good[i])) return 2;
  }
  return 1;
}

static int rank_of_processor(void) {
  if (ck_kernels_at(CK_FLOAT32, CK_AVX512)) return 3;
  return ck_kernels_at(CK_FLOAT32, CK_AVX2) ? 2 : 1;
}

static const char *core_for_processor(int rank) {
  if (rank == 3) return "SkylakeX";
#if defined(__x86_64__)
  if (__builtin_cpu_is("amd")) return "Zen";
#endif
  return "Haswell";
}

static const char *core_name(void) {
  char *(*corename)(void) = (char *(*)(void))dlsym(handle, "openblas_get_corename");
  return corename ? corename() : "";
}

static void load(void) {
  static const char *const names[] = {NULL, "libopenblas.so.0", "libopenblas.so",
                                      "liblapack.so.3"};
  const char *wish = getenv("LATENT_BLAS");
  const char *name = NULL;
  int resident = 0;
  // BLAS keeps to one thread: its idle workers spin and would take the processors of our pool.
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  for (int i = 0; i < 4 && !handle; i++) {
    name = i == 0 ? wish : names[i];
    if (!name) continue;
    void *loaded = dlopen(name, RTLD_NOLOAD | RTLD_NOW);
    resident = loaded != NULL;
    if (loaded) dlclose(loaded);
    handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  if (!handle) {
    library.remark = "no BLAS was found; install libopenblas0-pthread";
    return;
  }
  const int processor = rank_of_processor();
  if (*core_name() && rank_of_core(core_name()) < processor) {
    if (getenv("OPENBLAS_CORETYPE")) {
      library.remark = "OPENBLAS_CORETYPE is set to a slower type than the processor allows";
    } else if (resident) {
      library.remark = "the host had loaded it before us with a slower type than the processor "
                       "allows";
    } else {
      dlclose(handle);
      setenv("OPENBLAS_CORETYPE", core_for_processor(processor), 1);
      handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
      unsetenv("OPENBLAS_CORETYPE");
      if (!handle) {
        library.remark = "the library could not be loaded a second time";
        return;
      }
      if (rank_of_core(core_name()) < processor)
        library.remark = "the library has no kernels for this processor";
    }
  }
  library.name = name;
  library.core = core_name();
  library.dgemm = dlsym(handle, "dgemm_");
  library.sgemm = dlsym(handle, "sgemm_");
  library.dpotrf = dlsym(handle, "dpotrf_");
  library.dgesv = dlsym(handle, "dgesv_");
  library.dgetrf = dlsym(handle, "dgetrf_");
  library.dsyevd = dlsym(handle, "dsyevd_");
  library.dsyevr = dlsym(handle, "dsyevr_");
  library.dgesdd = dlsym(handle, "dgesdd_");
}

const ck_blas_library *ck_blas(void) {
  pthread_once(&once, load);
  return &library;
}
