// Which names a function (or a cell) binds, found before its body is resolved: a name that is
// assigned anywhere in a function is its own everywhere in it.

import LatentSyntax

/// The names assigned in a piece of code, without those of the functions and comprehensions in it.
struct Declarations {
  struct Entry {
    var span: Span
    var count = 0
    /// Set when a definition is among the assignments.
    var definition: Definition?
  }

  private(set) var entries: [String: Entry] = [:]
  /// In the order of their first appearance.
  private(set) var order: [String] = []

  /// What expressions and statements of one scope bind together.
  init(_ expressions: [Expression] = [], _ statements: [Statement] = []) {
    var blocks: [[Statement]] = []
    for expression in expressions { collect(expression, &blocks) }
    blocks.append(statements)
    var position = 0
    while position < blocks.count {
      for statement in blocks[position] {
        for expression in collect(statement, &blocks) { collect(expression, &blocks) }
      }
      position += 1
    }
  }

  private mutating func add(_ name: Name, _ definition: Definition? = nil) {
    if entries[name.text] == nil {
      entries[name.text] = Entry(span: name.span)
      order.append(name.text)
    }
    entries[name.text]?.count += 1
    if let definition { entries[name.text]?.definition = definition }
  }

  private mutating func add(_ target: Target) {
    switch target {
    case .place(let name, let steps): if steps.isEmpty { add(name) }
    case .names(let names, _): for name in names { add(name) }
    }
  }

  /// Notes what a statement binds, queues its blocks, returns its expressions.
  private mutating func collect(
    _ statement: Statement, _ blocks: inout [[Statement]]
  ) -> [Expression] {
    switch statement.kind {
    case .expression(let expression), .use(let expression): return [expression]
    case .assign(let target, let operation, let value):
      if operation == .set { add(target) }
      return target.operands + [value]
    case .define(let definition):
      add(definition.name, definition)
      return []
    case .draw(let target, let value):
      add(target)
      return target.operands + [value]
    case .check(let check):
      if case .within(let tolerance) = check.mode { return [check.subject, tolerance] }
      return [check.subject]
    case .for(let names, let source, let block):
      for name in names { add(name) }
      blocks.append(block.statements)
      return [source]
    case .while(let condition, let block):
      blocks.append(block.statements)
      return [condition]
    case .return(let value): return value.map { [$0] } ?? []
    case .model(let model):
      add(model.name, model.constructor)
      return []
    case .break, .continue, .import, .error: return []
    }
  }

  private mutating func collect(_ root: Expression, _ blocks: inout [[Statement]]) {
    var waiting = [root]
    while let expression = waiting.popLast() {
      if case .conditional(let conditional) = expression.kind {
        blocks.append(conditional.then.statements)
        if case .block(let block) = conditional.otherwise { blocks.append(block.statements) }
      }
      waiting += expression.operands
    }
  }
}

extension Target {
  /// The expressions in its indices.
  fileprivate var operands: [Expression] {
    guard case .place(_, let steps) = self else { return [] }
    return steps.flatMap { step -> [Expression] in
      if case .index(let items, _) = step { items.compactMap(\.operand) } else { [] }
    }
  }
}

extension Expression {
  /// The expressions directly inside that are evaluated in the same scope: not the bodies of
  /// functions, comprehensions and blocks.
  var operands: [Expression] {
    switch kind {
    case .number, .bool, .nothing, .name, .function, .error: return []
    case .text(let pieces):
      return pieces.compactMap { if case .interpolation(let value, _) = $0 { value } else { nil } }
    case .array(let items): return items
    case .comprehension(let comprehension): return [comprehension.source]
    case .record(let fields): return fields.map(\.value)
    case .call(let call): return [call.callee] + call.arguments.map(\.value)
    case .index(let base, let items): return [base] + items.compactMap(\.operand)
    case .member(let base, _), .transpose(let base), .unary(_, let base), .not(let base),
      .logarithm(let base):
      return [base]
    case .binary(_, let left, let right, _), .and(let left, let right), .or(let left, let right),
      .pipe(let left, let right):
      return [left, right]
    case .comparison(let first, let links): return [first] + links.map(\.operand)
    case .range(let from, let to, _, let step): return [from, to] + (step.map { [$0] } ?? [])
    case .conditional(let conditional):
      if case .conditional(let next) = conditional.otherwise {
        return [conditional.condition, next]
      }
      return [conditional.condition]
    }
  }
}

extension IndexItem {
  var operand: Expression? {
    switch self {
    case .all, .ellipsis: nil
    case .from(let bound, _), .upTo(let bound, _, _): bound
    case .value(let value): value
    }
  }
}
