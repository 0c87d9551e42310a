// The primitives a computation is made of. Everything the library trains is a graph of these few
// operations; each has its shape rule (Graph+Shapes), its derivative (Derivatives) and its kernel
// (the Compiler folder) in one table each.

import CKernels

/// What a node of a graph computes from its inputs.
public enum Operation: Hashable, Sendable {
  /// A number, broadcast wherever it is used.
  case constant(Double)
  /// A trained parameter, by its place in the graph's list.
  case parameter(Int)
  /// Values the host writes before a run.
  case input(Int)
  /// The rows of a data matrix that belong to the minibatch; with `binarized`, each element p
  /// becomes a draw from Bernoulli(p) that depends on the seed, the step and the data row only.
  case batch(source: Int, binarized: UInt32?)
  /// Independent draws from a stream, new at each step.
  case draw(Draw, stream: UInt32)
  /// One of the vector loops, with right-aligned broadcasting.
  case elementwise(Elementwise)
  /// Matrix product of two matrices, each possibly transposed.
  case product(transposeLeft: Bool, transposeRight: Bool)
  /// Sum or maximum over one axis, which stays with length 1.
  case reduce(Reduction, axis: Int)
  /// Columns `start ..< start + count` of the last axis.
  case slice(start: Int, count: Int)
  /// The input as columns `start…` of a last axis of length `total`, zeros elsewhere.
  case pad(start: Int, total: Int)
  /// The inputs side by side along the last axis.
  case concatenate
  case reshape
  /// Sums of elements at fixed positions: picking, permuting, repeating, scattering.
  case collect(Incidence)
  /// The last axis as an image, cut into the patches that a convolution multiplies.
  case windows(Windows)
  /// The transpose of `windows`: patches added up to an image.
  case overlap(Windows)
  /// The rows of the second input, a matrix, that the first input names; nan where there are none.
  case lookup
  /// The transpose of `lookup` in the matrix: so many rows, each the sum of the rows of the second
  /// input whose index in the first one names it.
  case scatter(rows: Int)
  /// The input under a larger shape: axes added on the left, axes of length 1 repeated.
  case broadcast
  /// Exchanges the last two axes.
  case transpose
  /// The input under a name of its own: a derivative with respect to it does not reach uses of the
  /// input elsewhere.
  case variable(Int)
  /// The input with a derivative of zero.
  case stopGradient
  /// The input, through which no derivative can pass; asking for one is an error with this text.
  case undifferentiable(String)

  /// What to do where no derivative passes.
  static let stepRemedy = "sum over the values of the variable, or use a score-function estimator"
}

public enum Draw: Hashable, Sendable {
  case uniform, normal
}

public enum Reduction: Hashable, Sendable {
  case sum, maximum
}

/// The elementwise primitives; the raw value is the kernel's place in the table of CKernels.
public enum Elementwise: Hashable, Sendable, CaseIterable {
  case negate, absolute, sign, square, squareRoot, reciprocal
  case exp, expm1, log, log1p, sin, cos, tanh, sigmoid, softplus
  /// `step` is 1 where its input is positive, else 0.
  case relu, step, logGamma, digamma, trigamma, erf, floor
  case add, subtract, multiply, divide, power, minimum, maximum
  /// log z with P(a, z) = u for a shape a and a probability u, the quantile of Gamma(a, 1), and its
  /// derivative with respect to a at fixed u, from a and log z.
  case logGammaQuantile, logGammaQuantileSlope
  /// Comparisons give 1 or 0; `select(c, a, b)` is a where c ≠ 0, else b.
  case less, equal, select

  public var arity: Int {
    switch self {
    case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .logGammaQuantile,
      .logGammaQuantileSlope, .less, .equal:
      2
    case .select: 3
    default: 1
    }
  }

  var kernel: ck_operation {
    switch self {
    case .negate: CK_NEGATE
    case .absolute: CK_ABS
    case .sign: CK_SIGN
    case .square: CK_SQUARE
    case .squareRoot: CK_SQRT
    case .reciprocal: CK_RECIPROCAL
    case .exp: CK_EXP
    case .expm1: CK_EXPM1
    case .log: CK_LOG
    case .log1p: CK_LOG1P
    case .sin: CK_SIN
    case .cos: CK_COS
    case .tanh: CK_TANH
    case .sigmoid: CK_SIGMOID
    case .softplus: CK_SOFTPLUS
    case .relu: CK_RELU
    case .step: CK_STEP
    case .logGamma: CK_LGAMMA
    case .digamma: CK_DIGAMMA
    case .trigamma: CK_TRIGAMMA
    case .erf: CK_ERF
    case .floor: CK_FLOOR
    case .add: CK_ADD
    case .subtract: CK_SUBTRACT
    case .multiply: CK_MULTIPLY
    case .divide: CK_DIVIDE
    case .power: CK_POWER
    case .minimum: CK_MINIMUM
    case .maximum: CK_MAXIMUM
    case .logGammaQuantile: CK_GAMMA_QUANTILE
    case .logGammaQuantileSlope: CK_GAMMA_QUANTILE_SLOPE
    case .less: CK_LESS
    case .equal: CK_EQUAL
    case .select: CK_SELECT
    }
  }
}
