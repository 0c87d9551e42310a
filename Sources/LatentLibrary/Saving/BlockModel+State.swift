// A model of a block in a file: the text of the block with the values that it takes from around it,
// and the free numbers behind its parameters.

import LatentAutodiff
import LatentLanguage
import LatentModels
import LatentSyntax
import LatentTensor

extension BlockModel: StoredModel {
  /// Arguments of blocks need not be facts: they belong to the expression.
  var construction: [(name: String, value: Fact)] { [] }

  /// The expression that makes this model again, before any data.
  ///
  /// - Throws: `L570` where the block uses what no file can hold.
  func expression() throws -> String {
    if let origin { return origin }
    guard let runtime, let text = blockText() else {
      throw refusal("its text is not at hand")
    }
    if constructor.isClosure {
      throw refusal(
        "it uses variables of the function around it", help: "write the block at top level")
    }
    var lines: [String] = []
    for name in try Workshop(runtime).unknownNames(in: text) {
      guard let value = runtime[name] else {
        throw refusal("it uses `\(name)`, which has no value any more")
      }
      do {
        lines.append("\(name) = \(try value.expression())")
      } catch is Failure {
        throw refusal(
          "it uses `\(name)`, \(value.kindPhrase)",
          help: "write what it does inside the block: numbers and tensors of around are kept")
      }
    }
    let parts = try zip(constructor.parameterNames, arguments).map { name, value in
      do {
        return "\(name): \(try value.expression())"
      } catch is Failure {
        throw refusal("its argument `\(name)` is \(value.kindPhrase)")
      }
    }
    lines.append(text)
    lines.append("\(name)(\(parts.joined(separator: ", ")))")
    return "(() => {\n\(lines.joined(separator: "\n"))\n})()"
  }

  private func refusal(_ why: String, help: String? = nil) -> Failure {
    Failure(
      "L570", "`\(name)` cannot be kept in a file: \(why)", argument: "value",
      helps: help.map { [$0] } ?? [])
  }

  /// `model name(…) { … }` as it was written.
  private func blockText() -> String? {
    guard let label = densities.first?.label else { return nil }
    let tokens = lex(label.source).tokens
    for (place, token) in tokens.enumerated() where token.isName("model") {
      guard place + 1 < tokens.count, tokens[place + 1].isName(name) else { continue }
      // The block ends where as many braces are closed as were opened, the first one among them.
      var depth = 0
      for next in tokens[(place + 1)...] {
        if next.isSymbol(.leftBrace) { depth += 1 }
        guard next.isSymbol(.rightBrace) else { continue }
        depth -= 1
        guard depth == 0 else { continue }
        let span = token.span.joined(next.span)
        if span.start <= label.span.start, label.span.end <= span.end {
          return String(label.source.text(in: span))
        }
        break
      }
    }
    return nil
  }

  var state: ModelState {
    var state = ModelState()
    state.history = history
    // What others read: weights, and the other parameters in their own spaces.
    state.tensors = parameterValues.filter { name, _ in !free.slots.contains { key($0) == name } }
      .map { ($0.name, $0.value) }
    state.tensors += zip(free.slots, free.values).map { (key($0), $1.values) }
    state.texts = [
      ("precision", free.precision.rawValue), ("random.seed", "\(randomAtStart.seed)"),
      ("random.draws", "\(randomAtStart.draws)"),
      ("observed", observed.map(\.name).joined(separator: ",")),
    ]
    for variable in observed {
      state.texts.append(
        ("shape.\(variable.name)", variable.shape.map(String.init).joined(separator: ",")))
    }
    for own in amortised { own.write(to: &state) }
    state.tensors += example.compactMap { name, value in
      value.asTensor.map { ("example.\(name)", $0) }
    }.sorted { $0.0 < $1.0 }
    return state
  }

  /// Free numbers are not the values a user knows, but for the weights of networks.
  private func key(_ slot: Graph.Slot) -> String {
    declared.contains { $0.name == slot.name } ? "free.\(slot.name)" : slot.name
  }

  func restore(_ state: ModelState) throws {
    guard let precision = Precision(rawValue: try state.text("precision")) else {
      throw ModelState.malformed("its precision is none")
    }
    let names = try state.text("observed").split(separator: ",").map(String.init)
    let bound = try names.map { name -> Observed in
      let shape = try state.counts("shape.\(name)")
      guard variables.contains(name), (try? Shape.count(shape)) != nil else {
        throw ModelState.malformed("`\(name)` is no variable of the block")
      }
      return Observed(name: name, shape: shape)
    }
    try adopt(AmortisedPosterior.all(of: self, in: state), seed: 0)
    let values = ParameterBuffer(free.slots, precision: precision)
    do {
      for slot in free.slots {
        values[slot.name] = try state.tensor(key(slot), shape: slot.shape)
      }
    } catch {
      dropAmortised()
      throw error
    }
    var first: [String: Value] = [:]
    for variable in bound where state.contains("example.\(variable.name)") {
      first[variable.name] = .tensor(
        try state.tensor("example.\(variable.name)", shape: variable.shape))
    }
    free = values
    (observed, example) = (bound, first)
    history = state.history
    parametersChanged()
  }
}

extension Token {
  fileprivate func isName(_ text: String) -> Bool {
    if case .name(text) = kind { true } else { false }
  }

  fileprivate func isSymbol(_ symbol: LatentSyntax.Symbol) -> Bool {
    if case .symbol(symbol) = kind { true } else { false }
  }
}
