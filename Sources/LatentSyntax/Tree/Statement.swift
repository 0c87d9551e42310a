// Statements of the language, as the parser leaves them.

public struct Statement: Sendable {
  public var kind: Kind
  public var span: Span
  /// The `##` lines directly above: the help of what the statement defines.
  public var documentation: String?
  /// Whether a `;` follows: then a cell does not show the value.
  public var endsWithSemicolon = false

  public init(_ kind: Kind, _ span: Span, documentation: String? = nil) {
    self.kind = kind
    self.span = span
    self.documentation = documentation
  }

  public indirect enum Kind: Sendable {
    case expression(Expression)
    case assign(Target, AssignmentOperator, Expression)
    case define(Definition)
    /// `z ~ q(z|x)`
    case draw(Target, Expression)
    case check(Check)
    case `for`([Name], in: Expression, Block)
    case `while`(Expression, Block)
    case `break`
    case `continue`
    case `return`(Expression?)
    case use(Expression)
    /// `import "file.lvm"`: the path and its place.
    case `import`(String, Span)
    case model(ModelBlock)
    /// Stands where the parser reported a mistake.
    case error
  }
}

public struct Block: Sendable {
  public var statements: [Statement]
  public var span: Span

  public init(_ statements: [Statement], _ span: Span) {
    self.statements = statements
    self.span = span
  }
}

/// What an assignment writes to: `a`, `a[i].b`, or `(a, b)`.
public enum Target: Sendable {
  case place(Name, [Step])
  case names([Name], Span)

  public enum Step: Sendable {
    case index([IndexItem], Span)
    case member(Name)
  }

  public var span: Span {
    switch self {
    case .names(_, let span): return span
    case .place(let name, let steps):
      guard let last = steps.last else { return name.span }
      switch last {
      case .index(_, let span): return name.span.joined(span)
      case .member(let member): return name.span.joined(member.span)
      }
    }
  }
}

public enum AssignmentOperator: Sendable, Hashable {
  case set
  /// `+=` and its kin.
  case update(BinaryOperator)
}

/// `head(parameters | givens) = body`: a function, or in a model block a density.
public struct Definition: Sendable {
  public var name: Name
  public var parameters: [Parameter]
  /// The names after `|`; nil without a bar. Only a model block may have them.
  public var givens: [Name]?
  public var body: Body
  public var headSpan: Span

  public init(
    name: Name, parameters: [Parameter], givens: [Name]?, body: Body, headSpan: Span
  ) {
    self.name = name
    self.parameters = parameters
    self.givens = givens
    self.body = body
    self.headSpan = headSpan
  }
}

/// `check c`, `check a == b within t`, `check e fails "text"`.
public struct Check: Sendable {
  public enum Mode: Sendable {
    case holds
    case within(Expression)
    /// The text a message must contain; nil when any error will do.
    case fails(String?)
  }
  public var subject: Expression
  public var mode: Mode

  public init(subject: Expression, mode: Mode) {
    self.subject = subject
    self.mode = mode
  }
}

/// `model name(parameters) { clauses }`
public struct ModelBlock: Sendable {
  public var name: Name
  public var parameters: [Parameter]
  public var clauses: [Clause]

  public init(name: Name, parameters: [Parameter], clauses: [Clause]) {
    self.name = name
    self.parameters = parameters
    self.clauses = clauses
  }

  public struct Clause: Sendable {
    public enum Kind: Sendable {
      case parameter(Name, type: ParameterType?, value: Expression?)
      case define(Definition, shared: Bool)
      case assign(Target, AssignmentOperator, Expression)
      case error
    }
    public var kind: Kind
    public var span: Span
    public var documentation: String?

    public init(_ kind: Kind, _ span: Span, documentation: String? = nil) {
      self.kind = kind
      self.span = span
      self.documentation = documentation
    }
  }

  /// `simplex[K]`: the constraint and the dimensions of a parameter.
  public struct ParameterType: Sendable {
    /// The names that stand for one.
    public static let names = ["real", "positive", "unit", "simplex", "cov", "chol", "int"]

    public var name: Name
    public var dimensions: [Expression]
    public var span: Span

    public init(name: Name, dimensions: [Expression], span: Span) {
      self.name = name
      self.dimensions = dimensions
      self.span = span
    }
  }
}

/// What the parser makes of one cell or file.
public struct Program: Sendable {
  public var source: Source
  public var statements: [Statement]

  public init(source: Source, statements: [Statement]) {
    self.source = source
    self.statements = statements
  }
}
