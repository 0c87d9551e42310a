// The windows of images: what turns a convolution into one product of matrices. Cutting an image
// into overlapping patches and adding patches up to an image are transposes of each other, so a
// convolution, a transposed convolution and all their derivatives are made of these two and products.

/// Where windows of one size lie in an image of height × width pixels, each `channels` numbers side
/// by side.
public struct Windows: Hashable, Sendable {
  public let height: Int
  public let width: Int
  public let channels: Int
  public let kernelHeight: Int
  public let kernelWidth: Int
  /// Pixels from one window to the next, along either axis.
  public let stride: Int
  /// Pixels of zeros around the image.
  public let padding: Int
  /// The number of windows one below the other, and side by side.
  public let rows: Int
  public let columns: Int

  /// The largest of any of the sizes, and of the numbers in the patches of one image.
  public static let limit = 1 << 20
  public static let elementLimit = 1 << 31

  /// Nil where a size is not positive, too large, or the kernel larger than the padded image.
  public init?(
    height: Int, width: Int, channels: Int, kernel: (height: Int, width: Int), stride: Int = 1,
    padding: Int = 0
  ) {
    let sizes = [height, width, channels, kernel.height, kernel.width, stride]
    guard padding >= 0, padding < Windows.limit,
      sizes.allSatisfy({ $0 >= 1 && $0 <= Windows.limit }),
      kernel.height <= height + 2 * padding, kernel.width <= width + 2 * padding
    else { return nil }
    (self.height, self.width, self.channels) = (height, width, channels)
    (kernelHeight, kernelWidth) = (kernel.height, kernel.width)
    (self.stride, self.padding) = (stride, padding)
    rows = (height + 2 * padding - kernel.height) / stride + 1
    columns = (width + 2 * padding - kernel.width) / stride + 1
    // None of these products overflows: three sizes below 2²⁰, two below 2⁶⁰ and 2⁴².
    let (all, overflow) = patchCount.multipliedReportingOverflow(by: places)
    guard !overflow, all <= Windows.elementLimit, imageCount <= Windows.elementLimit else {
      return nil
    }
  }

  /// Numbers in an image, in a patch, and how many patches there are.
  public var imageCount: Int { height * width * channels }
  public var patchCount: Int { kernelHeight * kernelWidth * channels }
  public var places: Int { rows * columns }

  /// Whether the patches are the pixels themselves.
  fileprivate var isIdentity: Bool {
    kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0
  }
}

extension Symbol {
  /// The patches of images: of shape [… , height · width · channels], pixel by pixel, it makes
  /// [… , places, kernel height · kernel width · channels]; outside the image is 0.
  public func windows(_ windows: Windows) -> Symbol {
    guard shape.last == windows.imageCount else {
      return graph.fail("windows of a tensor of shape \(shape)")
    }
    let target = shape.dropLast() + [windows.places, windows.patchCount]
    if windows.isIdentity { return reshaped(Array(target)) }
    return graph.insert(.windows(windows), [id], shape: Array(target))
  }

  /// The transpose of ``windows(_:)``: each pixel is the sum of the elements of patches that lie on
  /// it.
  public func overlap(_ windows: Windows) -> Symbol {
    guard shape.count >= 2, shape.suffix(2) == [windows.places, windows.patchCount] else {
      return graph.fail("images of patches of shape \(shape)")
    }
    let target = shape.dropLast(2) + [windows.imageCount]
    if windows.isIdentity { return reshaped(Array(target)) }
    return graph.insert(.overlap(windows), [id], shape: Array(target))
  }

  /// The rows of this matrix that whole numbers from 0 name: indices of shape s make [s… , columns].
  /// Where there is no such row the result is nan.
  public func looked(up indices: Symbol) -> Symbol {
    guard shape.count == 2 else { return graph.fail("rows of a tensor of shape \(shape)") }
    return graph.insert(.lookup, [indices.id, id], shape: indices.shape + [shape[1]])
  }

  /// A matrix of so many rows, each the sum of the rows of this value that an index names it for:
  /// the transpose of ``looked(up:)``. Sums go through the indices in their order.
  func scattered(_ indices: Symbol, rows: Int) -> Symbol {
    graph.insert(.scatter(rows: rows), [indices.id, id], shape: [rows, shape.last ?? 1])
  }
}
