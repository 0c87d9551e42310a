// The normal distribution function and its inverse.

import Foundation

/// Φ and Φ⁻¹.
public enum NormalIntegral {
  /// Φ(z) and Φ(−z), each to a few ULP.
  public static func tails(_ z: Double) -> Family.Tails {
    let scaled = z * 0.5.squareRoot()
    return Family.Tails(lower: 0.5 * erfc(-scaled), upper: 0.5 * erfc(scaled))
  }

  /// Φ⁻¹: Wichura, "Algorithm AS 241" (1988), whose relative error is below 1e-15.
  public static func quantile(_ p: Family.Tails) -> Double {
    let q = p.lower < 0.5 ? p.lower - 0.5 : 0.5 - p.upper
    if abs(q) <= 0.425 { return q * ratio(0.180625 - q * q, center) }
    let tail = min(p.lower, p.upper)
    if tail <= 0 { return q < 0 ? -.infinity : .infinity }
    let r = (-log(tail)).squareRoot()
    let size = r <= 5 ? ratio(r - 1.6, middle) : ratio(r - 5, far)
    return q < 0 ? -size : size
  }

  private static func ratio(_ x: Double, _ table: [(Double, Double)]) -> Double {
    var (top, bottom) = (0.0, 0.0)
    for (a, b) in table.reversed() { (top, bottom) = (top * x + a, bottom * x + b) }
    return top / bottom
  }

  private static let center: [(Double, Double)] = [
    (3.3871328727963666080, 1), (1.3314166789178437745e2, 4.2313330701600911252e1),
    (1.9715909503065514427e3, 6.8718700749205790830e2),
    (1.3731693765509461125e4, 5.3941960214247511077e3),
    (4.5921953931549871457e4, 2.1213794301586595867e4),
    (6.7265770927008700853e4, 3.9307895800092710610e4),
    (3.3430575583588128105e4, 2.8729085735721942674e4),
    (2.5090809287301226727e3, 5.2264952788528545610e3),
  ]

  private static let middle: [(Double, Double)] = [
    (1.42343711074968357734, 1), (4.63033784615654529590, 2.05319162663775882187),
    (5.76949722146069140550, 1.67638483018380384940),
    (3.64784832476320460504, 6.89767334985100004550e-1),
    (1.27045825245236838258, 1.48103976427480074590e-1),
    (2.41780725177450611770e-1, 1.51986665636164571966e-2),
    (2.27238449892691845833e-2, 5.47593808499534494600e-4),
    (7.74545014278341407640e-4, 1.05075007164441684324e-9),
  ]

  private static let far: [(Double, Double)] = [
    (6.65790464350110377720, 1), (5.46378491116411436990, 5.99832206555887937690e-1),
    (1.78482653991729133580, 1.36929880922735805310e-1),
    (2.96560571828504891230e-1, 1.48753612908506148525e-2),
    (2.65321895265761230930e-2, 7.86869131145613259100e-4),
    (1.24266094738807843860e-3, 1.84631831751005468180e-5),
    (2.71155556874348757815e-5, 1.42151175831644588870e-7),
    (2.01033439929228813265e-7, 2.04426310338993978564e-15),
  ]
}
