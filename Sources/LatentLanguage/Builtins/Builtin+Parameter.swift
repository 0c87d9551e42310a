// Parameters of builtins as data: the kinds of values they take, the range, the default.

import LatentTensor

extension Builtin {
  public struct Parameter: Sendable {
    public var name: String
    public var kind: Kind
    /// What is used when the argument is left out.
    public var fallback: Default
    public var help: String
    /// Takes all remaining positional arguments (none, too).
    public var isVariadic = false
    /// Must be written with its name.
    public var isNamedOnly = false

    public init(
      _ name: String, _ kind: Kind, default fallback: Default = .required, _ help: String = ""
    ) {
      self.name = name
      self.kind = kind
      self.fallback = fallback
      self.help = help
    }
  }

  public enum Kind: Sendable {
    case any
    case number(Interval)
    case integer(Interval)
    case bool
    case text
    case choice([String])
    /// A number, a tensor, or what stands for one (an estimate).
    case numeric
    /// A tensor; numbers, bools and ranges are read as tensors too.
    case tensor
    case list
    case record
    /// A list, tensor, range, text or record: what `for` can walk.
    case sequence
    /// Sizes of axes: a number, or a list or vector of whole numbers.
    case shape
    /// Anything that can be called.
    case function
    /// A tensor, table, record or list of data.
    case data
    /// Objects of one or several of the library's kinds: `model`, `distribution`, `table`, …
    case object([String])
    /// Any of several.
    case either([Kind])
  }

  /// A default that can be written down: a literal, where `nil` means `nothing`.
  public enum Default: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral
  {
    /// There is none: the argument must be given.
    case required
    case nothing
    case bool(Bool)
    case number(Double)
    case text(String)

    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(nilLiteral: ()) { self = .nothing }

    var value: Value {
      switch self {
      case .required, .nothing: .nothing
      case .bool(let flag): .bool(flag)
      case .number(let number): .number(number)
      case .text(let text): .text(text)
      }
    }
  }
}

/// The numbers a parameter allows.
public struct Interval: Sendable {
  public var lower: Double
  public var upper: Double
  public var includesLower: Bool
  public var includesUpper: Bool

  public init(
    _ lower: Double = -.infinity, _ upper: Double = .infinity, includesLower: Bool = true,
    includesUpper: Bool = true
  ) {
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }

  public static let all = Interval()
  public static func from(_ lower: Double) -> Interval { Interval(lower) }
  public static func above(_ lower: Double) -> Interval { Interval(lower, includesLower: false) }
  public static func open(_ lower: Double, _ upper: Double) -> Interval {
    Interval(lower, upper, includesLower: false, includesUpper: false)
  }

  /// `0...`, `...5`, `1...3` and `0..<3` as written in Swift.
  init(_ range: some RangeExpression<Double>) {
    switch range {
    case let range as ClosedRange<Double>: self.init(range.lowerBound, range.upperBound)
    case let range as Range<Double>:
      self.init(range.lowerBound, range.upperBound, includesUpper: false)
    case let range as PartialRangeFrom<Double>: self.init(range.lowerBound)
    case let range as PartialRangeThrough<Double>: self.init(-.infinity, range.upperBound)
    case let range as PartialRangeUpTo<Double>:
      self.init(-.infinity, range.upperBound, includesUpper: false)
    default: self.init()
    }
  }

  public func contains(_ number: Double) -> Bool {
    (includesLower ? number >= lower : number > lower)
      && (includesUpper ? number <= upper : number < upper)
  }

  /// `from 0`, `above 0`, `from 0 to 1`, `from 0 to below 3`; empty without limits.
  public var phrase: String {
    var words: [String] = []
    if lower > -.infinity { words.append((includesLower ? "from " : "above ") + lower.displayText) }
    if upper < .infinity {
      words.append((includesUpper ? "to " : "to below ") + upper.displayText)
    }
    return words.joined(separator: " ")
  }
}

// MARK: - The ways to declare one

extension Builtin.Parameter {
  public static func any(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .any, default: fallback, help) }

  public static func number(
    _ name: String, in range: some RangeExpression<Double>,
    default fallback: Builtin.Default = .required,
    _ help: String = ""
  ) -> Self { Self(name, .number(Interval(range)), default: fallback, help) }

  public static func number(
    _ name: String, _ interval: Interval = .all, default fallback: Builtin.Default = .required,
    _ help: String = ""
  ) -> Self { Self(name, .number(interval), default: fallback, help) }

  public static func integer(
    _ name: String, in range: some RangeExpression<Double>,
    default fallback: Builtin.Default = .required,
    _ help: String = ""
  ) -> Self { Self(name, .integer(Interval(range)), default: fallback, help) }

  public static func integer(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .integer(.all), default: fallback, help) }

  /// `true` or `false`; off unless said otherwise.
  public static func flag(
    _ name: String, default fallback: Builtin.Default = false, _ help: String = ""
  ) -> Self { Self(name, .bool, default: fallback, help) }

  public static func text(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .text, default: fallback, help) }

  public static func choice(
    _ name: String, _ choices: [String], default fallback: Builtin.Default = .required,
    _ help: String = ""
  ) -> Self { Self(name, .choice(choices), default: fallback, help) }

  public static func numeric(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .numeric, default: fallback, help) }

  public static func tensor(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .tensor, default: fallback, help) }

  public static func list(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .list, default: fallback, help) }

  public static func record(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .record, default: fallback, help) }

  public static func sequence(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .sequence, default: fallback, help) }

  public static func shape(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .shape, default: fallback, help) }

  public static func function(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .function, default: fallback, help) }

  public static func data(
    _ name: String, default fallback: Builtin.Default = .required, _ help: String = ""
  ) -> Self { Self(name, .data, default: fallback, help) }

  public static func model(_ name: String, _ help: String = "") -> Self {
    Self(name, .object(["model"]), help)
  }

  public static func distribution(_ name: String, _ help: String = "") -> Self {
    Self(name, .object(["distribution", "density"]), help)
  }

  public static func object(
    _ name: String, _ kinds: [String], default fallback: Builtin.Default = .required,
    _ help: String = ""
  ) -> Self { Self(name, .object(kinds), default: fallback, help) }

  public static func either(
    _ name: String, _ kinds: [Builtin.Kind], default fallback: Builtin.Default = .required,
    _ help: String = ""
  ) -> Self { Self(name, .either(kinds), default: fallback, help) }

  /// The `seed:` every random builtin takes.
  public static let seed = Self.integer(
    "seed", in: 0..., default: nil, "Makes the draws repeatable."
  )
  .named

  /// The same parameter, taking all remaining positional arguments.
  public var variadic: Self {
    var copy = self
    copy.isVariadic = true
    return copy
  }

  /// The same parameter, to be written with its name.
  public var named: Self {
    var copy = self
    copy.isNamedOnly = true
    return copy
  }

  /// `x`, `epochs: 100`, `values…`
  public var signature: String {
    if isVariadic { return name + "…" }
    if isRequired { return name }
    return "\(name): \(fallback.value.display())"
  }

  public var isOptional: Bool { isVariadic || !isRequired }

  private var isRequired: Bool { if case .required = fallback { true } else { false } }
}
