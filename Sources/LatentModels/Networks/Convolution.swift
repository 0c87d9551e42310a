// Convolutions of images, and their transposes. An image is c · h · w numbers, channel by channel
// and line by line, either flat (as the rows of a data set are) or with three axes; a layer gives
// what it takes.

import LatentAutodiff
import LatentTensor

/// A convolution, as networks have it (a correlation: the kernel is not turned round), or the
/// transpose of one.
public struct Convolution: Hashable, Sendable {
  public var channels: Int
  public var filters: Int
  public var kernel: [Int]
  public var stride: Int
  public var padding: Int
  /// Pixels that a transposed convolution adds below and to the right.
  public var outputPadding: Int
  public var isTransposed: Bool
  /// Height and width of flat images; nil for square ones.
  public var size: [Int]?

  public init(
    channels: Int, filters: Int, kernel: [Int], stride: Int = 1, padding: Int = 0,
    outputPadding: Int = 0, isTransposed: Bool = false, size: [Int]? = nil
  ) {
    (self.channels, self.filters, self.kernel) = (channels, filters, kernel)
    (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
    (self.isTransposed, self.size) = (isTransposed, size)
  }

  private var kernelHeight: Int { kernel.first ?? 1 }
  private var kernelWidth: Int { kernel.last ?? 1 }
  private var taps: Int { kernelHeight * kernelWidth }

  /// [kernel height · kernel width · channels, filters], or of a transposed convolution
  /// [channels, kernel height · kernel width · filters].
  var weightShape: [Int] {
    isTransposed ? [channels, taps * filters] : [taps * channels, filters]
  }

  /// What Glorot's rule counts: the inputs of one output and the outputs of one input.
  var fans: Int { taps * (channels + filters) }

  /// As it is written in the language.
  public var title: String {
    let kernel =
      kernelHeight == kernelWidth ? "\(kernelHeight)" : "[\(kernelHeight), \(kernelWidth)]"
    var text = "\(isTransposed ? "deconv" : "conv")(\(channels), \(filters), kernel: \(kernel)"
    if stride != 1 { text += ", stride: \(stride)" }
    if padding != 0 { text += ", padding: \(padding)" }
    if outputPadding != 0 { text += ", output_padding: \(outputPadding)" }
    if let size, size.count == 2 { text += ", size: [\(size[0]), \(size[1])]" }
    return text + ")"
  }

  // MARK: Sizes

  /// What it does to images of one size.
  struct Plan {
    /// Axes before the image, and whether the image is flat.
    var front: [Int]
    var isFlat: Bool
    /// Where the windows lie: in the input, or of a transposed convolution in the output.
    var windows: Windows
    var height: Int
    var width: Int
  }

  func plan(for input: [Int]) throws -> Plan {
    let isFlat = input.count <= 2
    var front = Array(input.dropLast())
    let (height, width): (Int, Int)
    if isFlat {
      (height, width) = try flatSize(input)
    } else {
      front = Array(input.dropLast(3))
      guard input[input.count - 3] == channels else {
        throw Failure(
          "L411",
          "`\(title)` takes images of \(plural(channels)), but its input of shape "
            + "\(Shape.text(input)) has \(plural(input[input.count - 3]))", argument: "x",
          help: "the axes of an image are channels, height, width")
      }
      (height, width) = (input[input.count - 2], input[input.count - 1])
    }
    var (outer, inner) = (height, width)
    if isTransposed {
      outer = (height - 1) * stride - 2 * padding + kernelHeight + outputPadding
      inner = (width - 1) * stride - 2 * padding + kernelWidth + outputPadding
    }
    guard
      let windows = Windows(
        height: outer, width: inner, channels: isTransposed ? filters : channels,
        kernel: (kernelHeight, kernelWidth), stride: stride, padding: padding)
    else { throw misfit(height, width) }
    // Patches take more room than images.
    _ = try Shape.count(front + [windows.places, windows.patchCount])
    return Plan(front: front, isFlat: isFlat, windows: windows, height: height, width: width)
  }

  /// Height and width of flat images of the length of the last axis.
  private func flatSize(_ input: [Int]) throws -> (Int, Int) {
    let length = input.last ?? 0
    if let size, size.count == 2 {
      guard length == channels * size[0] * size[1] else {
        throw Failure(
          "L411",
          "`\(title)` takes \(channels * size[0] * size[1]) numbers, but its input has the shape "
            + Shape.text(input), argument: "x")
      }
      return (size[0], size[1])
    }
    let side = Int((Double(length) / Double(channels)).squareRoot().rounded())
    guard length > 0, side * side * channels == length else {
      throw Failure(
        "L411",
        "`\(title)` takes square images of \(plural(channels)), but its input has the shape "
          + Shape.text(input), argument: "x",
        help: "give their height and width, e.g. `size: [28, 20]`")
    }
    return (side, side)
  }

  private func misfit(_ height: Int, _ width: Int) -> Failure {
    let image = "\(height) × \(width)" + (padding > 0 ? " with \(padding) around" : "")
    if kernelHeight > height + 2 * padding || kernelWidth > width + 2 * padding, !isTransposed {
      return Failure(
        "L411",
        "the kernel of `\(title)`, \(kernelHeight) × \(kernelWidth), is larger than the image, "
          + image, argument: "x", help: "choose a smaller `kernel`, or more `padding`")
    }
    return Failure(
      "L411", "`\(title)` makes no image, or one that is too large, of images of \(image)",
      argument: "x", help: "choose other sizes of `kernel`, `stride` and `padding`")
  }

  private func plural(_ count: Int) -> String { "\(count) channel\(count == 1 ? "" : "s")" }

  /// The shape it gives for an input of a shape.
  func shape(for input: [Int]) throws -> [Int] {
    let plan = try plan(for: input)
    let windows = plan.windows
    let (height, width) =
      isTransposed ? (windows.height, windows.width) : (windows.rows, windows.columns)
    return plan.front + (plan.isFlat ? [filters * height * width] : [filters, height, width])
  }

  // MARK: Recording

  /// The output in a graph. Products work pixel by pixel, images lie channel by channel: the two
  /// transposes of neighbouring layers cancel (Graph+Transposes).
  func callAsFunction(_ x: Symbol, _ weights: Symbol, _ bias: Symbol) -> Symbol {
    guard let plan = try? plan(for: x.shape) else { return x.graph.constant(.nan) }
    let pixels = plan.height * plan.width
    let input = Convolution.exchanged(x.reshaped(plan.front + [channels, pixels]))
    let output: Symbol
    if isTransposed {
      let images = input.product(weights).overlap(plan.windows)
      output = images.reshaped(plan.front + [plan.windows.height * plan.windows.width, filters])
    } else {
      let images = input.reshaped(plan.front + [pixels * channels])
      output = images.windows(plan.windows).product(weights)
    }
    let target = (try? shape(for: x.shape)) ?? []
    return Convolution.exchanged(output + bias).reshaped(target)
  }

  /// The last two axes exchanged: nothing moves where one of them has length 1.
  private static func exchanged(_ x: Symbol) -> Symbol {
    let (rows, columns) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
    if rows == 1 || columns == 1 { return x.reshaped(x.shape.dropLast(2) + [columns, rows]) }
    return x.transposed()
  }
}
