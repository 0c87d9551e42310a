// A short form of the tree for expectations: prefix notation with every grouping visible.

@testable import LatentSyntax

extension Expression {
  var sketch: String {
    switch kind {
    case .number(let value): Int(exactly: value).map(String.init) ?? String(value)
    case .text(let pieces): "\"" + pieces.map(\.sketch).joined() + "\""
    case .bool(let value): String(value)
    case .nothing: "nothing"
    case .name(let name): name
    case .array(let elements): "[" + elements.map(\.sketch).joined(separator: ", ") + "]"
    case .comprehension(let it):
      "[\(it.body.sketch) for \(it.targets.map(\.text).joined(separator: ",")) in "
        + it.source.sketch + (it.condition.map { " if " + $0.sketch } ?? "") + "]"
    case .record(let fields):
      "{" + fields.map { "\($0.name.text): \($0.value.sketch)" }.joined(separator: ", ") + "}"
    case .function(let parameters, let body):
      "(\(parameters.sketch) => \(body.sketch))"
    case .call(let call): "\(call.callee.sketch)(\(call.sketch))"
    case .index(let base, let items):
      base.sketch + "[" + items.map(\.sketch).joined(separator: ", ") + "]"
    case .member(let base, let name): "\(base.sketch).\(name.text)"
    case .transpose(let base): "\(base.sketch)'"
    case .unary(let sign, let operand): "(\(sign.rawValue) \(operand.sketch))"
    case .binary(let sign, let a, let b, _): "(\(sign.rawValue) \(a.sketch) \(b.sketch))"
    case .and(let a, let b): "(and \(a.sketch) \(b.sketch))"
    case .or(let a, let b): "(or \(a.sketch) \(b.sketch))"
    case .not(let a): "(not \(a.sketch))"
    case .comparison(let first, let links):
      "(" + first.sketch
        + links.map { " \($0.comparison.rawValue) \($0.operand.sketch)" }.joined() + ")"
    case .range(let a, let b, let closed, let step):
      "(\(a.sketch) \(closed ? "..." : "..<") \(b.sketch)"
        + (step.map { " by " + $0.sketch } ?? "") + ")"
    case .pipe(let value, let stage): "(\(value.sketch) |> \(stage.sketch))"
    case .logarithm(let operand): "(log \(operand.sketch))"
    case .conditional(let it):
      "(if \(it.condition.sketch) \(it.then.sketch)"
        + (it.otherwise.map { " else " + $0.sketch } ?? "") + ")"
    case .error: "<error>"
    }
  }
}

extension TextPiece {
  var sketch: String {
    switch self {
    case .literal(let text): text
    case .interpolation(let value, nil): "{\(value.sketch)}"
    case .interpolation(let value, let format?):
      "{\(value.sketch):\(format.width.map(String.init) ?? "")\(format.style.map { "\($0)" } ?? "")}"
    }
  }
}

extension [Parameter] {
  var sketch: String {
    "("
      + map { $0.name.text + ($0.fallback.map { ": " + $0.sketch } ?? "") }
      .joined(separator: ", ") + ")"
  }
}

extension Call {
  var sketch: String {
    var text = ""
    for (position, argument) in arguments.enumerated() {
      if let bar, bar.position == position {
        text += bar.kind == .given ? " | " : " || "
      } else if position > 0 {
        text += ", "
      }
      text += (argument.name.map { $0.text + ": " } ?? "") + argument.value.sketch
    }
    return text
  }
}

extension IndexItem {
  var sketch: String {
    switch self {
    case .all: ":"
    case .ellipsis: "..."
    case .from(let start, _): "\(start.sketch)..."
    case .upTo(let end, let closed, _): (closed ? "..." : "..<") + end.sketch
    case .value(let value): value.sketch
    }
  }
}

extension Body {
  var sketch: String {
    switch self {
    case .block(let block): block.sketch
    case .expression(let expression): expression.sketch
    }
  }
}

extension Conditional.Otherwise {
  var sketch: String {
    switch self {
    case .block(let block): block.sketch
    case .conditional(let expression): expression.sketch
    }
  }
}

extension Block {
  var sketch: String { "{ " + statements.map(\.sketch).joined(separator: "; ") + " }" }
}

extension Target {
  var sketch: String {
    switch self {
    case .names(let names, _): "(" + names.map(\.text).joined(separator: ", ") + ")"
    case .place(let name, let steps):
      name.text
        + steps.map { step in
          switch step {
          case .index(let items, _): "[" + items.map(\.sketch).joined(separator: ", ") + "]"
          case .member(let name): "." + name.text
          }
        }.joined()
    }
  }
}

extension Definition {
  var sketch: String {
    "def \(name.text)\(parameters.sketch)"
      + (givens.map { " | " + $0.map(\.text).joined(separator: ", ") } ?? "")
      + " = \(body.sketch)"
  }
}

extension AssignmentOperator {
  var sketch: String {
    switch self {
    case .set: "="
    case .update(let operation): operation.rawValue + "="
    }
  }
}

extension ModelBlock.Clause {
  var sketch: String {
    switch kind {
    case .parameter(let name, let type, let value):
      "param \(name.text)"
        + (type.map { type in
          ": \(type.name.text)[\(type.dimensions.map(\.sketch).joined(separator: ", "))]"
        } ?? "") + (value.map { " = " + $0.sketch } ?? "")
    case .define(let definition, let shared): (shared ? "shared " : "") + definition.sketch
    case .assign(let target, let operation, let value):
      "\(target.sketch) \(operation.sketch) \(value.sketch)"
    case .error: "<error>"
    }
  }
}

extension Statement {
  var sketch: String { core + (endsWithSemicolon ? ";" : "") }

  private var core: String {
    switch kind {
    case .expression(let expression): expression.sketch
    case .assign(let target, let operation, let value):
      "\(target.sketch) \(operation.sketch) \(value.sketch)"
    case .define(let definition): definition.sketch
    case .draw(let target, let value): "\(target.sketch) ~ \(value.sketch)"
    case .check(let check):
      switch check.mode {
      case .holds: "check \(check.subject.sketch)"
      case .within(let bound): "check \(check.subject.sketch) within \(bound.sketch)"
      case .fails(let text): "check \(check.subject.sketch) fails \(text ?? "")"
      }
    case .for(let names, let values, let block):
      "for \(names.map(\.text).joined(separator: ",")) in \(values.sketch) \(block.sketch)"
    case .while(let condition, let block): "while \(condition.sketch) \(block.sketch)"
    case .break: "break"
    case .continue: "continue"
    case .return(let value): "return" + (value.map { " " + $0.sketch } ?? "")
    case .use(let value): "use \(value.sketch)"
    case .import(let path, _): "import \(path)"
    case .model(let model):
      "model \(model.name.text)\(model.parameters.sketch) { "
        + model.clauses.map(\.sketch).joined(separator: "; ") + " }"
    case .error: "<error>"
    }
  }
}

/// The tree of a text and what was wrong with it.
func parsed(_ text: String) -> Parse { parse(Source(name: "test.lvm", text: text)) }

/// The tree in short form, statements joined by ` / `; the first message when there is one.
func sketch(_ text: String) -> String {
  let result = parsed(text)
  if let first = result.diagnostics.first { return "\(first.code): \(first.message)" }
  return result.program.statements.map(\.sketch).joined(separator: " / ")
}

/// The codes of a text's diagnostics, in their order.
func codes(_ text: String) -> [String] { parsed(text).diagnostics.map(\.code) }
