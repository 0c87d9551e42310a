// The q that the library makes for a latent for which the block has none, where p(z|x) is not known
// exactly: a small network leads from what is observed, standardised, to the parameters of a
// distribution over the values that the prior allows. To all that asks a model (bounds, estimators,
// `posterior`, `encode`, files) it is a q like one that was written.

import Foundation
import LatentAutodiff
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentTensor

/// q(z|…) = family(network(…)) of one latent (amortised inference; Kingma and Welling 2014).
///
/// Its last layer starts at zero, so that q starts near the prior whatever x is.
struct AmortisedPosterior {
  /// The distribution by the support of the prior. All elements of a draw are independent given x,
  /// but for those of one point of a simplex.
  enum Kind: String {
    /// The whole line: mean and log of the standard deviation by the network.
    case normal
    /// Positive numbers.
    case lognormal
    /// (0, 1): the logarithms of both parameters by the network.
    case beta
    /// A simplex.
    case dirichlet
    case bernoulli
    case categorical

    /// Numbers that the network gives for each of the numbers that `shape` counts.
    var outputs: Int { self == .normal || self == .lognormal || self == .beta ? 2 : 1 }
  }

  /// A variable that q is given.
  struct Input {
    var name: String
    /// Mean and standard deviation of each of its numbers, with which it is standardised.
    var center: [Double]
    var scale: [Double]
    /// Whether the network is told, too, which of its numbers are there.
    var hasMask: Bool
    var columns: Int { center.count * (hasMask ? 2 : 1) }
  }

  static let hidden = [64, 64]
  /// Logarithms of scales stay within ±8: no first step overflows.
  private static let widest = 8.0

  let latent: String
  let kind: Kind
  /// The shape of a draw; for `categorical` followed by the number of categories.
  let shape: [Int]
  /// Where q starts: location and scale of the prior, in the logarithm for `lognormal`.
  let center: [Double]
  let scale: [Double]
  let inputs: [Input]
  /// The density as which it stands beside those that are written.
  let density: BlockDensity

  /// The name of the parameter that holds the network; no user can write it.
  var parameter: String { AmortisedPosterior.parameter(of: latent) }
  static func parameter(of latent: String) -> String { "q(\(latent))" }

  private var count: Int { shape.reduce(1, *) }

  var design: NetworkObject.Design {
    let inputs = inputs.reduce(0) { $0 + $1.columns }
    // Without anything given there are only biases to learn.
    let widths = inputs == 0 ? [1] : [inputs] + AmortisedPosterior.hidden
    let outputs = count * kind.outputs
    let hidden = AmortisedPosterior.hidden.map(String.init).joined(separator: ", ")
    return NetworkObject.Design(
      network: Network(parameter, .perceptron(widths + [outputs], .tanh)),
      text: "mlp(\(inputs), [\(hidden)], \(outputs), activation: \"tanh\")", place: nil)
  }

  /// What `explain` says of it.
  var explanation: String {
    let given = inputs.map(\.name).joined(separator: ", ")
    let elements = count > 1 && kind != .dirichlet ? ", its elements independent given these" : ""
    return "`\(density.title)` is not given: a `\(kind.rawValue)` by a network \(design.text) of "
      + "the standardised \(given)\(elements); write `\(density.title) = …` in the block to choose"
  }

  /// The numbers that the network starts with.
  func start(seed: UInt64) throws -> [String: Tensor] {
    let slots = design.network.slots
    for slot in slots { _ = try Shape.count(slot.shape) }
    let buffer = ParameterBuffer(slots, precision: .float64)
    var random = Philox(seed: seed, stream: 0x0A33)
    design.network.initialise(buffer, &random)
    var numbers: [String: Tensor] = [:]
    let last = String(
      design.network.layers.count { if case .dense = $0 { true } else { false } } - 1)
    for slot in slots {
      let isLast = slot.name.hasPrefix("\(parameter).\(last).")
      numbers[slot.name] = isLast ? Tensor(repeating: 0, shape: slot.shape) : buffer[slot.name]
    }
    return numbers
  }

  // MARK: The distribution

  /// The distribution given what is known of one datum; what is missing of it counts as its mean.
  func law(
    _ known: [String: Value], _ network: NetworkObject, _ instance: BlockInstance,
    _ runtime: Runtime
  ) throws -> BlockLaw {
    try Trace.local(runtime) { trace in
      let outputs = try network.output(input(known, instance, trace), in: trace)
      return BlockLaw.symbolic(try distribution(outputs, trace), trace)
    } numbers: {
      try $0.numbers(in: $1)
    }
  }

