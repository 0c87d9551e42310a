// Several layers of latents: p(x|z₁) p(z₁|z₂) … p(z_L), q(z₁|x) q(z₂|z₁) … (Burda, Grosse &
// Salakhutdinov, "Importance weighted autoencoders", 2016, section 5). Side by side all layers are
// one z with one density and one way to draw it, so bounds, estimators and evidence are those of
// one layer.

import LatentAutodiff
import LatentTensor

/// A layer of latents, and the networks between it and what is below.
public struct LatentLayer: Sendable, Equatable {
  /// Its dimension.
  public var latent: Int
  /// Widths of the hidden layers of the network up to it; the one down from it has them in reverse.
  public var hidden: [Int]

  public init(latent: Int, hidden: [Int]) {
    self.latent = latent
    self.hidden = hidden
  }
}

/// The distribution of one layer given another, its parameters a network's output.
struct LayerConditional {
  var network: Perceptron
  var family: PosteriorKind
  /// Of the layer it is a distribution of.
  var latent: Int
  var isDetached = false

  init(
    _ name: String, _ widths: [Int], to latent: Int, family: PosteriorKind, activation: Activation
  ) {
    network = Perceptron(
      name, widths: widths + [family.outputs(latent: latent)], activation: activation)
    self.family = family
    self.latent = latent
  }

  /// Lets all scales begin at 1 whatever z is: z has no bounds, and where the scales of q and p
  /// part by orders of magnitude the bound does by their squares.
  func levelScales(_ values: ParameterBuffer) {
    guard let slot = network.slots.last(where: { $0.shape.count == 2 }),
      var weights = values[slot.name]?.values
    else { return }
    let width = slot.shape[1]
    for place in weights.indices where place % width >= latent { weights[place] = 0 }
    values[slot.name] = Tensor(shape: slot.shape, weights)
  }

  /// Given z of shape [… , inputs].
  func callAsFunction(_ z: Symbol) -> any Posterior {
    let output = network(z) { slot in
      let held = z.graph.parameter(slot.name, shape: slot.shape)
      return isDetached ? held.detached() : held
    }
    return family.posterior(output, latent: latent)
  }

  /// The same with the network's weights held fixed; derivatives still pass through z.
  func detached() -> LayerConditional {
    var copy = self
    copy.isDetached = true
    return copy
  }
}

extension Symbol {
  /// The layers of a z that holds them side by side.
  func layers(_ widths: [Int]) -> [Symbol] {
    var start = 0
    return widths.map { width in
      defer { start += width }
      return columns(start..<(start + width))
    }
  }
}

/// q(z₁|x) q(z₂|z₁) … of all layers side by side.
struct LayeredPosterior: Posterior {
  var widths: [Int]
  /// q(z₁|x).
  var first: any Posterior
  /// q(z_{l+1}|z_l) from the lowest.
  var above: [LayerConditional]

  /// The laws of all layers, each given the mean of the one below.
  private var central: [any Posterior] {
    above.reduce(into: [first]) { laws, next in laws.append(next(laws[laws.count - 1].mean)) }
  }

  var mean: Symbol { Symbol.concatenated(central.map(\.mean)) ?? first.mean }
  var sd: Symbol { Symbol.concatenated(central.map(\.sd)) ?? first.sd }

  func draws(_ count: Int) -> Symbol {
    var z = first.draws(count)
    var parts = [z]
    for next in above {
      let law = next(z)
      z = law.draws(1).reshaped(law.mean.shape)
      parts.append(z)
    }
    return Symbol.concatenated(parts) ?? z
  }

  func logDensity(_ z: Symbol) -> Symbol {
    let parts = z.layers(widths)
    return zip(above, zip(parts, parts.dropFirst())).reduce(first.logDensity(parts[0])) {
      $0 + $1.0($1.1.0).logDensity($1.1.1)
    }
  }

  /// None: the layers below the last are not standard normal under p.
  func standardDivergence() -> Symbol? { nil }

  func detached() -> LayeredPosterior {
    LayeredPosterior(
      widths: widths, first: first.detached(), above: above.map { $0.detached() })
  }
}

/// p(z₁|z₂) … p(z_L) of all layers side by side.
struct LayeredPrior: Prior {
  var widths: [Int]
  /// p(z_L).
  var top: any Prior
  /// p(z_l|z_{l+1}) from the lowest.
  var below: [LayerConditional]

  func logDensity(_ z: Symbol) -> Symbol {
    let parts = z.layers(widths)
    return zip(below, zip(parts, parts.dropFirst())).reduce(
      top.logDensity(parts[parts.count - 1])
    ) { $0 + $1.0($1.1.1).logDensity($1.1.0) }
  }

  /// None: p(z_l|z_{l+1}) is known at draws only.
  func divergence(of q: any Posterior) -> Symbol? { nil }

