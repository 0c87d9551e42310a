// Lowering texts with values in them, and the formats of those values.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func text(_ pieces: [TextPiece]) -> Code {
    if let whole = literal(pieces) {
      let value = Value.text(whole)
      return { _ in value }
    }
    var parts: [ComposedText.Part] = []
    var literal = ""
    for piece in pieces {
      switch piece {
      case .literal(let text): literal += text
      case .interpolation(let expression, let format):
        parts.append(
          ComposedText.Part(literal, code(expression), format, place(expression.span)))
        literal = ""
      }
    }
    let text = ComposedText(parts, end: literal)
    return { try text.run($0) }
  }

  /// The text without values in it, or nil.
  func literal(_ pieces: [TextPiece]) -> String? {
    var whole = ""
    for piece in pieces {
      guard case .literal(let text) = piece else { return nil }
      whole += text
    }
    return whole
  }
}

/// A text with values in it. It is written as UTF-8 from beginning to end and becomes a value once.
private final class ComposedText {
  /// A value with the literal text before it; an object of its own, because a struct that holds so
  /// much would be counted in all its parts at every turn.
  final class Part {
    let literal: TextBytes
    let code: CodeItem
    let format: TextFormat?
    let place: Place

    init(_ literal: String, _ code: @escaping Code, _ format: TextFormat?, _ place: Place) {
      self.literal = TextBytes(literal)
      self.code = CodeItem(run: code)
      self.format = format
      self.place = place
    }
  }

  private let parts: [Part]
  private let end: TextBytes

  init(_ parts: [Part], end: String) {
    self.parts = parts
    self.end = TextBytes(end)
  }

  func run(_ frame: Frame) throws -> Value {
    var text = Growth<UInt8>()
    text.begin(UnsafeBufferPointer(start: nil, count: 0))
    for part in parts {
      text.append(contentsOf: part.literal.bytes)
      let value = try part.code.run(frame)
      if let format = part.format {
        var formatted = try part.place.attempt { try format.text(of: value) }
        formatted.withUTF8 { text.append(contentsOf: $0) }
      } else {
        value.withPrinted { text.append(contentsOf: $0) }
      }
      try Value.checkTextSize(text.count)
    }
    text.append(contentsOf: end.bytes)
    try Value.checkTextSize(text.count)
    let value = Value.text(text.elements)
    try frame.state.pointee.runtime.checkMemory()
    return value
  }
}

extension TextFormat {
  /// The value in this format; tensors element by element.
  func text(of value: Value) throws -> String {
    guard let style else { return padded(value.printed, isNumber: value.asNumber != nil) }
    if let number = value.asNumber {
      return padded(style.text(of: number), isNumber: true)
    }
    guard let tensor = value.asTensor else {
      throw Failure(
        "L413", "the format is for numbers, not for \(value.kindPhrase)",
        help: "other values take a width alone: `{x:10}`")
    }
    return row(tensor, style, 0, 0..<tensor.count)
  }

  private func row(_ tensor: Tensor, _ style: Style, _ axis: Int, _ range: Range<Int>) -> String {
    let values = tensor.values
    guard axis < tensor.rank else {
      return padded(style.text(of: values[range.lowerBound]), isNumber: true)
    }
    let length = tensor.shape[axis]
    guard length > 0 else { return "[]" }
    let size = range.count / length
    let parts = (0..<length).map { position in
      let start = range.lowerBound + position * size
      return row(tensor, style, axis + 1, start..<(start + size))
    }
    return "[\(parts.joined(separator: ", "))]"
  }

  /// Numbers stand at the right of their field, everything else at the left.
  private func padded(_ text: String, isNumber: Bool) -> String {
    guard let width, text.count < width else { return text }
    let padding = String(repeating: " ", count: min(width, 1 << 16) - min(text.count, 1 << 16))
    return isNumber ? padding + text : text + padding
  }
}

extension TextFormat.Style {
  func text(of number: Double) -> String {
    if !number.isFinite { return number.displayText }
    switch self {
    case .significant(let digits):
      return DecimalText.general(number, digits: max(1, min(digits, 17)))
    case .fixed(let places): return DecimalText.fixed(number, places: min(places, 100))
    case .exponent(let places): return DecimalText.exponent(number, places: min(places, 100))
    case .percent(let places):
      return DecimalText.fixed(number * 100, places: min(places, 100)) + "%"
    }
  }
}
