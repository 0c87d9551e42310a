// The names of an interpreter and their values.

import LatentSyntax

/// A table of values that never move, so that lowered code may hold a place in it.
///
/// Top-level code runs in a frame whose window is this table: a name at top level and a local
/// variable of a function are read by the same closures.
final class Globals {
  /// The most names one interpreter can have; the memory is reserved, not used, until then.
  static let capacity = 1 << 16

  let values: UnsafeMutablePointer<Value>
  private(set) var count = 0
  private var slots: [String: Int] = [:]
  /// Places of comprehension variables at top level that nobody uses any more.
  private var free: [Int] = []
  /// The names that came with the library and still mean what they meant.
  private(set) var library: [String: Int] = [:]
  private(set) var names: [Int: String] = [:]
  let unset: Value

  init() {
    values = UnsafeMutablePointer<Value>.allocate(capacity: Globals.capacity)
    unset = .object(UnsetObject())
  }

  deinit {
    values.deinitialize(count: count)
    values.deallocate()
  }

  /// The place of a name, made when there is none; nil when the table is full.
  func slot(for name: String) -> Int? {
    if let slot = slots[name] { return slot }
    guard let slot = reserve() else { return nil }
    slots[name] = slot
    names[slot] = name
    return slot
  }

  /// A place without a name; nil when the table is full.
  func anonymousSlot() -> Int? { free.popLast() ?? reserve() }

  func release(_ anonymous: [Int]) {
    for slot in anonymous { values[slot] = unset }
    free += anonymous
  }

  private func reserve() -> Int? {
    guard count < Globals.capacity else { return nil }
    (values + count).initialize(to: unset)
    count += 1
    return count - 1
  }

  /// The value of a name that has one.
  subscript(name: String) -> Value? {
    guard let slot = slots[name], !values[slot].isUnset else { return nil }
    return values[slot]
  }

  func isSet(_ slot: Int) -> Bool { slot < count && !values[slot].isUnset }

  func existingSlot(for name: String) -> Int? { slots[name] }

  func install(_ name: String, _ value: Value) {
    guard let slot = slot(for: name) else { return }
    values[slot] = value
    library[name] = slot
  }

  func set(_ name: String, _ value: Value) throws {
    guard let slot = slot(for: name) else { throw Globals.full }
    values[slot] = value
    library[name] = nil
  }

  /// The functions of the language among the values.
  var functions: [Value] {
    (0..<count).map { values[$0] }.filter { ($0.object as? FunctionObject)?.code != nil }
  }

  /// Names with values, those of the library too.
  var known: [String] { slots.filter { !values[$0.value].isUnset }.map(\.key) }

  static var full: Diagnostic {
    Diagnostic("L709", "there are more than \(capacity) names", helps: ["start a new session"])
  }
}

/// Stands in variables that have no value yet.
final class UnsetObject: Object {
  override init() { super.init(tag: .unset) }
  override var kind: String { "nothing" }
}

extension Value {
  @inline(__always)
  var isUnset: Bool {
    if case .object(let object) = self { object.tag == .unset } else { false }
  }
}
