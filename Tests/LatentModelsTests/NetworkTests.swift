// Layers against PyTorch (2.15, float64; the figures are of `conv2d`, `conv_transpose2d`,
// `layer_norm` and the activations of torch.nn.functional) and against plain loops; what they
// refuse; that dropout keeps the mean.

import Foundation
import LatentAutodiff
import LatentTensor
import Testing

@testable import LatentModels

@Suite struct NetworkTests {
  /// The numbers that the script behind the figures uses: 1 + 0.7 sin(1.7 (37 i + 101 s + 1)).
  private func numbers(_ count: Int, _ salt: Int) -> [Double] {
    (0..<count).map { 1 + 0.7 * sin(Double($0 * 37 + salt * 101 + 1) * 1.7) }
  }

  /// Output, Σ cos(i) yᵢ², and its gradients by the input and the layer's numbers.
  private func run(
    _ layer: Layer, _ shape: [Int], _ x: [Double], _ weights: [[Double]]
  ) throws -> (output: Tensor, loss: Double, gradients: [[Double]]) {
    let graph = Graph()
    let network = Network("n", [layer])
    let input = graph.parameter("x", shape: shape)
    let y = network(input)
    #expect(try network.shape(for: shape) == y.shape)
    let w = graph.input("w", shape: y.shape)
    let loss = (w * y.square()).sum()
    let buffer = ParameterBuffer(graph.parameters, precision: .float64)
    buffer["x"] = Tensor(shape: shape, x)
    for (slot, values) in zip(network.slots, weights) {
      buffer[slot.name] = Tensor(shape: slot.shape, values)
    }
    let program = try Program(
      graph, outputs: [y, loss], loss: loss, parameters: buffer, precision: .float64)
    try program.setInput(
      w, Tensor(shape: y.shape, (0..<y.shape.reduce(1, *)).map { cos(Double($0)) }))
    try program.run()
    let gradients = (["x"] + network.slots.map(\.name)).map {
      program.gradient(of: $0)?.values ?? []
    }
    return (program.output(0), program.scalar(1), gradients)
  }

  private func expect(_ gradient: [Double], _ sum: Double, _ dot: Double) {
    let own = gradient.enumerated().reduce(0.0) { $0 + $1.element * cos(Double($1.offset)) }
    #expect(abs(gradient.reduce(0, +) - sum) <= 1e-9 * max(1, abs(sum)))
    #expect(abs(own - dot) <= 1e-9 * max(1, abs(dot)))
  }

  /// Numbers of shape [a, b, c, d] with the axes in another order.
  private func permuted(_ values: [Double], _ shape: [Int], _ order: [Int]) throws -> [Double] {
    try Tensor(shape: shape, values).permuted(order).values
  }

  @Test func convolutionIsThatOfPyTorch() throws {
    let layer = Convolution(channels: 3, filters: 4, kernel: [3, 2], stride: 2, padding: 1)
    // PyTorch's weights are [filter, channel, line, column].
    let weights = numbers(72, 2)
    let own = try permuted(weights, [4, 3, 3, 2], [2, 3, 1, 0])
    let bias = numbers(4, 3)
    let result = try run(.convolution(layer), [2, 3, 5, 6], numbers(180, 1), [own, bias])
    #expect(result.output.shape == [2, 4, 3, 4])
    for (value, figure) in zip(
      result.output.values, [9.107661708875098, 16.320492084821105, 16.38076730952081])
    {
      #expect(abs(value - figure) < 1e-12)
    }
    #expect(abs(result.loss + 948.3716162235856) < 1e-9)
    expect(result.gradients[0], -1877.3220117759247, 529.782333331608)
    expect(
      try permuted(result.gradients[1], [3, 2, 3, 4], [3, 2, 0, 1]), -1455.837147188742,
      -302.3263670404009)
    expect(result.gradients[2], -16.371364142332265, 0.1876947206757379)
  }

  @Test func transposedConvolutionIsThatOfPyTorch() throws {
    let layer = Convolution(
      channels: 4, filters: 3, kernel: [3, 2], stride: 2, padding: 1, outputPadding: 1,
      isTransposed: true)
    // PyTorch's weights are [channel, filter, line, column].
    let own = try permuted(numbers(72, 2), [4, 3, 3, 2], [0, 2, 3, 1])
    let result = try run(
      .convolution(layer), [2, 4, 3, 2], numbers(48, 1), [own, numbers(3, 3)])
    #expect(result.output.shape == [2, 3, 6, 3])
    for (value, figure) in zip(
      result.output.values, [3.566882251798047, 3.4897867121003348, 3.5025820662862075])
    {
      #expect(abs(value - figure) < 1e-12)
    }
    #expect(abs(result.loss - 446.53120454638554) < 1e-9)
    expect(result.gradients[0], 553.9663349772247, 124.43219371138849)
    expect(
      try permuted(result.gradients[1], [4, 3, 2, 3], [0, 3, 1, 2]), 755.0053743192468,
      -545.3821772731218)
    expect(result.gradients[2], 51.68434414190969, 7.626435962806232)
  }

  @Test func layerNormIsThatOfPyTorch() throws {
    let result = try run(.norm(width: 5), [2, 5], numbers(10, 1), [numbers(5, 2), numbers(5, 3)])
    #expect(abs(result.loss - 15.506060569957333) < 1e-11)
    expect(result.gradients[0], 0, 103.87310324045822)
    expect(result.gradients[1], 18.32863886724217, 9.317630884412004)
    expect(result.gradients[2], 10.400864835470845, 13.537135039136093)
  }

