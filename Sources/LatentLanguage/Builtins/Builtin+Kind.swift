// What each kind of parameter accepts and how it is called in a message.

import LatentTensor

extension Builtin.Kind {
  /// `an integer from 0`, `one of "auto", "em"`, `a tensor`.
  public var phrase: String {
    switch self {
    case .any: return "any value"
    case .number(let interval): return Self.joined("a number", interval.phrase)
    case .integer(let interval): return Self.joined("an integer", interval.phrase)
    case .bool: return "true or false"
    case .text: return "a text"
    case .choice(let choices):
      let all = choices.map(\.quotedForDisplay).joined(separator: ", ")
      return choices.count == 1 ? all : "one of \(all)"
    case .numeric: return "a number or tensor"
    case .tensor: return "a tensor"
    case .list: return "a list"
    case .record: return "a record"
    case .sequence: return "a list, tensor, range, text or record"
    case .shape: return "a whole number or a list of them"
    case .function: return "a function"
    case .data: return "a tensor, table, record or list"
    case .object, .either: return Self.alternatives(phrases)
    }
  }

  /// What it may be, each by itself.
  private var phrases: [String] {
    switch self {
    case .object(let kinds): kinds.map(Value.phrase(forKind:))
    case .either(let kinds): kinds.flatMap(\.phrases)
    default: [phrase]
    }
  }

  /// `a`, `a or b`, `a, b or c`
  private static func alternatives(_ phrases: [String]) -> String {
    guard phrases.count > 2, let last = phrases.last else {
      return phrases.joined(separator: " or ")
    }
    return phrases.dropLast().joined(separator: ", ") + " or " + last
  }

  private static func joined(_ noun: String, _ limits: String) -> String {
    limits.isEmpty ? noun : "\(noun) \(limits)"
  }

  /// Whether the kind accepts this value.
  func accepts(_ value: Value) -> Bool {
    switch self {
    case .any: return true
    case .number(let interval):
      return value.asNumber.map { interval.contains($0) } ?? false
    case .integer(let interval):
      return value.asInteger.map { interval.contains(Double($0)) } ?? false
    case .bool: return value.asBool != nil
    case .text: return value.asText != nil
    case .choice(let choices): return value.asText.map(choices.contains) ?? false
    case .numeric, .tensor:
      return Self.isNumeric(value)
    case .list: return value.asList != nil
    case .record: return value.asRecord != nil
    case .sequence: return value.length != nil
    case .shape: return value.asSizes != nil
    case .function: return value.object?.callable != nil
    case .data:
      return value.object.map {
        ["tensor", "table", "record", "list", "range", "stream"].contains($0.kind)
      }
        ?? (value.asNumber != nil)
    case .object(let kinds): return kinds.contains(value.kind)
    case .either(let kinds): return kinds.contains { $0.accepts(value) }
    }
  }

  /// Whether a body reads the numbers of such an argument, and not only passes it on.
  var readsNumbers: Bool {
    switch self {
    case .number, .integer, .numeric, .tensor, .shape, .data: true
    case .either(let kinds): kinds.contains(where: \.readsNumbers)
    default: false
    }
  }

  private static func isNumeric(_ value: Value) -> Bool {
    switch value {
    case .number, .bool: true
    case .nothing, .short: false
    case .object(let object):
      object is TensorObject || object is RangeObject || object.takesPartAsTensor
        || (object as? ListObject)?.items.allSatisfy { $0.asBool != nil } == true
    }
  }

  /// Whether a refused value is at least of the right sort, so that only its size is wrong.
  func isNearly(_ value: Value) -> Bool {
    switch self {
    case .number, .integer: value.asNumber != nil
    case .choice: value.asText != nil
    default: false
    }
  }
}

extension Value {
  /// Whole numbers as sizes of axes: `3`, `[2, -1]`. Nil when it is something else.
  public var asSizes: [Int]? {
    if let size = asInteger { return [size] }
    if let list = asList {
      let sizes = list.compactMap(\.asInteger)
      return sizes.count == list.count ? sizes : nil
    }
    guard let tensor = asTensor, tensor.rank == 1 else { return nil }
    let sizes = tensor.values.compactMap { Int(exactly: $0) }
    return sizes.count == tensor.count ? sizes : nil
  }
}
