// The base of every value that does not fit into a machine word, and the hooks by which a kind
// takes part in the language: members, indexing, arithmetic, comparison, calling, display.

import LatentSyntax
import LatentTensor

/// A value behind a reference. The library adds kinds (models, distributions, tables, …) by
/// subclassing; the evaluator only ever asks through these hooks.
///
/// Objects are values to the language: what can be changed through an index or a field copies
/// itself first when it is shared (``copyForWriting()``). Only models are references.
open class Object {
  /// What the evaluator's loop tells apart without a dynamic cast.
  final let tag: Tag

  enum Tag: UInt8 {
    case other, text, tensor, list, record, range, function
    /// A captured variable that is still assigned.
    case box
    /// The one object that stands in a variable which has no value yet.
    case unset
  }

  public init() { tag = .other }

  init(tag: Tag) { self.tag = tag }

  /// The name of the kind: `text`, `tensor`, `model`, …
  open var kind: String { "object" }

  // MARK: Members

  /// The value after a dot, or nil when there is none of this name.
  open func member(_ name: String) throws -> Value? { nil }

  /// The names ``member(_:)`` knows, for completion and suggestions.
  open var memberNames: [String] { [] }

  /// Writes a member of an object that nobody else holds; false when it cannot be written.
  open func setMember(_ name: String, to value: Value) throws -> Bool { false }

  // MARK: Indexing

  /// The number of elements a `for` loop visits and `len` tells; nil when there are none.
  open var length: Int? { nil }

  /// The element a `for` loop visits at a position in `0..<length`.
  open func element(_ position: Int) throws -> Value {
    throw Failure("L404", "\(Value.phrase(forKind: kind)) has no elements")
  }

  /// `object[items]`.
  open func index(_ items: [Subscript]) throws -> Value {
    throw Failure(
      "L404", "\(Value.phrase(forKind: kind)) cannot be indexed",
      help: memberNames.isEmpty
        ? "only texts, tensors, lists, records and tables have elements"
        : "its members are \(memberNames.prefix(8).joined(separator: ", "))")
  }

  /// `tensor[self]`: what a tensor holds at a place along its first axis that is not known yet. Nil
  /// for what is no such place.
  open func element(of tensor: Value) throws -> Value? { nil }

  /// `object[items] = value`, on an object that nobody else holds.
  open func setIndex(_ items: [Subscript], to value: Value) throws {
    throw Failure("L404", "the elements of \(Value.phrase(forKind: kind)) cannot be assigned")
  }

  /// A copy to write into, or the object itself where it is a reference to the user (models).
  open func copyForWriting() -> Object { self }

  // MARK: Arithmetic and comparison

  /// What takes part in arithmetic, comparison and numerical arguments in this object's place:
  /// an estimate's mean. Nil for kinds that are not numbers.
  open var standIn: Value? { nil }

  /// `self op other`, or `other op self` when `reversed`. Nil means "not mine": the evaluator goes
  /// on to the other operand, then to ``standIn``, then to its own rules.
  open func arithmetic(
    _ operation: BinaryOperator, _ other: Value, reversed: Bool
  ) throws -> Value? { nil }

  /// `self op other`, or `other op self` when `reversed`; nil as for arithmetic. The operator is
  /// never `in` (see ``contains(_:)``).
  open func comparison(
    _ operation: ComparisonOperator, _ other: Value, reversed: Bool
  ) throws -> Value? { nil }

  /// Whether ``arithmetic(_:_:reversed:)`` and the numerical builtins take the object as a tensor.
  open var takesPartAsTensor: Bool { standIn != nil }

  /// `-self`; nil when the kind has none.
  open func negated() throws -> Value? { nil }

  /// `self'`; nil when the kind has none.
  open func transposed() throws -> Value? { nil }

  /// `value in self`; nil when the kind has no elements to look through.
  open func contains(_ value: Value) throws -> Bool? { nil }

  /// Whole-value equality, as `==` has it for kinds without elementwise comparison.
  open func isEqual(to other: Object) -> Bool { self === other }

  // MARK: Values that are not known yet

  /// Whether the object stands for numbers that are worked out later: a tensor that is being
  /// traced. Builtins then run their `traced` form, which only they know.
  open var isSymbolic: Bool { false }

  /// `self and other`, `self or other`, in either order; nil when it is no truth value.
  open func connected(_ connective: Connective, _ other: Value) throws -> Value? { nil }

  /// `not self`; nil when it is no truth value.
  open func inverted() throws -> Value? { nil }

  /// The truth value that `if` and `while` go by; nil when it is none.
  open func condition() throws -> Bool? { nil }

  /// What a bracket literal of `items`, this one among them, makes; nil for a list.
  open func collected(_ items: [Value]) throws -> Value? { nil }

  // MARK: Calling

  /// The function that `object(…)` calls, for kinds that can be called.
  open var callable: FunctionObject? { nil }

  // MARK: Models

  /// Whether it is a family of densities: then `self(x|z)` is a term, made by ``term(_:_:)``.
  open var isFamily: Bool { false }

  /// The member of the family that a call names, with the values it was given.
  open func term(_ call: DensityCall, _ runtime: Runtime) throws -> Value {
    throw Failure("L405", "\(Value.phrase(forKind: kind)) cannot be called")
  }

  /// The names and values that `use` opens; nil when there is nothing to open.
  open func opened() throws -> [(name: String, value: Value)]? { nil }

  /// One draw, as `~` makes it; nil for what is no distribution.
  open func drawn(_ runtime: Runtime) throws -> Value? { nil }

  // MARK: Display

  /// Whether a statement of its own shows it (figures), not only the end of a cell.
  open var isShownAsStatement: Bool { false }

  /// What the prompt shows.
  open func display(_ style: DisplayStyle) -> String { "<\(kind)>" }

  /// What `print` and `"{value}"` write; the display for most kinds, the bare text for texts.
  open var printed: String { display(DisplayStyle()) }

  /// How deeply containers are nested in this one; 0 for what contains no values.
  open var depth: Int { 0 }
}

/// One item between the brackets of an index, evaluated.
public enum Subscript {
  /// A number, range, tensor of positions, mask or text.
  case value(Value)
  /// `:`
  case all
  /// `...`: as many `:` as are missing.
  case ellipsis
  /// `a...`
  case from(Int)
  /// `...b` and `..<b`
  case upTo(Int, closed: Bool)
}

/// How much of a value a display shows.
public struct DisplayStyle: Sendable {
  /// The number of columns lines may take; long lists are broken or shortened to fit.
  public var width = 100
  /// How many items of a list or record are shown before an ellipsis.
  public var items = 40
  /// How many levels of nesting are shown.
  public var levels = 6

  public init() {}

  public init(width: Int = 100, items: Int = 40, levels: Int = 6) {
    self.width = width
    self.items = items
    self.levels = levels
  }

  /// The style for what is inside the value being displayed.
  public var inner: DisplayStyle {
    DisplayStyle(width: width, items: items, levels: levels - 1)
  }
}
