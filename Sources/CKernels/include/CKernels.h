// The compiled half of Latent's engine: vector kernels with a run-time choice of instruction set,
// a fixed thread pool, the loop that replays a program, and the door to BLAS and LAPACK.
//
// A program is an array of `ck_step`: a kernel and its operands. Swift builds the array, owns its
// memory, and calls `ck_run` once per training step; no thread of the pool ever enters the Swift
// run time. All strides are counted in elements, not bytes.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Element types a program computes in.
typedef enum { CK_FLOAT32 = 0, CK_FLOAT64 = 1 } ck_type;

// Instruction sets, in order of preference.
typedef enum { CK_BASELINE = 0, CK_AVX2 = 1, CK_AVX512 = 2 } ck_level;

// --- Elementwise operations -------------------------------------------------------------------

typedef enum {
  CK_NEGATE, CK_ABS, CK_SIGN, CK_SQUARE, CK_SQRT, CK_RECIPROCAL,
  CK_EXP, CK_EXPM1, CK_LOG, CK_LOG1P, CK_SIN, CK_COS, CK_TANH, CK_SIGMOID, CK_SOFTPLUS,
  CK_RELU, CK_STEP, CK_LGAMMA, CK_DIGAMMA, CK_TRIGAMMA, CK_ERF, CK_FLOOR,
  CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_POWER, CK_MINIMUM, CK_MAXIMUM,
  CK_LESS, CK_EQUAL,
  CK_SELECT,
  CK_OPERATION_COUNT
} ck_operation;

// d[i] = operation(a[i], b[i], c[i]) for i < n; operands beyond the operation's arity are ignored.
typedef void (*ck_elementwise)(void *d, const void *a, const void *b, const void *c, int64_t n);

// --- A program --------------------------------------------------------------------------------

// What a thread of a run knows: which share of the work is its own, its scratch memory, and the
// numbers that change from run to run.
typedef struct ck_context {
  uint64_t seed;
  uint64_t step;
  const int32_t *rows;  // the data rows of the minibatch
} ck_context;

typedef struct ck_thread {
  int index, count;
  void *scratch;
  const ck_context *context;
} ck_thread;

#define CK_SCRATCH_BYTES (2 << 20)

typedef void (*ck_kernel)(const void *body, const ck_thread *thread);

typedef struct ck_step {
  ck_kernel kernel;
  const void *body;
  int64_t barrier;  // whether the next step must wait until all threads have done this one
} ck_step;

// Bodies with a member `by_row` may be told to share out the rows of their result in one common
// way: the same thread then has the same rows in every such step, and no barrier is needed between
// them. Rows are given in blocks of this many. A chain over a single row shares out its columns.
#define CK_ROW_BLOCK 8

// A chain of elementwise operations over an iteration space of outer × rows × cols, evaluated block
// by block. Within a block a tile of eight registers passes through all operations before the next
// tile is begun: operations take the tile, and what else they need from memory.
typedef enum {
  CK_MEMORY,    // base[o·outer + r·row + c]
  CK_PER_ROW,   // base[o·outer + r·row]
  CK_CONSTANT,  // base[0]
  CK_SCRATCH    // the result of an operation that nobody outside the chain reads
} ck_value_kind;

// What operations read from memory, and results that must stay in memory.
typedef struct ck_value {
  int32_t kind;
  int32_t slot;  // its block in scratch memory, or -1: used in place, a row's or the number itself
  int32_t written;
  void *base;
  int64_t outer, row;
} ck_value;

// How an operation of two operands takes the tile and a value.
typedef enum { CK_WITH_MEMORY, CK_WITH_NUMBER, CK_MEMORY_FIRST, CK_NUMBER_FIRST } ck_form;
#define CK_FORMS 4

// What a chain does beside operations: these fill the tile and store it.
enum {
  CK_LOAD = CK_OPERATION_COUNT,  // of the form CK_WITH_MEMORY or CK_WITH_NUMBER
  CK_STORE,
  CK_STREAM,  // stores past the cache
  CK_END
};

typedef struct ck_micro {
  int32_t code;             // operation · CK_FORMS + form
  int32_t operand, second;  // indices of values
} ck_micro;

#define CK_MAX_VALUES 256
#define CK_TILE_BYTES 512  // the largest tile of any level: blocks in scratch memory are padded to it
#define CK_EDGE_BYTES (CK_MAX_VALUES * CK_TILE_BYTES)

typedef enum { CK_SUM, CK_MAX } ck_reduction_kind;

// base[o·outer + r·row] = sum or maximum over the columns of a value.
typedef struct ck_reduction {
  int32_t value;
  int32_t kind;
  void *base;
  int64_t outer, row;
} ck_reduction;

typedef struct ck_fused {
  int64_t outer, rows, cols;
  int64_t by_row;
  int64_t chunk_rows, chunk_cols;  // chunk_rows > 1 only when chunk_cols == cols
  int64_t part;                    // columns summed at a time; divides chunk_cols or is ≥ cols
  int64_t slot_elements;           // the stride between scratch blocks
  int64_t streams;                 // whether any result is stored past the cache
  int32_t value_count, reduction_count;
  const ck_value *values;
  const ck_micro *micros;  // up to CK_END
  const ck_reduction *reductions;
} ck_fused;

