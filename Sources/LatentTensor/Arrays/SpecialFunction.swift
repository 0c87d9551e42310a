// Functions beyond those of the mathematical library, and the forms of common ones that keep
// their digits where the textbook formula loses them.
//
// Goals in this order: no wrong infinities or nan, full relative precision (a few ULP, stated
// where it is worse), speed.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Real functions of one number.
public enum SpecialFunction {
  /// log |Γ(x)|; +∞ at 0, −1, −2, …
  public static func lgamma(_ x: Double) -> Double {
    // Not `lgamma`: it writes the sign to a global that all threads share.
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
  }

  /// ψ(x), the derivative of log Γ: relative error below 1e-14 for x > 0; nan at −1, −2, …
  ///
  /// Upwards recurrence ψ(x) = ψ(x + 1) − 1/x to x ≥ 10, then the asymptotic series
  /// log x − 1/2x − Σ B₂ₙ / 2n x²ⁿ (Abramowitz & Stegun 6.3.18). Around its zero these terms
  /// cancel, so a Taylor series about the zero serves there, and negative x are reflected,
  /// ψ(x) = ψ(1 − x) − π cot πx (6.3.7).
  public static func digamma(_ x: Double) -> Double {
    if x == 0 { return copysign(.infinity, -x) }
    if x == -.infinity || x.isNaN { return .nan }
    if x < 0 {
      let fraction = x - x.rounded(.down)
      return fraction == 0 ? .nan : digamma(1 - x) - .pi / tan(.pi * fraction)
    }
    let distance = (x - digammaZero) - digammaZeroRest
    if abs(distance) < 0.3 {
      return distance * digammaTaylor.reversed().reduce(0) { $0 * distance + $1 }
    }
    var shift = 0.0
    var x = x
    while x < 10 {
      shift -= 1 / x
      x += 1
    }
    let inverse = 1 / (x * x)
    let series = bernoulliOverIndex.reversed().reduce(0) { ($0 + $1) * inverse }
    return shift + log(x) - 0.5 / x - series
  }

  /// ψ′(x): 1/x + 1/2x² + Σ B₂ₙ / x²ⁿ⁺¹ from x ≥ 10 on, by recurrence below (A & S 6.4.12).
  public static func trigamma(_ x: Double) -> Double {
    if x == 0 { return .infinity }
    if x == -.infinity || x.isNaN { return .nan }
    if x < 0 {
      let fraction = x - x.rounded(.down)
      let sine = sin(.pi * fraction)
      return fraction == 0 ? .infinity : .pi * .pi / (sine * sine) - trigamma(1 - x)
    }
    var shift = 0.0
    var x = x
    while x < 10 {
      shift += 1 / (x * x)
      x += 1
    }
    let inverse = 1 / (x * x)
    var series = 0.0
    for (n, term) in bernoulliOverIndex.enumerated().reversed() {
      series = (series + term * Double(2 * n + 2)) * inverse
    }
    return shift + (1 + series) / x + 0.5 * inverse
  }

  /// 1 / (1 + e⁻ˣ), from the side where the exponential is small.
  public static func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
  }

  /// log(1 + eˣ) = max(x, 0) + log1p(e^−|x|).
  public static func softplus(_ x: Double) -> Double {
    (x > 0 ? x : 0) + log1p(exp(-abs(x))) + (x.isNaN ? x : 0)
  }

  /// max(x, 0); nan stays.
  public static func relu(_ x: Double) -> Double { x < 0 ? 0 : x }

  /// −1, 0 or 1; nan stays.
  public static func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x.isNaN ? x : 0 }

  /// The whole number nearest, ties to the even one.
  public static func round(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }

  /// The nearest number with so many digits behind the point, ties to the even digit; what lies
  /// before the point is rounded by negative ones. Binary fractions are told from decimal ties.
  public static func round(_ x: Double, digits: Int) -> Double {
    let power = pow(10, Double(abs(digits)))
    let scaled = digits < 0 ? x / power : x * power
    guard abs(scaled) < 0x1p52 else { return x }
    var nearest = scaled.rounded(.toNearestOrEven)
    if abs(scaled - nearest) == 0.5 {
      // Not a tie where the scaling was inexact.
      let rest = digits < 0 ? x.addingProduct(-scaled, power) : (-scaled).addingProduct(x, power)
      if rest != 0 { nearest = rest > 0 ? scaled.rounded(.up) : scaled.rounded(.down) }
    }
    return digits < 0 ? nearest * power : nearest / power
  }

  /// The positive zero of ψ in two parts.
  private static let digammaZero = 1.4616321449683622
  private static let digammaZeroRest = 9.549995429965697e-17

  /// ψ⁽ᵏ⁾(x₀)/k! for k = 1, 2, …, computed with 60 digits.
  private static let digammaTaylor: [Double] = [
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
    0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
    0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
    0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
    0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602, -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741,
  ]

  /// B₂ₙ / 2n for n = 1, 2, …
  private static let bernoulliOverIndex: [Double] = [
    1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 5.0 / 660, -691.0 / 32760, 7.0 / 84,
    -3617.0 / 8160,
  ]
}
