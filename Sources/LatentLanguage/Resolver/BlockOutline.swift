// What a model block declares, read off its clauses before any name is looked up: parameters,
// families of densities, and the graph of who is given whom.

import LatentSyntax

struct BlockOutline {
  /// `p(x|z) = …`
  struct Density {
    var definition: Definition
    var isShared: Bool
    var documentation: String?

    var family: String { definition.name.text }
    var subjects: [Name] { definition.parameters.map(\.name) }
    var givens: [Name] { definition.givens ?? [] }
    /// `p(x|z)`, as it is called in a message.
    var title: String {
      let subjects = subjects.map(\.text).joined(separator: ", ")
      let givens = givens.map(\.text).joined(separator: ", ")
      return "\(family)(\(subjects)\(givens.isEmpty ? "" : "|" + givens))"
    }
  }

  private(set) var densities: [Density] = []
  /// The names before the parenthesis, each once.
  private(set) var families: [String] = []
  private(set) var parameters: [Name] = []
  /// Everything else a clause gives a value: helper functions and assigned names.
  private(set) var locals: [Name] = []

  /// Names that stand for something else in and around models.
  static let reserved: Set<String> = ["p", "q", "theta", "phi", "history"]

  init(_ block: ModelBlock) {
    for clause in block.clauses {
      switch clause.kind {
      case .parameter(let name, _, _): parameters.append(name)
      case .define(let definition, let isShared):
        guard BlockOutline.isDensity(definition) || isShared else {
          locals.append(definition.name)
          continue
        }
        densities.append(
          Density(
            definition: definition, isShared: isShared, documentation: clause.documentation))
        if !families.contains(definition.name.text) { families.append(definition.name.text) }
      case .assign(.place(let name, let steps), .set, _): if steps.isEmpty { locals.append(name) }
      case .assign(.names(let names, _), .set, _): locals += names
      case .assign, .error: break
      }
    }
  }

  /// A head named `p` or `q`, or with a `|`.
  static func isDensity(_ definition: Definition) -> Bool {
    definition.givens != nil || ["p", "q"].contains(definition.name.text)
  }

  /// Subjects and givens that no parameter or local name of the block is.
  func variables(besides own: Set<String>) -> Set<String> {
    let known = own.union(parameters.map(\.text)).union(locals.map(\.text))
    return Set(densities.flatMap { $0.subjects + $0.givens }.map(\.text)).subtracting(known)
  }

  /// The densities of a family that, each given the next one's subject, lead back to the first.
  func circle(in family: String) -> [Density]? {
    let own = densities.filter { $0.family == family }
    var done: Set<Int> = []
    for start in own.indices where !done.contains(start) {
      // Depth first, with the path that led here: a density met again on the path closes a circle.
      var path: [(density: Int, next: [Int])] = [(start, sources(of: own[start], among: own))]
      while let last = path.last {
        guard let next = last.next.first else {
          done.insert(last.density)
          path.removeLast()
          continue
        }
        path[path.count - 1].next.removeFirst()
        if let place = path.firstIndex(where: { $0.density == next }) {
          return path[place...].map { own[$0.density] }
        }
        if !done.contains(next) { path.append((next, sources(of: own[next], among: own))) }
      }
    }
    return nil
  }

  /// The densities whose subjects this one is given.
  private func sources(of density: Density, among own: [Density]) -> [Int] {
    let givens = Set(density.givens.map(\.text))
    return own.indices.filter { own[$0].subjects.contains { givens.contains($0.text) } }
  }
}

extension ModelBlock {
  /// The function that makes models of the block, as far as calls of it are concerned.
  var constructor: Definition {
    Definition(
      name: name, parameters: parameters, givens: nil, body: .block(Block([], name.span)),
      headSpan: name.span)
  }

  /// The sizes that the types of its parameters name.
  var dimensions: [Expression] {
    clauses.flatMap { clause -> [Expression] in
      if case .parameter(_, let type?, _) = clause.kind { type.dimensions } else { [] }
    }
  }

  /// The clauses that give names values, as the statements that would.
  var statements: [Statement] {
    clauses.compactMap { clause in
      switch clause.kind {
      case .parameter(let name, _, let value):
        let value = value ?? Expression(.nothing, name.span)
        return Statement(.assign(.place(name, []), .set, value), clause.span)
      case .define(let definition, let isShared):
        if isShared || BlockOutline.isDensity(definition) { return nil }
        return Statement(.define(definition), clause.span)
      case .assign(let target, let operation, let value):
        return Statement(.assign(target, operation, value), clause.span)
      case .error: return nil
      }
    }
  }
}