  /// What the network sees of a datum.
  private func input(
    _ known: [String: Value], _ instance: BlockInstance, _ trace: Trace
  ) throws -> Symbol {
    var parts: [Symbol] = []
    for input in inputs {
      let zeros = trace.graph.constant(0).broadcast(to: [input.center.count])
      guard let symbol = try known[input.name].flatMap({ try trace.symbol(of: $0) }) else {
        parts += input.hasMask ? [zeros, zeros] : [zeros]
        continue
      }
      guard symbol.shape.reduce(1, *) == input.center.count else {
        throw Failure(
          "L512",
          "`\(density.title)` was made for \(plural(input.center.count, "number")) of "
            + "`\(input.name)`, not for a value of shape \(Shape.text(symbol.shape))",
          argument: input.name)
      }
      let mayMiss = known[input.name].map { instance.mayMiss(input.name, $0) } ?? false
      let point = SeenPoint(symbol.reshaped([input.center.count]), mayMiss: mayMiss)
      let standard =
        (point.values - trace.constant(Tensor(input.center)))
        / trace.constant(Tensor(input.scale))
      parts.append(point.seen.map { $0.select(standard, zeros) } ?? standard)
      if input.hasMask {
        let ones = zeros + 1
        parts.append(point.seen.map { $0.select(ones, zeros) } ?? ones)
      }
    }
    return Symbol.concatenated(parts) ?? trace.graph.constant(0).broadcast(to: [1])
  }

  private func distribution(_ outputs: Symbol, _ trace: Trace) throws -> SymbolicDistribution {
    let widest = AmortisedPosterior.widest
    func bounded(_ x: Symbol) -> Symbol { (x / widest).tanh() * widest }
    func start(_ numbers: [Double]) -> Symbol { trace.constant(Tensor(numbers)) }
    let first = outputs.columns(0..<count)
    switch kind {
    case .normal, .lognormal:
      let spread = bounded(outputs.columns(count..<(2 * count))).exp()
      let location = start(center) + start(scale) * first
      return try SymbolicDistribution(
        kind == .normal ? .normal : .logNormal,
        [location.reshaped(shape), (start(scale) * spread).reshaped(shape)])
    case .beta:
      let second = outputs.columns(count..<(2 * count))
      return try SymbolicDistribution(
        .beta, [bounded(first).exp().reshaped(shape), bounded(second).exp().reshaped(shape)])
    case .dirichlet:
      return try SymbolicDistribution(.dirichlet, [bounded(first).exp().reshaped(shape)])
    case .bernoulli:
      return try SymbolicDistribution(
        .bernoulliByLogits, [(start(center) + first).reshaped(shape)])
    case .categorical:
      return try SymbolicDistribution(.categoricalByLogits, [first.reshaped(shape)])
    }
  }
}

extension AmortisedPosterior.Kind {
  /// The distribution over the support of a prior; nil where there is none whose draws are made.
  init?(support prior: Law<Tensor>) {
    switch prior {
    case .independent(let law, _): self.init(support: law)
    case .mixture(_, let components):
      let kinds = components.map { AmortisedPosterior.Kind(support: $0) }
      guard let first = kinds.first, let kind = first, kinds.allSatisfy({ $0 == kind }) else {
        return nil
      }
      self = kind
    case .family(let family, let parameters):
      switch family.name {
      case "normal", "mvnormal", "laplace", "logistic", "student_t", "mvstudent_t": self = .normal
      case "gamma", "inverse_gamma", "lognormal", "exponential", "lomax": self = .lognormal
      case "beta": self = .beta
      case "uniform":
        let isUnit =
          parameters.count == 2 && parameters[0].values.allSatisfy { $0 == 0 }
          && parameters[1].values.allSatisfy { $0 == 1 }
        guard isUnit else { return nil }
        self = .beta
      case "dirichlet": self = .dirichlet
      case "bernoulli": self = .bernoulli
      case "categorical": self = .categorical
      default: return nil
      }
    }
  }
}

extension NetworkObject {
  /// The output for one vector, recorded in a trace.
  func output(_ x: Symbol, in trace: Trace) -> Symbol {
    network(x, isTraining: trace.isTraining) { slot in
      switch weights {
      case .symbols: return trace.graph.parameter(slot.name, shape: slot.shape)
      case .values(let values):
        let place = network.slots.firstIndex { $0.name == slot.name }
        return place.map { trace.input(values[$0]) } ?? trace.graph.constant(.nan)
      }
    }
  }
}
