// The makers of networks: one declaration per kind of layer, and `sequential` to put them in a row.

import LatentLanguage
import LatentModels
import LatentTensor

import func LatentSyntax.nearest

extension Builtin {
  static let networks: [Builtin] =
    [mlp, dense, convolution, deconvolution, embedding, layerNorm, dropout, sequential]
    + activations

  // MARK: What declarations share

  private static let size = 1.0...1_000_000

  private static func activation(default fallback: Default, _ help: String) -> Parameter {
    .choice("activation", Activation.allCases.map(\.rawValue), default: fallback, help)
  }

  private static let rate = Parameter.number(
    "dropout", in: 0..<1, default: 0,
    "The probability that an element drops out of a training step."
  ).named

  // MARK: Makers

  private static let mlp = Builtin(
    "mlp", in: .models,
    help: """
      A multilayer perceptron: layers of weights and biases with a nonlinearity between them. As \
      a `param` of a model block its weights are trained; on its own it keeps those it starts \
      with (uniform, of variance 2/(inputs + outputs); Glorot and Bengio 2010).
      """,
    parameters: [
      .integer("inputs", in: size, "Length of the vectors it takes."),
      .shape("hidden", "Widths of the layers between: a number, or a list of them."),
      .integer("outputs", in: size, "Length of the vectors it gives."),
      activation(default: "relu", "The nonlinearity of hidden layers."),
      rate,
      .choice(
        "norm", ["none", "layer"], default: "none",
        "\"layer\" normalises each hidden layer before its nonlinearity."
      ).named,
      .flag(
        "skip", "Adds the input of a hidden layer to its output where both have the same width."
      ).named,
      .seed,
    ],
    returns: Result("network"),
    examples: ["mlp(2, 8, 3)([1, 2]).shape  #=> [3]", "mlp(2, [8, 4], 3)  #=> mlp(2, [8, 4], 3)"]
  ) { call in
    let hidden = try call.shape("hidden")
    if let wrong = hidden.first(where: { $0 < 1 || $0 > 1_000_000 }) {
      throw Failure(
        "L402", "a hidden layer cannot have \(wrong) units", argument: "hidden",
        help: "write e.g. `mlp(2, [200, 100], 64)`")
    }
    let skip = try call.flag("skip")
    if skip, !zip(hidden, hidden.dropFirst()).contains(where: ==) {
      throw Failure(
        "L402", "`skip` has no effect: no hidden layer is as wide as the one before it",
        argument: "skip", help: "write e.g. `mlp(2, [64, 64], 3, skip: true)`")
    }
    let widths = [try call.integer("inputs")] + hidden + [try call.integer("outputs")]
    return try call.network(
      "mlp",
      .perceptron(
        widths, call.activation(), norm: try call.text("norm") == "layer",
        dropout: try call.number("dropout"), skip: skip))
  }

  private static let dense = Builtin(
    "dense", in: .models,
    help: """
      One layer of a network: activation(x W + b) for each row x. It starts like `mlp`.
      """,
    parameters: [
      .integer("inputs", in: size, "Length of the vectors it takes."),
      .integer("outputs", in: size, "Length of the vectors it gives."),
      activation(default: "identity", "What follows the sum."),
      .seed,
    ],
    returns: Result("network"), examples: ["dense(3, 2)([1, 2, 3]).shape  #=> [2]"]
  ) { call in
    try call.network(
      "dense",
      [.dense(inputs: try call.integer("inputs"), outputs: try call.integer("outputs"))]
        .followed(by: call.activation()))
  }

  private static func imageParameters(_ more: [Parameter]) -> [Parameter] {
    [
      .integer("channels", in: size, "Channels of the images it takes."),
      .integer("filters", in: size, "Channels of the images it gives."),
      .shape("kernel", "Height and width of the windows: a number, or `[height, width]`."),
      .integer("stride", in: 1...10_000, default: 1, "Pixels from one window to the next."),
      .integer("padding", in: 0...10_000, default: 0, "Zeros around the image."),
    ] + more + [
      .shape("size", default: nil, "`[height, width]` of flat images that are not square.").named,
      activation(default: "identity", "What follows the sum."),
      .seed,
    ]
  }

