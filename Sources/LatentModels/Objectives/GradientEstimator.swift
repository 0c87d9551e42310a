// The ways to differentiate an expectation under q(z|x) by the parameters φ of q.

import LatentAutodiff

/// An estimator of the gradient of a bound.
///
/// In all of them the gradient by the parameters of p is that of the integrand; they differ in how
/// φ is reached. With l = log p(x, z) − log q(z|x) and z = g_φ(x, ε):
public enum GradientEstimator: String, CaseIterable, Sendable {
  /// The one with the least variance that the model allows.
  case auto
  /// The total derivative of l(g_φ(x, ε)) (Kingma & Welling 2014; Rezende et al. 2014).
  case pathwise
  /// (l − b) ∂_φ log q(z|x) with a baseline b that does not depend on z (Williams 1992); the only
  /// one for discrete z, and the one with the most variance.
  case score
  /// A sum over all values of z.
  case enumerate
  /// Pathwise without the direct term ∂_φ log q, whose mean is zero: its variance vanishes where
  /// q is the posterior (Roeder, Wu & Duvenaud, "Sticking the landing", 2017).
  case stl
  /// Pathwise with the direct term reparametrised once more, so that it is unbiased, and without
  /// the direct term's noise, for importance weighted bounds too (Tucker, Lawson, Gu & Maddison,
  /// "Doubly reparameterized gradient estimators for Monte Carlo objectives", 2018).
  case dreg
  /// Score function of the importance weighted bound, each draw's baseline from the other draws
  /// (Mnih & Rezende, "Variational inference for Monte Carlo objectives", 2016).
  case vimco

  /// Whether draws must be smooth functions of φ.
  public var needsReparametrisation: Bool { self == .pathwise || self == .stl || self == .dreg }

  /// Whether log q is to be recorded with its parameters held fixed: derivatives then reach it
  /// through z alone.
  public var freezesPosterior: Bool { self == .stl || self == .dreg }

  /// The draw as the densities must see it.
  public func sees(_ draw: Symbol) -> LatentDraw {
    switch self {
    case .auto, .pathwise, .stl, .enumerate: LatentDraw(attached: draw, seen: draw)
    case .score, .vimco: LatentDraw(attached: draw, seen: draw.detached())
    case .dreg: LatentDraw(attached: draw, seen: draw.detached().variable())
    }
  }
}

/// A draw z ~ q(z|x) of shape [samples, rows, …].
public struct LatentDraw {
  /// z as a function of φ.
  public var attached: Symbol
  /// The same value, as all densities take it.
  public var seen: Symbol

  public init(attached: Symbol, seen: Symbol) {
    self.attached = attached
    self.seen = seen
  }
}