  /// All layers, drawn from the last, whose draws [count, latent] are given.
  func completed(_ z: Symbol) -> Symbol {
    var parts = [z]
    for next in below.reversed() {
      let law = next(parts[0])
      parts.insert(law.draws(1).reshaped(law.mean.shape), at: 0)
    }
    return Symbol.concatenated(parts) ?? z
  }

  /// E_q log q(z_l|·)/p(z_l|·) by layer at draws z ~ q of shape [samples, rows, …]: by draws, but
  /// for the last layer by its closed form given the layer below, where it has one. Shape
  /// [samples · rows, layers].
  func divergences(of q: LayeredPosterior, at z: Symbol) -> Symbol {
    let parts = z.layers(widths)
    let columns = parts.indices.map { layer -> Symbol in
      let law = layer == 0 ? q.first : q.above[layer - 1](parts[layer - 1])
      let isLast = layer == parts.count - 1
      if isLast, let exact = top.divergence(of: law) { return exact.sum(axis: -1) }
      let prior =
        isLast
        ? top.logDensity(parts[layer])
        : below[layer](parts[layer + 1]).logDensity(parts[layer])
      return law.logDensity(parts[layer]) - prior
    }
    let count = z.shape.dropLast().reduce(1, *)
    return Symbol.concatenated(columns.map { $0.reshaped([count, 1]) })
      ?? z.graph.constant(0).broadcast(to: [count, 1])
  }
}

extension Autoencoder.Architecture {
  /// All layers from the one next to the data.
  public var layers: [LatentLayer] { [LatentLayer(latent: latent, hidden: hidden)] + above }
  /// The dimensions of all layers together.
  public var dimensions: Int { widths.reduce(0, +) }
  /// The dimension of the last layer, which `prior` is about.
  public var lastLatent: Int { above.last?.latent ?? latent }
  var widths: [Int] { layers.map(\.latent) }

  /// `latent` and `hidden` as arguments of the language: lists where there are several layers.
  var latentFact: Fact {
    above.isEmpty ? .integer(latent) : .vector(widths.map(Double.init))
  }
  var hiddenFact: Fact {
    let all = layers.map { Fact.vector($0.hidden.map(Double.init)) }
    return above.isEmpty ? all[0] : .list(all)
  }
  var latentText: String { above.isEmpty ? "\(latent)" : "\(widths)" }
  var hiddenText: String { above.isEmpty ? "\(hidden)" : "\(layers.map(\.hidden))" }

  /// Neighbouring layers with the number of the upper one, counted from 1.
  private var steps: [(number: Int, lower: LatentLayer, upper: LatentLayer)] {
    zip(layers, above).enumerated().map { ($0 + 2, $1.0, $1.1) }
  }

  /// q(z_{l+1}|z_l), of the family of `posterior`: `encoder2` leads up to z₂.
  var upward: [LayerConditional] {
    steps.map { number, lower, upper in
      LayerConditional(
        "encoder\(number)", [lower.latent] + upper.hidden, to: upper.latent, family: posterior,
        activation: activation)
    }
  }

  /// p(z_l|z_{l+1}), normal with independent elements: `decoder2` leads down from z₂.
  var downward: [LayerConditional] {
    steps.map { number, lower, upper in
      LayerConditional(
        "decoder\(number)", [upper.latent] + upper.hidden.reversed(), to: lower.latent,
        family: .normal, activation: activation)
    }
  }
}

extension Autoencoder {
  /// Parameters of the networks between the layers.
  var layerSlots: [Graph.Slot] {
    (architecture.upward + architecture.downward).flatMap(\.network.slots)
  }

  /// The law of all layers for a law of the first.
  func layered(_ first: any Posterior) -> any Posterior {
    guard !architecture.above.isEmpty else { return first }
    return LayeredPosterior(
      widths: architecture.widths, first: first, above: architecture.upward)
  }

  /// The first layer of z, which the decoder reads.
  func firstLayer(_ z: Symbol) -> Symbol { z.columns(0..<architecture.latent) }

  /// The terms with the divergence by layer, for estimators that follow the paths of draws; free
  /// bits are then granted to each layer, as many as it has dimensions.
  func layering(_ terms: LogWeightTerms, _ x: Symbol, by estimator: GradientEstimator)
    -> LogWeightTerms
  {
    guard [.auto, .pathwise].contains(estimator), let draw = terms.draws.first,
      let prior = self.prior(x.graph) as? LayeredPrior,
      let q = posterior(x) as? LayeredPosterior
    else { return terms }
    var terms = terms
    terms.divergence = prior.divergences(of: q, at: draw.seen)
    terms.columnDimensions = architecture.widths.map(Double.init)
    return terms
  }
}
