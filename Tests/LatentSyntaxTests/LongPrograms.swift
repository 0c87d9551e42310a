// Programs whose lines are far too long, for what the formatter does with them: every operator,
// bracket and statement that can hold an expression, with operands of any length.

import LatentTestSupport

/// Writes random statements on one line each.
struct LongPrograms {
  var generator: SeededGenerator

  /// A statement that a line cannot hold.
  mutating func statement() -> String {
    while true {
      let text = candidate()
      if text.count > 100 { return text }
    }
  }

  private mutating func candidate() -> String {
    switch Int.random(in: 0..<14, using: &generator) {
    case 0: return "if \(logic(2)) { \(name()) = \(sum(1)) } else if \(logic(1)) { \(name()) }"
    case 1: return "while \(logic(2)) { \(name()) += \(sum(2)) }"
    case 2: return "for \(name()) in \(operand(2)) { \(call(2)); \(name()) = \(sum(1)) }"
    case 3: return "check \(sum(2)) == \(sum(1)) within 1e-6"
    case 4: return "\(name()) = \(name()) => \(sum(2))"
    case 5: return "\(name())(\(name()), \(name()): \(sum(0))) = \(logic(2))"
    case 6: return "\(name()) = \(operand(1)) |> \(call(2)) |> \(name()) |> \(call(2))"
    case 7: return "\(name()) = [\(sum(2)) for \(name()) in \(operand(1)) if \(logic(1))]"
    case 8: return "\(name()) ~ \(call(3)); \(name()) = \(sum(1))"
    case 9: return "\(name()) = if \(logic(1)) { \(sum(1)) } else { \(sum(1)) }"
    case 10: return "model \(name())(\(name())) { p(x|z) = \(sum(2)); q(z|x) = { \(sum(1)) } }"
    case 11: return "\(name())(\(name())) = { \(name()) = \(sum(2)); return \(logic(1)) }"
    default: return "\(name()) = \(logic(3))"
    }
  }

  private mutating func name() -> String {
    let length = Int.random(in: 1...18, using: &generator)
    return "v"
      + String(
        repeating: "abcdefghijklmnopqrstuvwxyz".randomElement(using: &generator) ?? "a",
        count: length)
  }

  private mutating func chain(
    _ signs: [String], upTo count: Int, _ part: (inout LongPrograms) -> String
  ) -> String {
    var text = part(&self)
    for _ in 0..<Int.random(in: 0..<count, using: &generator) {
      text += " \(signs.randomElement(using: &generator) ?? "") \(part(&self))"
    }
    return text
  }

  private mutating func logic(_ depth: Int) -> String {
    chain(["and", "or"], upTo: 4) { it in
      let isNot = Int.random(in: 0..<5, using: &it.generator) == 0
      return (isNot ? "not " : "")
        + it.chain(["<", "==", ">="], upTo: 2) { $0.sum(depth - 1) }
    }
  }

  private mutating func sum(_ depth: Int) -> String {
    chain(["+", "-"], upTo: 4) { it in
      it.chain(["*", "/", "@", "%"], upTo: 3) { $0.operand(depth - 1) }
    }
  }

  private mutating func call(_ depth: Int) -> String {
    let count = Int.random(in: 0..<4, using: &generator)
    let arguments = (0..<count).map { _ in
      Bool.random(using: &generator) ? sum(depth - 1) : "\(name()): \(sum(depth - 1))"
    }
    return "\(name())(" + arguments.joined(separator: ", ") + ")"
  }

  private mutating func operand(_ depth: Int) -> String {
    guard depth > 0 else { return Bool.random(using: &generator) ? name() : "-\(name())^2" }
    switch Int.random(in: 0..<11, using: &generator) {
    case 0: return "(\(logic(depth - 1)))"
    case 1: return "[\(sum(depth - 1)), \(sum(depth - 1))]"
    case 2: return "\(name())[\(sum(depth - 1)), 0..<\(name())]'"
    case 3: return "[\(sum(depth - 1)) for \(name()) in \(call(depth))]"
    case 4: return "map(\(name()), \(name()) => \(sum(depth - 1)))"
    case 5: return "map(\(name()), \(name()) => { \(sum(depth - 1)); \(name()) })"
    case 6: return "log \(name())(\(name()), \(name())|\(name()))"
    case 7: return "kl(\(call(depth)) || \(call(depth)))"
    case 8: return "(\(name()): \(sum(depth - 1)), \(name()): \(sum(depth - 1)))"
    default: return call(depth)
    }
  }
}
