// A term as a value: the distribution, which needs only what is given, and the point, which is there
// where the variables have values.

import LatentAutodiff
import LatentLanguage
import LatentTensor

/// `p(x|z)` with the values its names had where it was written.
final class DensityObject: Object {
  let density: BoundDensity
  private let runtime: Runtime

  init(_ density: BoundDensity, _ runtime: Runtime) {
    self.density = density
    self.runtime = runtime
  }

  override var kind: String { "density" }
  private var term: DensityTerm { density.term }

  override func display(_ style: DisplayStyle) -> String {
    guard let law = try? law() else { return "<density \(term.title)>" }
    return "\(term.title) = \(law.value.display(style))"
  }

  /// The members of the distribution.
  override var memberNames: [String] { (try? law())?.value.object?.memberNames ?? [] }

  override func member(_ name: String) throws -> Value? { try law().value.object?.member(name) }

  private var givens: [String: Value] {
    Dictionary(
      uniqueKeysWithValues: term.givens.compactMap { given in given.value.map { (given.name, $0) } }
    )
  }

  private func checkGivens() throws {
    for given in term.givens where given.value == nil && density.instance.values[given.name] == nil
    {
      throw density.instance.noValue(given.name)
    }
  }

  /// How many rows a value has: it has an axis more than one datum of its variable.
  private func rows(of variables: [DensityTerm.Variable]) throws -> (count: Int, names: [String])? {
    var found: (count: Int, names: [String])?
    for variable in variables {
      guard let shape = (variable.value).flatMap(DensityObject.shape),
        let one = density.model.shape(of: variable.name),
        shape.count == one.count + 1, Array(shape.dropFirst()) == one
      else { continue }
      if let known = found, known.count != shape[0] {
        throw Failure(
          "L512",
          "`\(known.names[0])` has \(plural(known.count, "row")), but `\(variable.name)` has "
            + "\(shape[0])", argument: variable.name, help: "give one row of each per datum")
      }
      found = (shape[0], (found?.names ?? []) + [variable.name])
    }
    return found
  }

  private static func shape(_ value: Value) -> [Int]? {
    (value.object as? TracedObject)?.symbol.shape ?? value.asTensor?.shape
  }

  /// Runs `body` with what is known of one datum, for every row where there are rows.
  private func each(
    _ variables: [DensityTerm.Variable], key: RandomKey = RandomKey(seed: 0, stream: 0),
    _ body: @escaping ([String: Value]) throws -> Value
  ) throws -> Value {
    var known: [String: Value] = [:]
    for variable in variables { known[variable.name] = variable.value }
    guard let rows = try rows(of: variables) else { return try body(known) }
    let shared = known
    return try Rows(count: rows.count, runtime: runtime, key: key).map(
      rows.names.compactMap { known[$0] }
    ) { data in
      var known = shared
      for (name, value) in zip(rows.names, data) { known[name] = value }
      return try body(known)
    }
  }

  // MARK: Questions

  /// log of the density at the point, one number per row where there are rows.
  func logProbability() throws -> Value {
    try checkGivens()
    for subject in term.subjects where subject.value == nil {
      throw density.instance.noValue(subject.name)
    }
    return try each(term.subjects + term.givens) { [density, runtime] known in
      try density.logProbability(known, runtime)
    }
  }

  /// The distribution.
  func law() throws -> BlockLaw {
    try checkGivens()
    if let rows = try rows(of: term.givens) {
      throw Failure(
        "L558",
        "`\(term.title)` is \(plural(rows.count, "distribution")) here, one per row of "
          + "`\(rows.names[0])`",
        help: "take one row: `\(rows.names[0]): \(rows.names[0])[0]`")
    }
    return try density.law(givens, runtime)
  }

  override func drawn(_ runtime: Runtime) throws -> Value? {
    try draw(nil, runtime.random.next())
  }

  /// A draw of the subjects; several subjects make a list.
  func draw(_ count: Int?, _ key: RandomKey) throws -> Value {
    try checkGivens()
    if let rows = try rows(of: term.givens) {
      if count != nil {
        throw Failure(
          "L558", "`\(term.title)` is \(plural(rows.count, "distribution")) here, one per row",
          argument: "n", help: "leave the number out: there is one draw per row")
      }
      return try each(term.givens, key: key) { [self] known in
        // A key of its own for every row where rows are gone through one by one.
        let own = runtime.trace == nil ? runtime.random.next() : key
        return try one(density.draw(known, own, runtime))
      }
    }
    guard let count else { return try one(density.draw(givens, key, runtime)) }
    if density.defined != nil || density.isPosterior {
      return try density.law(givens, runtime).draw(count, key)
    }
    return try Value.collected(
      (0..<count).map { place in
        try runtime.checkLimits()
        let own = RandomKey(
          seed: key.seed &+ UInt64(place) &* 0x9E37_79B9_7F4A_7C15, stream: key.stream)
        return try one(density.draw(givens, own, runtime))
      })
  }

  private func one(_ values: [Value]) throws -> Value {
    values.count == 1 ? values[0] : .list(values)
  }

  /// KL(self ‖ other), per row where what is given has rows; nil without a closed form.
  func divergence(from other: DensityObject) throws -> Value? {
    try checkGivens()
    try other.checkGivens()
    let own =
      term.givens
      + other.term.givens.filter { given in
        !term.givens.contains { $0.name == given.name }
      }
    var isKnown = true
    let value = try each(own) { [density, runtime] known in
      let (a, b) = (try density.law(known, runtime), try other.density.law(known, runtime))
      if let value = try a.divergence(from: b) { return value }
      isKnown = false
      return 0
    }
    return isKnown ? value : nil
  }
}