  /// PyTorch's values and slopes at −2, −0.5, 0, 0.3 and 4.
  private static let figures: [(Activation, values: [Double], slopes: [Double])] = [
    (
      .elu, [-0.8646647167633873, -0.3934693402873666, 0, 0.3, 4],
      [0.1353352832366127, 0.6065306597126334, 1, 1, 1]
    ),
    (
      .gelu,
      [-0.04550026389635842, -0.15426876936299344, 0, 0.1853734266566858, 3.9998733150326675],
      [-0.08523180107819692, 0.13250487534383712, 0.5, 0.7323277668271099, 1.0005036496612265]
    ),
    (
      .silu, [-0.2384058440442351, -0.1887703343990727, 0, 0.1723327550434977, 3.928055160151634],
      [-0.09078424878489547, 0.2600388126973482, 0.5, 0.6477800103188829, 1.0526646148910728]
    ),
    (.leakyReLU, [-0.02, -0.005, 0, 0.3, 4], [0.01, 0.01, 0.01, 1, 1]),
  ]

  @Test func activationsAreThoseOfPyTorch() throws {
    let points = [-2, -0.5, 0, 0.3, 4.0]
    for (activation, values, slopes) in Self.figures {
      let graph = Graph()
      let x = graph.input("x", shape: [5])
      let y = activation(x)
      let program = try Program(
        graph, outputs: [y] + y.gradients(of: [x]), precision: .float64)
      try program.setInput(x, Tensor(points))
      try program.run()
      for place in points.indices {
        #expect(abs(program.output(0).values[place] - values[place]) < 1e-14, "\(activation)")
        #expect(abs(activation.value(points[place]) - values[place]) < 1e-14, "\(activation)")
        #expect(abs(program.output(1).values[place] - slopes[place]) < 1e-14, "\(activation)")
      }
    }
  }

  @Test func flatImagesGiveTheNumbersOfThoseWithAxes() throws {
    let layer = Convolution(channels: 2, filters: 3, kernel: [3, 3], stride: 2, padding: 1)
    let weights = [numbers(54, 2), numbers(3, 3)]
    let flat = try run(.convolution(layer), [4, 32], numbers(128, 1), weights)
    let axes = try run(.convolution(layer), [4, 2, 4, 4], numbers(128, 1), weights)
    #expect(flat.output.shape == [4, 12])
    #expect(flat.output.values == axes.output.values)
    #expect(flat.gradients == axes.gradients)
    var oblong = layer
    oblong.size = [2, 8]
    #expect(try oblong.shape(for: [4, 32]) == [4, 3 * 1 * 4])
  }

  @Test func skipsAddTheirInput() throws {
    let inner: [Layer] = [.dense(inputs: 2, outputs: 2), .activation(.tanh)]
    let weights = [0.5, -1, 2, 0.25]
    let result = try run(.skip(inner), [2], [3, -1], [weights, [0.1, 0.2]])
    // x W + b by hand.
    let sums: [Double] = [-0.4, -3.05]
    for (value, (x, sum)) in zip(result.output.values, zip([3.0, -1], sums)) {
      #expect(abs(value - (x + tanh(sum))) < 1e-14)
    }
  }

  @Test func namesOfNumbersAreThoseOfThePerceptron() {
    let layers: [Layer] = .perceptron([4, 8, 8, 2], .relu, norm: true, dropout: 0.1, skip: true)
    let names = Network("f", layers).slots.map(\.name)
    #expect(
      names == [
        "f.0.weights", "f.0.bias", "f.1.gain", "f.1.shift", "f.2.weights", "f.2.bias", "f.3.gain",
        "f.3.shift", "f.4.weights", "f.4.bias",
      ])
    #expect(
      Perceptron("g", widths: [3, 5, 2], activation: .relu).slots.map(\.name)
        == ["g.0.weights", "g.0.bias", "g.1.weights", "g.1.bias"])
  }

  @Test func dropoutKeepsTheMeanAndActsInTrainingOnly() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [20_000])
    let network = Network("n", [.dropout(rate: 0.3)])
    #expect(network(x).id == x.id)
    let dropped = network(x, isTraining: true)
    let program = try Program(graph, outputs: [dropped], precision: .float64)
    try program.setInput(x, Tensor(repeating: 2, shape: [20_000]))
    try program.run(seed: 3)
    let values = program.output(0).values
    let kept = values.count { $0 != 0 }
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 2 / 0.7) < 1e-15 })
    // Five standard deviations of a binomial.
    #expect(abs(Double(kept) - 14_000) < 5 * (20_000 * 0.3 * 0.7).squareRoot())
    try program.run(seed: 3, step: 1)
    #expect(program.output(0).values != values)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    func message(_ layers: [Layer], _ shape: [Int]) -> String {
      do {
        return "\(try Network("n", layers).shape(for: shape))"
      } catch {
        return (error as? Failure)?.message ?? ""
      }
    }
    let layer = Convolution(channels: 1, filters: 2, kernel: [5, 5])
    #expect(message([.convolution(layer)], [16]).contains("5 × 5, is larger than the image, 4 × 4"))
    #expect(message([.convolution(layer)], [63]).contains("square images of 1 channel"))
    #expect(message([.convolution(layer)], [3, 8, 8]).contains("has 3 channels"))
    #expect(message([.dense(inputs: 3, outputs: 4)], [2, 5]).contains("takes 3 numbers"))
    let shrinking = Convolution(
      channels: 1, filters: 1, kernel: [1, 1], padding: 3, isTransposed: true)
    #expect(message([.convolution(shrinking)], [16]).contains("makes no image"))
  }
}