// Results of this many bytes are stored past the cache: they would not stay in the last level that a
// few cores share, whose size systems report in too many ways to ask for it.
#define CK_STREAM_BYTES (32 << 20)

// c[m×n] = a · b (+ c if accumulate): a(i,k) = a[i·a_row + k·a_col]; b(k,j) = b[k·b_row + j·b_col]
// with b_row = 1 or b_col = 1; c is row-major with c_row. `batches` products of such matrices.
typedef struct ck_product {
  int64_t m, n, k;
  const void *a, *b;
  void *c;
  int64_t a_row, a_col, b_row, b_col, c_row;
  int64_t batches, a_batch, b_batch, c_batch;
  int32_t accumulate;
  int32_t by_row;
} ck_product;

// out[i, j] = reduction over r of in[i, r, j], in of shape before × extent × after.
typedef struct ck_fold {
  int32_t kind;
  int64_t before, extent, after;
  const void *in;
  void *out;
} ck_fold;

// out[o·out_outer + r·out_row + c·out_col] = in[o·in_outer + r·in_row + c·in_col], or 0 if !in.
typedef struct ck_copy {
  int64_t outer, rows, cols;
  const void *in;
  void *out;
  int64_t in_outer, in_row, in_col, out_outer, out_row, out_col;
  int64_t by_row;
} ck_copy;

// out[i] = the sum of in[sources[s]] over starts[i] ≤ s < starts[i + 1].
typedef struct ck_collect {
  int64_t count;
  const int64_t *starts, *sources;
  const void *in;
  void *out;
} ck_collect;

// Draws keyed by (seed, stream, step, element): the same for any number of threads.
typedef enum { CK_UNIFORM, CK_NORMAL } ck_draw_kind;

typedef struct ck_draw {
  int32_t kind;
  uint32_t stream;
  int64_t count;
  void *out;
} ck_draw;

// Gathers the minibatch's rows of a data matrix, converting bytes or floats on the way; with
// `bernoulli` each element p becomes a draw from {0, 1} keyed by (seed, stream, step, data row).
typedef enum { CK_SOURCE_FLOAT32, CK_SOURCE_FLOAT64, CK_SOURCE_BYTES } ck_source_kind;

typedef struct ck_gather {
  int32_t source_kind;
  int32_t bernoulli;
  uint32_t stream;
  double scale;
  const void *source;
  int64_t rows, cols;
  void *out;
  int64_t by_row;
} ck_gather;

// One step of an optimiser over one flat buffer: parameters move down `clip` times the gradient.
// The step count of Adam's bias correction is the context's step + 1. `decay` is added to the
// gradient as decay · p, or with `decoupled` taken off the parameter itself (Loshchilov & Hutter
// 2019). `first` and `second` are the moments a method keeps; others leave them alone.
typedef enum {
  CK_SGD,           // first = β₁ first + g;  p −= η first, or with `nesterov` η (g + β₁ first)
  CK_ADAM,          // Kingma & Ba 2015, algorithm 1
  CK_RMSPROP,       // second = β₂ second + (1 − β₂) g²;  p −= η g / (√second + ε)
  CK_ADAGRAD,       // second += g²;  p −= η g / (√second + ε)
} ck_method;

typedef struct ck_update {
  int32_t method, nesterov, decoupled;
  int64_t count;
  void *parameters, *first, *second;
  const void *gradient;
  double beta1, beta2, epsilon, decay;
  double rate, clip;
} ck_update;

// partial[b] = Σ g² over block b of CK_NORM_BLOCK elements: the host adds them up in order.
#define CK_NORM_BLOCK 4096
typedef struct ck_norm {
  int64_t count;
  const void *gradient;
  double *partial;
} ck_norm;

// --- Mixtures ---------------------------------------------------------------------------------

// The form of log p(x|z = k) less `offset`.
typedef enum {
  CK_MIX_FULL,      // −½ ‖L⁻¹ (x − location)‖², factor the packed rows of the triangle L⁻¹
  CK_MIX_DIAGONAL,  // −½ Σ ((x − location) · factor)²
  CK_MIX_LINEAR     // Σ x · factor: exponential families
} ck_mixture_form;

// Which moments are gathered: Σ r and Σ r (x − shift) always, with CK_MIX_FIRST nothing more.
typedef enum { CK_MIX_NONE, CK_MIX_FIRST, CK_MIX_SQUARES, CK_MIX_SCATTER } ck_mixture_moments;

