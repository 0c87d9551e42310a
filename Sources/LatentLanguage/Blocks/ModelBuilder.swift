// What a model block needs of the library, which alone knows models: somebody who is told of the
// parameters and densities as the clauses run, and who makes the model.
//
// The clauses of a block are a function of the values of its parameters. They run once when a model
// is made, and again whenever the parameters have other values, or symbols in place of values:
// whatever is computed from parameters in a block then follows.

import LatentSyntax
import LatentTensor

/// A `param` of a block.
public struct BlockParameter {
  public var name: String
  /// `simplex`, `cov`, …; nil where none is written.
  public var type: String?
  /// The numbers in the brackets behind the type.
  public var dimensions: [Value]
  public var label: Diagnostic.Label
}

/// A density of a block.
public struct BlockDensity {
  public var family: String
  public var subjects: [String]
  public var givens: [String]
  /// Whether it exists once for all data.
  public var isShared: Bool
  public var help: String?
  /// Its head in the source.
  public var label: Diagnostic.Label

  /// `p(x|z)`
  public var title: String {
    let given = givens.isEmpty ? "" : "|" + givens.joined(separator: ", ")
    return "\(family)(\(subjects.joined(separator: ", "))\(given))"
  }
}

/// Follows the clauses of one model block.
public protocol ModelBuilder: AnyObject {
  /// The value that the name of a family has in the block.
  func family(_ name: String) throws -> Value

  /// The value a parameter has.
  /// - Parameter initial: evaluates what is written behind `=`; nil without it.
  /// - Throws: a failure whose argument `type` or `value` says what of the clause is at fault.
  func parameter(_ parameter: BlockParameter, initial: (() throws -> Value)?) throws -> Value

  /// - Parameter body: a function of the givens in their order, whose value is a distribution.
  func density(_ density: BlockDensity, body: FunctionObject) throws

  /// The value of the call of the block.
  func finish() throws -> Value
}

/// Makes builders.
public protocol ModelBuilding: AnyObject {
  /// Called when a block is.
  /// - Parameters:
  ///   - constructor: the block; calling it again with `arguments` runs its clauses again.
  func builder(
    name: String, constructor: FunctionObject, arguments: [Value], in runtime: Runtime
  ) throws -> any ModelBuilder
}
