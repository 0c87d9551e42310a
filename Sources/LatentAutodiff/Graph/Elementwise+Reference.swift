// The elementwise primitives on single numbers: constants are folded with these, and the kernels
// are tested against them.

import CKernels
import Glibc

extension Elementwise {
  /// The value for one operand each, in double precision.
  public func reference(_ x: [Double]) -> Double {
    var result = 0.0
    let table = ck_kernels_best(CK_FLOAT64).pointee.elementwise
    let apply = withUnsafeBytes(of: table) {
      $0.bindMemory(to: ck_elementwise?.self)[Int(kernel.rawValue)]
    }
    var (a, b, c) = (x[0], x.count > 1 ? x[1] : 0, x.count > 2 ? x[2] : 0)
    apply?(&result, &a, &b, &c, 1)
    return result
  }
}
