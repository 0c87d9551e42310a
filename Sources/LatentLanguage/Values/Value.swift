// What every expression of the language evaluates to.
//
// One reference payload only: with several, every copy of a value would have to ask which one it
// holds before it counts references, and the evaluator's loop copies values all the time.

import LatentSyntax
import LatentTensor

/// A value of the language. Everything larger than a number is an ``Object``.
public enum Value {
  case nothing
  case bool(Bool)
  case number(Double)
  /// A text that needs no object. Made by ``text(_:)-(String)`` and read by ``asText`` like any
  /// other; a short text may also be an object, when it was made to grow.
  case short(ShortText)
  case object(Object)
}

// MARK: - Making values

extension Value {
  public static func text(_ text: String) -> Value {
    if let short = ShortText(text) { .short(short) } else { .object(TextObject(text)) }
  }

  /// The text of a number, as ``display(_:)`` has it.
  public static func text(of number: Double) -> Value {
    if let short = ShortText(number) { .short(short) } else { .text(number.displayText) }
  }

  /// A tensor; one without axes becomes the number (or the truth value) it holds.
  public static func tensor(_ tensor: Tensor) -> Value {
    guard tensor.isScalar, tensor.count == 1 else { return .object(TensorObject(tensor)) }
    return tensor.isMask ? .bool(tensor[flat: 0] != 0) : .number(tensor[flat: 0])
  }

  public static func vector(_ values: [Double]) -> Value { .object(TensorObject(Tensor(values))) }

  /// A list as it stands. See ``Value/collected(_:)`` for the rule of bracket literals.
  public static func list(_ items: [Value]) -> Value { .object(ListObject(items)) }

  /// A record; of fields with the same name the last one counts.
  public static func record(_ fields: [(String, Value)]) -> Value {
    .object(RecordObject(fields))
  }

  public static func function(_ builtin: Builtin) -> Value { .object(FunctionObject(builtin)) }

  public static func integer(_ value: Int) -> Value { .number(Double(value)) }
}

// MARK: - Reading values

extension Value {
  /// The name of the value's kind, as the manual and the diagnostics call it.
  public var kind: String {
    switch self {
    case .nothing: "nothing"
    case .bool: "bool"
    case .number: "number"
    case .short: "text"
    case .object(let object): object.kind
    }
  }

  /// The kind with its article, as it stands in a message: `a number`, `an estimate`, `nothing`.
  public var kindPhrase: String { Value.phrase(forKind: kind) }

  static func phrase(forKind kind: String) -> String {
    if kind == "nothing" { return kind }
    return ("aeiou".contains(kind.first ?? "x") ? "an " : "a ") + kind
  }

  public var isNothing: Bool { if case .nothing = self { true } else { false } }

  /// The object this value is; of a short text one that is made for the question.
  public var object: Object? {
    switch self {
    case .object(let object): object
    case .short(let text): TextObject(text.string)
    default: nil
    }
  }

  /// The number of elements a `for` loop visits and `len` tells; nil when there are none.
  public var length: Int? {
    switch self {
    case .short(let text): text.length
    case .object(let object): object.length
    default: nil
    }
  }

  /// How deeply containers are nested in it. See ``Object/depth``.
  var depth: Int { if case .object(let object) = self { object.depth } else { 0 } }

  /// The number this value is or stands for: a number, a bool as 0 or 1, a tensor with one
  /// element and no axes, an estimate's mean. Nil for everything else.
  public var asNumber: Double? {
    switch self {
    case .number(let number): number
    case .bool(let flag): flag ? 1 : 0
    case .nothing, .short: nil
    case .object(let object):
      if let tensor = object as? TensorObject {
        tensor.tensor.isScalar ? tensor.tensor[flat: 0] : nil
      } else {
        object.standIn?.asNumber
      }
    }
  }

  /// The whole number this value is; nil also for numbers with a fraction or out of range.
  public var asInteger: Int? { asNumber.flatMap { Int(exactly: $0) } }

  public var asBool: Bool? {
    if case .bool(let flag) = self { return flag }
    guard case .object(let object as TensorObject) = self, object.tensor.isMask,
      object.tensor.isScalar
    else { return nil }
    return object.tensor[flat: 0] != 0
  }

  public var asText: String? {
    switch self {
    case .short(let text): text.string
    case .object(let object as TextObject): object.text
    default: nil
    }
  }

  /// The tensor this value is or can be read as: numbers and bools have no axes; a range is the
  /// vector of its numbers.
  public var asTensor: Tensor? {
    switch self {
    case .number(let number): return Tensor(number)
    case .bool(let flag): return Tensor(shape: [], mask: [flag])
    case .nothing, .short: return nil
    case .object(let object):
      if let tensor = object as? TensorObject { return tensor.tensor }
      if let range = object as? RangeObject { return try? range.range.tensor() }
      return object.standIn?.asTensor
    }
  }

  /// Whether it stands for numbers that are worked out later. See ``Object/isSymbolic``.
  public var isSymbolic: Bool {
    if case .object(let object) = self { object.isSymbolic } else { false }
  }

  /// The tensor this value is as a numerical argument or an index: also of a list of bools, as a
  /// comprehension over texts makes one, and of a list without items, because `[]` and an empty
  /// `filter` cannot know what they would have held.
  public var asNumericArgument: Tensor? {
    guard let list = asList else { return asTensor }
    if list.isEmpty { return Tensor([]) }
    let mask = list.compactMap(\.asBool)
    return mask.count == list.count ? Tensor(shape: [mask.count], mask: mask) : nil
  }

  public var asList: [Value]? {
    if case .object(let object as ListObject) = self { object.items } else { nil }
  }

  public var asRecord: RecordObject? { object as? RecordObject }

  public var asFunction: FunctionObject? { object as? FunctionObject }

  /// The value of a record's field or of another kind's member, for reading results from Swift.
  public func member(_ name: String) throws -> Value? { try object?.member(name) }
}

extension Value: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(stringLiteral value: String) { self = .text(value) }
}
