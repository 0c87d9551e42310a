// The operators between operands, from loose to tight, as one table for the precedence climber.

/// How tightly an operator binds. `not` stands between `and` and the comparisons; `-`, `log` and
/// `^` bind tighter than everything here.
enum Precedence: Int, Comparable {
  case or = 1
  case and, not, compare, pipe, range, sum, term, unary

  static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }

  var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .unary }
}

/// What an operator makes of its operands.
enum InfixOperator {
  case or, and
  case comparison(ComparisonOperator)
  case pipe
  case range(closed: Bool)
  case binary(BinaryOperator)

  var precedence: Precedence {
    switch self {
    case .or: .or
    case .and: .and
    case .comparison: .compare
    case .pipe: .pipe
    case .range: .range
    case .binary(.add), .binary(.subtract): .sum
    case .binary: .term
    }
  }

  init?(_ token: Token) {
    switch token.kind {
    case .keyword(let keyword):
      guard let found = Self.words[keyword] else { return nil }
      self = found
    case .symbol(let symbol):
      guard let found = Self.symbols[symbol] else { return nil }
      self = found
    default: return nil
    }
  }

  private static let words: [Keyword: InfixOperator] = [
    .or: .or, .and: .and, .in: .comparison(.member),
  ]

  private static let symbols: [Symbol: InfixOperator] = [
    .equal: .comparison(.equal), .notEqual: .comparison(.notEqual),
    .less: .comparison(.less), .lessOrEqual: .comparison(.lessOrEqual),
    .greater: .comparison(.greater), .greaterOrEqual: .comparison(.greaterOrEqual),
    .pipe: .pipe, .upTo: .range(closed: false), .through: .range(closed: true),
    .plus: .binary(.add), .minus: .binary(.subtract), .star: .binary(.multiply),
    .slash: .binary(.divide), .percent: .binary(.remainder), .at: .binary(.matrixProduct),
  ]
}

extension AssignmentOperator {
  /// `=` and its kin.
  init?(_ token: Token) {
    switch token.symbol {
    case .define: self = .set
    case .plusDefine: self = .update(.add)
    case .minusDefine: self = .update(.subtract)
    case .starDefine: self = .update(.multiply)
    case .slashDefine: self = .update(.divide)
    default: return nil
    }
  }
}
