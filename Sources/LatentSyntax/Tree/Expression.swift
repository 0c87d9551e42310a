// Expressions of the language, as the parser leaves them: plain values with their spans.

public struct Expression: Sendable {
  public var kind: Kind
  public var span: Span

  public init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }

  public indirect enum Kind: Sendable {
    case number(Double)
    /// A text literal; one without interpolation is a single `.literal` piece (or none).
    case text([TextPiece])
    case bool(Bool)
    case nothing
    case name(String)
    /// `[a, b, c]`
    case array([Expression])
    /// `[body for target in source if condition]`
    case comprehension(Comprehension)
    /// `(a: 1, b: 2)`
    case record([Field])
    /// `x => body`, `(a, b: 2) => body`
    case function([Parameter], Body)
    case call(Call)
    case index(Expression, [IndexItem])
    case member(Expression, Name)
    /// `a'`
    case transpose(Expression)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression, operator: Span)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case not(Expression)
    /// `a < b <= c`: each link with its right operand; a chain means `and`.
    case comparison(Expression, [ComparisonLink])
    /// `a..<b`, `a...b by c`
    case range(Expression, Expression, closed: Bool, by: Expression?)
    /// `value |> stage`, where the stage is `f` or `f(arguments)`.
    case pipe(Expression, Expression)
    /// `log p(x|z)`: `log` before a name, the operand with all its trailers.
    case logarithm(Expression)
    case conditional(Conditional)
    /// Stands where the parser reported a mistake; nothing that contains it is run.
    case error
  }
}

/// A name with its place. Names are compared in NFC, which the lexer sees to.
public struct Name: Sendable, Hashable {
  public var text: String
  public var span: Span

  public init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

public enum TextPiece: Sendable {
  case literal(String)
  /// `{value:format}`; the format without its colon, nil when absent.
  case interpolation(Expression, format: TextFormat?)
}

/// The format of an interpolation: `[width] [ .N | .Nf | .Ne | .N% ]`.
public struct TextFormat: Sendable, Hashable {
  public enum Style: Sendable, Hashable {
    case significant(Int)
    case fixed(Int)
    case exponent(Int)
    case percent(Int)
  }
  public var width: Int?
  public var style: Style?

  public init(width: Int?, style: Style?) {
    self.width = width
    self.style = style
  }
}

/// A field of a record literal, or a named argument.
public struct Field: Sendable {
  public var name: Name
  public var value: Expression

  public init(_ name: Name, _ value: Expression) {
    self.name = name
    self.value = value
  }
}

/// A parameter of a function with its default.
public struct Parameter: Sendable {
  public var name: Name
  public var fallback: Expression?

  public init(_ name: Name, fallback: Expression?) {
    self.name = name
    self.fallback = fallback
  }
}

/// What a function does: a block (its last expression statement is the value) or an expression.
public enum Body: Sendable {
  case block(Block)
  case expression(Expression)

  public var span: Span {
    switch self {
    case .block(let block): block.span
    case .expression(let expression): expression.span
    }
  }
}

public struct Call: Sendable {
  public var callee: Expression
  /// All arguments in order, those after a bar too.
  public var arguments: [Argument]
  /// The `|` or `||` among the arguments: how many stand before it, and where it is.
  public var bar: Bar?

  public init(callee: Expression, arguments: [Argument], bar: Bar?) {
    self.callee = callee
    self.arguments = arguments
    self.bar = bar
  }

  public struct Bar: Sendable {
    public enum Kind: Sendable { case given, divergence }
    public var kind: Kind
    /// The number of arguments before the bar.
    public var position: Int
    public var span: Span

    public init(_ kind: Kind, position: Int, span: Span) {
      self.kind = kind
      self.position = position
      self.span = span
    }
  }
}

public struct Argument: Sendable {
  public var name: Name?
  public var value: Expression

  public init(name: Name?, value: Expression) {
    self.name = name
    self.value = value
  }
}

public enum IndexItem: Sendable {
  /// `:`
  case all(Span)
  /// `...` alone: as many `:` as are missing.
  case ellipsis(Span)
  /// `a...`
  case from(Expression, Span)
  /// `...b`, `..<b`
  case upTo(Expression, closed: Bool, Span)
  case value(Expression)

  public var span: Span {
    switch self {
    case .all(let span), .ellipsis(let span), .from(_, let span), .upTo(_, _, let span): span
    case .value(let expression): expression.span
    }
  }
}

public struct ComparisonLink: Sendable {
  public var comparison: ComparisonOperator
  public var span: Span
  public var operand: Expression

  public init(_ comparison: ComparisonOperator, span: Span, operand: Expression) {
    self.comparison = comparison
    self.span = span
    self.operand = operand
  }
}

public struct Comprehension: Sendable {
  public var body: Expression
  public var targets: [Name]
  public var source: Expression
  public var condition: Expression?

  public init(body: Expression, targets: [Name], source: Expression, condition: Expression?) {
    self.body = body
    self.targets = targets
    self.source = source
    self.condition = condition
  }
}

/// `if` is an expression: its value is that of the branch taken, `nothing` without one.
public struct Conditional: Sendable {
  public var condition: Expression
  public var then: Block
  public var otherwise: Otherwise?

  public init(condition: Expression, then: Block, otherwise: Otherwise?) {
    self.condition = condition
    self.then = then
    self.otherwise = otherwise
  }

  /// What follows `else`: a block, or an expression that is again a conditional.
  public indirect enum Otherwise: Sendable {
    case block(Block)
    case conditional(Expression)
  }
}

public enum UnaryOperator: String, Sendable {
  case minus = "-"
  case plus = "+"
}

public enum BinaryOperator: String, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case matrixProduct = "@"
  case power = "^"
}

public enum ComparisonOperator: String, Sendable, CaseIterable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case member = "in"
}
