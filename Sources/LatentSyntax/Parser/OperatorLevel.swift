// The levels of precedence as the reference shows them. The operators of each level come from the
// parser's own table.

/// Operators that bind equally tightly.
public struct OperatorLevel: Sendable {
  /// How they are written, a `x` or `…` where an operand stands.
  public var spellings: [String]
  public var meaning: String
  public var grouping: String

  /// All levels, from loose to tight.
  public static let all: [OperatorLevel] =
    [
      OperatorLevel(["x => …"], "a function", "from the right")
    ]
    + infix.map { OperatorLevel(spellings($0.0), $0.1, $0.2) }
    + [
      OperatorLevel(["-x", "+x", "log p(…)"], "sign; logarithm of a density", "from the right"),
      OperatorLevel(["^"], "power; `-x^2` is `-(x^2)`", "from the right"),
      OperatorLevel(
        ["f(…)", "x[…]", "x.name", "x'"], "call, index, member, transpose", "from the left"),
    ]

  private init(_ spellings: [String], _ meaning: String, _ grouping: String) {
    self.spellings = spellings
    self.meaning = meaning
    self.grouping = grouping
  }

  private static let infix: [(Precedence, String, String)] = [
    (.or, "either, elementwise on masks; the right side only if needed", "from the left"),
    (.and, "both, elementwise on masks; the right side only if needed", "from the left"),
    (.not, "the opposite, elementwise on masks", "from the right"),
    (.compare, "comparison, elementwise on tensors", "a chain means `and`"),
    (.pipe, "`x |> f(a)` is `f(x, a)`", "from the left"),
    (.range, "range without and with its end; `by` gives the step", "does not chain"),
    (.sum, "sum and difference", "from the left"),
    (.term, "product, quotient, remainder, matrix product", "from the left"),
  ]

  private static func spellings(_ level: Precedence) -> [String] {
    if level == .not { return [Keyword.not.rawValue] }
    let place = Span(0, 0)
    let words = Keyword.allCases.filter {
      InfixOperator(Token(.keyword($0), place))?.precedence == level
    }
    let symbols = Symbol.allCases.filter {
      InfixOperator(Token(.symbol($0), place))?.precedence == level
    }
    return symbols.map(\.rawValue) + words.map(\.rawValue)
  }
}
