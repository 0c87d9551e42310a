// How a tensor looks on the prompt: nested brackets with aligned columns, as everywhere in the
// field. Small tensors are shown whole with numbers that read back; large ones are summarised by
// their shape and the ends of each axis, rounded to six digits.

extension Tensor: CustomStringConvertible {
  public var description: String { description() }

  /// - Parameters:
  ///   - maxElements: larger tensors are summarised.
  ///   - maxRows: so are those with more lines than this.
  ///   - width: columns of text after which the elements of a row go on in a new line.
  public func description(maxElements: Int = 1000, maxRows: Int = 30, width: Int = 100) -> String {
    if isScalar { return text(at: 0, rounded: false) }
    if rank > Shape.rankLimit { return "tensor of \(rank) axes" }
    if count == 0 { return rank == 1 ? "[]" : "tensor of shape \(Shape.text(shape)), empty" }
    let lines = shape.dropLast().reduce(1, *)
    let whole = count <= maxElements && lines <= maxRows
    let picture = TensorPicture(self, edge: whole ? nil : 3, width: width)
    return whole ? picture.text : "tensor of shape \(Shape.text(shape))\n" + picture.text
  }

  /// The text of one element.
  func text(at position: Int, rounded: Bool) -> String {
    switch storage {
    case .mask(let mask): mask[position] ? "true" : "false"
    case .float32(let floats) where !rounded: NumberText.shortest(floats[position])
    default:
      rounded
        ? NumberText.rounded(self[flat: position]) : NumberText.shortest(self[flat: position])
    }
  }
}

/// The layout of a tensor as text.
private struct TensorPicture {
  let tensor: Tensor
  /// How many positions at both ends of an axis are shown; nil for all.
  let edge: Int?
  let width: Int
  private let strides: [Int]
  /// For whole numbers and words: the width of all elements. Else digits before and after the
  /// point, so that points stand under each other.
  private var before = 0
  private var after = 0

  init(_ tensor: Tensor, edge: Int?, width: Int) {
    self.tensor = tensor
    self.edge = edge
    self.width = width
    strides = Shape.strides(tensor.shape)
    measure(axis: 0, offset: 0)
  }

  var text: String { block(axis: 0, offset: 0, indent: 1) }

  /// The positions of an axis that are shown; nil stands for those left out.
  private func positions(_ axis: Int) -> [Int?] {
    let length = tensor.shape[axis]
    // The innermost axis has room for more.
    guard let edge, length > 2 * edge + 1 else { return Array(0..<length) }
    return Array(0..<edge) + [nil] + Array((length - edge)..<length)
  }

  private static func parts(_ text: String) -> (before: Int, after: Int) {
    guard let point = text.firstIndex(of: ".") else { return (text.count, 0) }
    let before = text.distance(from: text.startIndex, to: point)
    return (before, text.count - before)
  }

  private mutating func measure(axis: Int, offset: Int) {
    for case let position? in positions(axis) {
      let place = offset + position * strides[axis]
      if axis + 1 < tensor.rank {
        measure(axis: axis + 1, offset: place)
      } else {
        let (before, after) = Self.parts(tensor.text(at: place, rounded: edge != nil))
        self.before = max(self.before, before)
        self.after = max(self.after, after)
      }
    }
  }

  private func element(_ place: Int) -> String {
    let text = tensor.text(at: place, rounded: edge != nil)
    if tensor.rank == 1 { return text }
    let (before, after) = Self.parts(text)
    return String(repeating: " ", count: self.before - before) + text
      + String(repeating: " ", count: self.after - after)
  }

  private func block(axis: Int, offset: Int, indent: Int) -> String {
    let places = positions(axis).map { $0.map { offset + $0 * strides[axis] } }
    if axis + 1 == tensor.rank { return row(places.map { $0.map(element) ?? "…" }, indent) }
    let parts = places.map { place in
      place.map { block(axis: axis + 1, offset: $0, indent: indent + 1) } ?? "…"
    }
    // One line between rows, an empty one between matrices.
    let gap = String(repeating: "\n", count: min(tensor.rank - axis - 1, 2))
    return "[" + parts.joined(separator: "," + gap + String(repeating: " ", count: indent)) + "]"
  }

  private func row(_ elements: [String], _ indent: Int) -> String {
    var text = "["
    var column = indent
    // The comma follows the digits, the blanks that align the next column follow the comma.
    var blanks = 0
    for (position, element) in elements.enumerated() {
      let size = element.count + (position == elements.count - 1 ? 1 : 2)
      if position > 0 {
        if column + size > width {
          text += ",\n" + String(repeating: " ", count: indent)
          column = indent
        } else {
          text += ", " + String(repeating: " ", count: blanks)
        }
      }
      let digits = element.lastIndex { $0 != " " }.map { element[...$0] } ?? ""
      blanks = element.count - digits.count
      text += digits
      column += size
    }
    return text + "]"
  }
}
