// The layers that networks are made of. A layer is data: what numbers it has, what shape it gives,
// and what it records in a graph all follow from its description.

import Foundation
import LatentAutodiff
import LatentTensor

/// One layer. All but convolutions work on the last axis and take axes before it as rows.
public indirect enum Layer: Hashable, Sendable {
  /// x W + b, W of shape [inputs, outputs].
  case dense(inputs: Int, outputs: Int)
  case activation(Activation)
  /// (x − mean) / √(variance + 1e-5) · gain + shift over the last axis (Ba, Kiros and Hinton 2016).
  case norm(width: Int)
  /// While training, each element is 0 with this probability, and 1/(1 − rate) times itself
  /// otherwise (Srivastava et al. 2014); at all other times nothing happens.
  case dropout(rate: Double)
  /// Row i of a table for a whole number i.
  case embedding(count: Int, width: Int)
  case convolution(Convolution)
  /// x + f(x) (He et al. 2016).
  case skip([Layer])

  /// Its numbers, in order, by what they are and their shape.
  var numbers: [(role: String, shape: [Int])] {
    switch self {
    case .dense(let inputs, let outputs): [("weights", [inputs, outputs]), ("bias", [outputs])]
    case .norm(let width): [("gain", [width]), ("shift", [width])]
    case .embedding(let count, let width): [("table", [count, width])]
    case .convolution(let convolution):
      [("weights", convolution.weightShape), ("bias", [convolution.filters])]
    case .activation, .dropout, .skip: []
    }
  }

  /// What it is, for messages.
  public var title: String {
    switch self {
    case .dense(let inputs, let outputs): "dense(\(inputs), \(outputs))"
    case .activation(let activation): activation.rawValue
    case .norm(let width): "layer_norm(\(width))"
    case .dropout(let rate): "dropout(\(rate))"
    case .embedding(let count, let width): "embedding(\(count), \(width))"
    case .convolution(let convolution): convolution.title
    case .skip: "skip"
    }
  }

  // MARK: Shapes

  /// The shape it gives for an input of a shape.
  /// - Throws: L411 where it does not take the input, with both sizes.
  public func shape(for input: [Int]) throws -> [Int] {
    switch self {
    case .dense(let inputs, let outputs):
      try expect(inputs, input)
      return input.dropLast() + [outputs]
    case .norm(let width):
      try expect(width, input)
      return input
    case .embedding(_, let width): return input + [width]
    case .convolution(let convolution): return try convolution.shape(for: input)
    case .activation, .dropout: return input
    case .skip(let layers):
      let output = try layers.reduce(input) { try $1.shape(for: $0) }
      guard output == input else {
        throw Failure(
          "L411",
          "a skip adds the input to the output, but the shapes are \(Shape.text(input)) and "
            + Shape.text(output), argument: "x")
      }
      return output
    }
  }

  private func expect(_ width: Int, _ shape: [Int]) throws {
    guard shape.last == width else {
      throw Failure(
        "L411",
        "`\(title)` takes \(width) number\(width == 1 ? "" : "s"), but its input has the shape "
          + Shape.text(shape), argument: "x")
    }
  }

  // MARK: Recording

  /// Its output in a graph, the numbers given in their order.
  func callAsFunction(_ x: Symbol, numbers: [Symbol], isTraining: Bool) -> Symbol {
    switch self {
    case .dense: return x.product(numbers[0]) + numbers[1]
    case .activation(let activation): return activation(x)
    case .norm(let width):
      let centred = x - x.sum(axis: -1, keep: true) / Double(width)
      let variance = centred.square().sum(axis: -1, keep: true) / Double(width)
      return centred / (variance + 1e-5).squareRoot() * numbers[0] + numbers[1]
    case .dropout(let rate):
      guard isTraining, rate > 0 else { return x }
      let draws = x.graph.draw(.uniform, shape: x.shape)
      return draws.applying(.less, x.graph.constant(rate))
        .select(x.graph.constant(0), x / (1 - rate))
    case .embedding: return numbers[0].looked(up: x)
    case .convolution(let convolution): return convolution(x, numbers[0], numbers[1])
    case .skip: return x
    }
  }

  // MARK: Starting numbers

  /// Uniform weights of variance 2/(inputs + outputs) (Glorot and Bengio 2010), tables of standard
  /// normals, gains of one, and zeros elsewhere.
  func start(_ role: String, _ shape: [Int], _ random: inout Philox) -> Tensor {
    let count = shape.reduce(1, *)
    switch (self, role) {
    case (.dense(let inputs, let outputs), "weights"):
      return Layer.uniform(shape, inputs + outputs, &random)
    case (.convolution(let convolution), "weights"):
      return Layer.uniform(shape, convolution.fans, &random)
    case (.embedding, _): return Tensor(shape: shape, random.normals(count))
    case (.norm, "gain"): return Tensor(repeating: 1, shape: shape)
    default: return Tensor(repeating: 0, shape: shape)
    }
  }

  private static func uniform(_ shape: [Int], _ fans: Int, _ random: inout Philox) -> Tensor {
    let bound = (6 / Double(max(fans, 1))).squareRoot()
    return Tensor(
      shape: shape, random.uniforms(shape.reduce(1, *)).map { (2 * $0 - 1) * bound })
  }
}

extension [Layer] {
  /// The layers of a multilayer perceptron.
  ///
  /// - Parameters:
  ///   - widths: Inputs, hidden widths, outputs.
  ///   - norm: Whether hidden layers are normalised before the nonlinearity.
  ///   - dropout: The rate after the nonlinearity of hidden layers.
  ///   - skip: Whether a hidden layer as wide as the one before adds its input to its output.
  public static func perceptron(
    _ widths: [Int], _ activation: Activation, norm: Bool = false, dropout: Double = 0,
    skip: Bool = false
  ) -> [Layer] {
    zip(widths, widths.dropFirst()).enumerated().flatMap { place, sizes -> [Layer] in
      let dense = Layer.dense(inputs: sizes.0, outputs: sizes.1)
      if place + 2 == widths.count { return [dense] }
      var layers = [dense]
      if norm { layers.append(.norm(width: sizes.1)) }
      layers.append(.activation(activation))
      if dropout > 0 { layers.append(.dropout(rate: dropout)) }
      return skip && place > 0 && sizes.0 == sizes.1 ? [.skip(layers)] : layers
    }
  }
}
