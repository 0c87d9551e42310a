// The door to BLAS and LAPACK (see CKernels/blas.c for how and why they are loaded at run time).

import CKernels

/// The linear algebra library in use.
public enum BLAS {
  /// The file that was loaded, nil when none was found.
  public static var name: String? { ck_blas().pointee.name.map { String(cString: $0) } }

  /// The kernels OpenBLAS chose, e.g. `SkylakeX`; empty for other libraries.
  public static var core: String { String(cString: ck_blas().pointee.core) }

  /// Why the library may be slower than the processor allows; empty when all is well.
  public static var remark: String { String(cString: ck_blas().pointee.remark) }

  /// The row-major product of an m×k and a k×n matrix, in double precision.
  ///
  /// Falls back to the engine's own kernel when no library is installed: the result differs in
  /// rounding only.
  public static func product(
    _ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int
  ) -> [Double] {
    guard m > 0, n > 0 else { return [] }
    return [Double](unsafeUninitializedCapacity: m * n) { c, filled in
      filled = m * n
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          if let dgemm = ck_blas().pointee.dgemm, k > 0, max(m, n, k) <= Int(Int32.max) {
            // Row-major C = A·B is column-major Cᵀ = Bᵀ·Aᵀ.
            var (rows, columns, inner) = (Int32(n), Int32(m), Int32(k))
            var (one, zero) = (1.0, 0.0)
            dgemm(
              "N", "N", &rows, &columns, &inner, &one, b.baseAddress, &rows, a.baseAddress,
              &inner, &zero, c.baseAddress, &rows, 1, 1)
          } else {
            var body = ck_product()
            (body.m, body.n, body.k) = (Int64(m), Int64(n), Int64(k))
            (body.a_row, body.a_col) = (Int64(k), 1)
            (body.b_row, body.b_col, body.c_row) = (Int64(n), 1, Int64(n))
            body.batches = 1
            body.a = UnsafeRawPointer(a.baseAddress)
            body.b = UnsafeRawPointer(b.baseAddress)
            body.c = UnsafeMutableRawPointer(c.baseAddress)
            withUnsafePointer(to: body) { body in
              var step = ck_step(
                kernel: ck_kernels_best(CK_FLOAT64).pointee.product, body: UnsafeRawPointer(body),
                barrier: 0)
              var context = ck_context()
              _ = ck_run(&step, 1, &context, 0)
            }
          }
        }
      }
    }
  }
}