  private static let convolution = Builtin(
    "conv", in: .models,
    help: """
      A convolution of images, which are rows of channels · height · width numbers, channel by \
      channel, or tensors with these three axes last. Each number it gives is a weighted sum over \
      a window of all channels. Its images have (height + 2 padding − kernel) / stride + 1 lines, \
      rounded down.
      """,
    parameters: imageParameters([]), returns: Result("network"),
    examples: [
      "conv(1, 8, kernel: 4, stride: 2, padding: 1)(zeros(28 * 28)).shape  #=> [1568]",
      "conv(3, 8, kernel: 3)(zeros([3, 32, 32])).shape  #=> [8, 30, 30]",
    ]
  ) { call in
    try call.network(
      "conv",
      [.convolution(try call.convolution(isTransposed: false))]
        .followed(by: call.activation()))
  }

  private static let deconvolution = Builtin(
    "deconv", in: .models,
    help: """
      A transposed convolution: the linear map that `conv` with the same sizes is the transpose \
      of, and a bias, so it makes small images large. Its images have (height − 1) stride − \
      2 padding + kernel + output_padding lines.
      """,
    parameters: imageParameters([
      .integer(
        "output_padding", in: 0...10_000, default: 0, "Pixels added below and to the right."
      ).named
    ]),
    returns: Result("network"),
    examples: ["deconv(8, 1, kernel: 4, stride: 2, padding: 1)(zeros(8 * 49)).shape  #=> [196]"]
  ) { call in
    try call.network(
      "deconv",
      [.convolution(try call.convolution(isTransposed: true))]
        .followed(by: call.activation()))
  }

  private static let embedding = Builtin(
    "embedding", in: .models,
    help: """
      A table of vectors that are trained, one for each whole number from 0 to count − 1; it \
      starts with standard normal draws. Integers of a shape give vectors along one more axis.
      """,
    parameters: [
      .integer("count", in: 1...100_000_000, "How many vectors."),
      .integer("width", in: size, "Their length."), .seed,
    ],
    returns: Result("network"), examples: ["embedding(10, 4)([3, 1]).shape  #=> [2, 4]"]
  ) { call in
    try call.network(
      "embedding",
      [.embedding(count: try call.integer("count"), width: try call.integer("width"))])
  }

  private static let layerNorm = Builtin(
    "layer_norm", in: .models,
    help: """
      A layer that brings each row to mean 0 and variance 1, then scales and shifts each element \
      by numbers that are trained (Ba, Kiros and Hinton 2016).
      """,
    parameters: [.integer("width", in: size, "Length of the vectors.")],
    returns: Result("network"), examples: ["mean(layer_norm(3)([1, 2, 6])) == 0  #=> true"]
  ) { call in try call.network("layer_norm", [.norm(width: try call.integer("width"))]) }

  private static let dropout = Builtin(
    "dropout", in: .models,
    help: """
      A layer that sets each element to 0 with probability `rate` and divides the others by \
      1 − rate, in the gradient steps of `fit` only (Srivastava et al. 2014). Everywhere else, as \
      in `elbo`, `encode` and at the prompt, it gives what it takes.
      """,
    parameters: [.number("rate", in: 0..<1, default: 0.5, "The probability.")],
    returns: Result("network"), examples: ["dropout(0.5)([1, 2])  #=> [1, 2]"]
  ) { call in try call.network("dropout", [.dropout(rate: try call.number("rate"))]) }

  private static let sequential = Builtin(
    "sequential", in: .models,
    help: """
      Networks one after the other as one network; between them may stand activations, as \
      functions (`relu`) or names (`"relu"`).
      """,
    parameters: [.list("layers", "Networks and activations in the order in which they act.")],
    returns: Result("network"),
    examples: ["sequential([dense(3, 8), relu, dense(8, 2)])([1, 2, 3]).shape  #=> [2]"]
  ) { call in
    var layers: [Layer] = []
    var values: [Tensor] = []
    var texts: [String] = []
    for (place, item) in try call.list("layers").enumerated() {
      if let network = item.object as? NetworkObject {
        guard case .values(let own) = network.weights else {
          throw Failure(
            "L402", "layer \(place) is the network of another `param`", argument: "layers",
            help: "make the whole sequence the parameter, `param net = sequential([…])`, or call "
              + "one network after the other: `f(g(x))`")
        }
        layers += network.network.layers
        values += own
        texts.append(network.design.text)
      } else {
        let activation = try call.activation(item, place)
        layers.append(.activation(activation))
        texts.append(activation.rawValue)
      }
    }
    // Sequences of sequences double with each round of a loop.
    guard layers.count <= 1000 else {
      throw Failure(
        "L708", "a network of \(layers.count) layers", argument: "layers",
        help: "a network has at most 1000 layers")
    }
    return .object(
      NetworkObject(
        NetworkObject.Design(
          network: Network("sequential", layers),
          text: "sequential([\(texts.joined(separator: ", "))])", place: call.place()),
        .values(values)))
  }
}