// One E-step over row-major x (rows × cols, no gaps), with the moments that the M-step needs.
// `given`, rows × components, replaces the posterior. Every output but the statistics may be NULL.
// A segment's statistics: Σ w log p(x), Σ w H(r), then by component Σ w r, Σ w r (x − shift), and
// Σ w r (x − shift)² by column or Σ w r (x − shift)(x − shift)ᵀ as a packed lower triangle.
typedef struct ck_mixture {
  int32_t form, moments;
  int64_t rows, cols, components;
  int64_t block;     // rows worked on at a time: a multiple of 32
  int64_t segments;  // how finely the rows are split; sums depend on it, but not on threads
  const double *x, *weights;
  const int32_t *labels;  // known components, −1 where unknown
  const double *given;
  const double *offset, *location, *factor, *shift;
  double *log_density, *responsibilities, *joint;
  double *statistics;
  int64_t statistics_stride;
  double *scratch;  // ck_mixture_scratch elements for each of `threads` threads
  int64_t scratch_stride;
  int32_t threads;  // more take no part: their number may change before the run
} ck_mixture;

// Elements of scratch memory that a thread needs.
int64_t ck_mixture_scratch(int64_t cols, int64_t components, int64_t block);
// Adds the statistics of the segments, in a fixed order, to those of the first.
void ck_mixture_collect(double *statistics, int64_t stride, int64_t segments);

typedef struct ck_kernels {
  ck_level level;
  const char *name;
  ck_elementwise elementwise[CK_OPERATION_COUNT];
  ck_kernel fused, product, fold, copy, collect, draw, gather, update, norm;
  ck_kernel mixture;  // of float64 only
} ck_kernels;

// The best level of this processor, and one level by name (NULL if the processor lacks it).
const ck_kernels *ck_kernels_best(ck_type type);
const ck_kernels *ck_kernels_at(ck_type type, ck_level level);

// --- Threads ----------------------------------------------------------------------------------

// How many threads programs run on; the first call decides (LATENT_THREADS, else the processors
// this process may use), `ck_set_threads` changes it between runs (1…64; 0 decides anew).
int ck_threads(void);
void ck_set_threads(int count);

// Runs the steps in order, each split over the pool. `flush_subnormals`
// sets FTZ and DAZ meanwhile and restores the caller's mode. Runs of several callers take turns.
// Returns 0 when there is no memory for even one thread's scratch, and has done nothing then.
int ck_run(const ck_step *steps, int64_t count, const ck_context *context, int flush_subnormals);

// --- Random numbers for the host --------------------------------------------------------------

// Fills `out` with the draws numbered first … first + count − 1 of a stream (see ck_draw).
void ck_uniforms(double *out, int64_t first, int64_t count, uint64_t seed, uint32_t stream);
void ck_normals(double *out, int64_t first, int64_t count, uint64_t seed, uint32_t stream);

// --- BLAS and LAPACK, loaded on first use -----------------------------------------------------

// Sums over rows of a data matrix, in double precision: first Σ wᵢ xᵢ by column, then the upper
// triangle of Σ wᵢ (xᵢ − μ)(xᵢ − μ)ᵀ. Every sum is made by one thread in a fixed order, so results
// do not depend on the number of threads.
typedef struct ck_moments {
  int32_t source_kind;
  double scale;
  const void *source;
  const double *weights;  // one per row, or NULL for 1
  int64_t rows, cols;
  const double *mean;     // of the second sums
  double *block;          // room for CK_MOMENT_ROWS centred rows
  double *partial;        // of the first sums: CK_MOMENT_PARTS × cols
  double *out;            // cols × cols
} ck_moments;

#define CK_MOMENT_PARTS 64
#define CK_MOMENT_ROWS 256

void ck_column_sums(const ck_moments *moments);
void ck_scatter(const ck_moments *moments);

typedef struct ck_blas_library {
  const char *name;       // the file that was loaded, or NULL
  const char *core;       // OpenBLAS's core type, or ""
  const char *remark;     // why it may be slower than the processor allows, or ""
  void (*dgemm)(const char *ta, const char *tb, const int *m, const int *n, const int *k,
                const double *alpha, const double *a, const int *lda, const double *b,
                const int *ldb, const double *beta, double *c, const int *ldc, size_t, size_t);
  void (*sgemm)(const char *ta, const char *tb, const int *m, const int *n, const int *k,
                const float *alpha, const float *a, const int *lda, const float *b,
                const int *ldb, const float *beta, float *c, const int *ldc, size_t, size_t);
  void (*dpotrf)(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
  void (*dgesv)(const int *n, const int *nrhs, double *a, const int *lda, int *pivots, double *b,
                const int *ldb, int *info);
  void (*dgetrf)(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
  void (*dsyevd)(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                 double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                 int *info, size_t, size_t);
  void (*dgesdd)(const char *jobz, const int *m, const int *n, double *a, const int *lda,
                 double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work,
                 const int *lwork, int *iwork, int *info, size_t);
  // Eigenvalues il … iu in ascending order, and their vectors, of a symmetric matrix.
  void (*dsyevr)(const char *jobz, const char *range, const char *uplo, const int *n, double *a,
                 const int *lda, const double *vl, const double *vu, const int *il, const int *iu,
                 const double *abstol, int *m, double *w, double *z, const int *ldz, int *isuppz,
                 double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t,
                 size_t, size_t);
} ck_blas_library;

// Never NULL; a missing library has name NULL and NULL functions.
const ck_blas_library *ck_blas(void);

#ifdef __cplusplus
}
#endif
