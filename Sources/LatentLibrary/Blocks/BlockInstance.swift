// The densities of a block at one setting of its parameters: numbers, or symbols of a trace.

import LatentAutodiff
import LatentLanguage
import LatentSyntax
import LatentTensor

final class BlockInstance {
  /// Whoever holds an instance holds its model too.
  unowned let model: BlockModel
  var bodies: [(density: BlockDensity, body: FunctionObject)] = []
  /// The values of the parameters.
  var values: [String: Value] = [:]
  /// The variables whose data hold nan: such entries are integrated out.
  var missing: Set<String> = []

  init(_ model: BlockModel) { self.model = model }

  /// The distribution that a density is, its givens looked up among `known` and the parameters.
  func law(_ density: BlockDensity, _ known: [String: Value]) throws -> BlockLaw {
    if let own = model.amortised.first(where: { $0.density.title == density.title }),
      let network = values[own.parameter]?.object as? NetworkObject, let runtime = model.runtime
    {
      return try own.law(known, network, self, runtime)
    }
    guard let runtime = model.runtime,
      let body = bodies.first(where: { $0.density.title == density.title })?.body
    else { throw Failure("L562", "the interpreter that the model belongs to is gone") }
    let givens = try density.givens.map { name in
      guard let value = known[name] ?? values[name] else { throw noValue(name) }
      return value
    }
    let value: Value
    do {
      value = try runtime.invoke(body, givens)
    } catch let failure as Failure {
      throw Diagnostic(failure, at: density.label)
    }
    if let law = try BlockLaw(value) ?? (value.object as? DensityObject)?.law() { return law }
    throw Diagnostic(
      "L559", "`\(density.title)` must be a distribution, not \(value.kindPhrase)",
      at: density.label,
      helps: ["write e.g. `\(density.title) = normal(0, 1)`"])
  }

  /// What is said where a variable must have a value and has none.
  func noValue(_ name: String) -> Failure {
    let makers = model.densities.filter { $0.subjects.contains(name) }
    let maker = makers.first { $0.family == "q" } ?? makers.first
    return Failure(
      "L558", "`\(name)` has no value here", argument: name,
      help: maker.map { "draw one with `\(name) ~ \($0.title)`" }
        ?? "give it one: `\(name): …`")
  }

  /// Densities so ordered that each comes after those of its givens.
  static func ordered(_ densities: [BlockDensity]) -> [BlockDensity] {
    var (rest, result) = (densities, [BlockDensity]())
    var waiting = Set(densities.flatMap(\.subjects))
    while !rest.isEmpty {
      guard let next = rest.firstIndex(where: { waiting.isDisjoint(with: $0.givens) }) else {
        return result + rest
      }
      let density = rest.remove(at: next)
      waiting.subtract(density.subjects)
      result.append(density)
    }
    return result
  }

  /// One draw of every variable of p that follows from what is known.
  func ancestralDraw(key: RandomKey, known: [String: Value] = [:]) throws -> [String: Value] {
    var values = known
    for (place, density) in BlockInstance.ordered(model.members(of: "p")).enumerated() {
      let isKnown = density.givens.allSatisfy { values[$0] != nil || self.values[$0] != nil }
      guard isKnown, let subject = density.subjects.first, values[subject] == nil else { continue }
      let own = RandomKey(seed: key.seed, stream: key.stream &+ UInt32(truncatingIfNeeded: place))
      values[subject] = try law(density, values).draw(nil, own)
    }
    return values
  }
}

/// Which parameters densities depend on, read off the graph of a trace.
struct BlockReach {
  private let model: BlockModel
  private let trace: Trace

  init(_ model: BlockModel, _ trace: Trace) {
    self.model = model
    self.trace = trace
  }

  /// The names of the parameters that the densities of some families read.
  func parameters(of isWanted: (String) -> Bool) throws -> Set<String> {
    let draws = try model.instance().ancestralDraw(key: RandomKey(seed: 1, stream: 0))
    guard let runtime = model.runtime else { return [] }
    let outer = runtime.trace
    runtime.trace = trace
    defer { runtime.trace = outer }
    let instance = try model.instance(in: trace)
    var roots: [Int] = []
    for density in model.densities where isWanted(density.family) {
      let isKnown = density.givens.allSatisfy {
        draws[$0] != nil || instance.values[$0] != nil
      }
      guard isKnown else { continue }
      if case .symbolic(let law, _) = try instance.law(density, draws) {
        _ = law.law.map { roots.append($0.id) }
      }
    }
    return owners(of: roots)
  }

  private func owners(of roots: [Int]) -> Set<String> {
    var (seen, waiting) = (Set(roots), roots)
    var names: Set<String> = []
    while let id = waiting.popLast() {
      let node = trace.graph.nodes[id]
      if case .parameter(let place) = node.operation {
        let slot = trace.graph.parameters[place]
        names.formUnion(model.declared.filter { $0.slots.contains(slot) }.map(\.name))
      }
      for input in node.inputs where seen.insert(input).inserted { waiting.append(input) }
    }
    return names
  }
}
