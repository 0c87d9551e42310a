// Lowering texts with values in them, and the formats of those values.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func text(_ pieces: [TextPiece]) -> Code {
    enum Part {
      case literal(String)
      case value(Code, TextFormat?, Place)
    }
    let parts = pieces.map { piece in
      switch piece {
      case .literal(let text): Part.literal(text)
      case .interpolation(let expression, let format):
        Part.value(code(expression), format, place(expression.span))
      }
    }
    if let whole = literal(pieces) {
      let value = Value.text(whole)
      return { _ in value }
    }
    return { frame in
      var text = ""
      for part in parts {
        switch part {
        case .literal(let literal): text += literal
        case .value(let code, let format, let place):
          let value = try code(frame)
          text += try place.attempt { try format?.text(of: value) ?? value.printed }
        }
        try Value.checkTextSize(text.utf8.count)
      }
      let value = Value.text(text)
      try frame.state.pointee.runtime.checkMemory()
      return value
    }
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