extension [Layer] {
  fileprivate func followed(by activation: Activation) -> [Layer] {
    activation == .identity ? self : self + [.activation(activation)]
  }
}

extension BuiltinCall {
  /// A network that starts with draws of this call's seed, shown as the call is written.
  fileprivate func network(_ name: String, _ layers: [Layer]) throws -> Value {
    let design = NetworkObject.Design(
      network: Network(name, layers), text: written, place: place())
    let isRandom = builtin.parameter("seed") != nil
    return .object(
      try NetworkObject(design, key: isRandom ? randomKey() : RandomKey(seed: 0, stream: 0)))
  }

  /// The call with the arguments that are not their defaults.
  private var written: String {
    var parts: [String] = []
    for parameter in builtin.parameters where parameter.name != "seed" {
      let value = value(parameter.name)
      let shown = value.display()
      if parameter.isOptional {
        let isDefault = value.isNothing || parameter.signature == "\(parameter.name): \(shown)"
        if !isDefault { parts.append("\(parameter.name): \(shown)") }
      } else {
        parts.append(parameter.name == "kernel" ? "kernel: \(shown)" : shown)
      }
    }
    return "\(builtin.name)(\(parts.joined(separator: ", ")))"
  }

  fileprivate func activation() throws -> Activation {
    Activation(rawValue: try text("activation")) ?? .identity
  }

  /// An activation in a sequence: a function or a name.
  fileprivate func activation(_ item: Value, _ place: Int) throws -> Activation {
    let name = item.asText ?? item.object?.callable?.builtin?.name
    if let known = name.flatMap(Activation.init) { return known }
    let names = Activation.allCases.map(\.rawValue)
    if let text = item.asText {
      throw Failure(
        "L402", "there is no activation \"\(text)\"", argument: "layers",
        help: nearest(to: text, among: names).map { "the nearest name is `\($0)`" }
          ?? "the activations are " + names.joined(separator: ", "))
    }
    throw Failure(
      "L402", "layer \(place) must be a network or an activation, not \(item.kindPhrase)",
      argument: "layers",
      help: "the activations are " + names.joined(separator: ", ")
        + "; other functions are called after the network: `f(net(x))`")
  }

  fileprivate func convolution(isTransposed: Bool) throws -> Convolution {
    func pair(_ name: String) throws -> [Int]? {
      if !has(name) { return nil }
      let sizes = try shape(name)
      guard (1...2).contains(sizes.count), sizes.allSatisfy({ (1...10_000).contains($0) }) else {
        throw Failure(
          "L402", "`\(name)` is \(Shape.text(sizes)), not one or two lengths from 1 to 10000",
          argument: name, help: "write e.g. `\(name): [4, 3]` for height 4 and width 3")
      }
      return sizes.count == 1 ? [sizes[0], sizes[0]] : sizes
    }
    let stride = try integer("stride")
    let more = isTransposed ? try integer("output_padding") : 0
    if more > 0, more >= stride {
      throw Failure(
        "L402", "`output_padding` must be smaller than `stride`, \(stride)",
        argument: "output_padding", help: "larger values only add a border of biases")
    }
    let kernel = try pair("kernel") ?? [1, 1]
    return Convolution(
      channels: try integer("channels"), filters: try integer("filters"), kernel: kernel,
      stride: stride, padding: try integer("padding"), outputPadding: more,
      isTransposed: isTransposed, size: try pair("size"))
  }
}
