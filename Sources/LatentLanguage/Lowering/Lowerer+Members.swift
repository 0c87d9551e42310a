// Lowering what is taken out of a value: members and elements.

import LatentSyntax
import LatentTensor

extension Lowerer {
  func member(_ base: Expression, _ name: Name) -> Code {
    let object = code(base)
    let place = place(name.span)
    let (text, runtime) = (name.text, runtime)
    return { [unowned runtime] frame in
      try Lowerer.member(text, of: try object(frame), place, runtime)
    }
  }

  static func member(
    _ name: String, of value: Value, _ place: Place, _ runtime: Runtime
  ) throws -> Value {
    if let member = try place.attempt({ try value.object?.member(name) }) { return member }
    var helps: [String] = []
    let names = value.object?.memberNames ?? []
    if let remedy = FalseFriend.remedy(forMember: name) {
      helps.append(remedy)
    } else if runtime[name]?.object?.callable != nil {
      helps.append("in Latent this is written `\(name)(x)`, or `x |> \(name)`")
    } else if let near = nearest(to: name, among: names) {
      helps.append("the nearest member is `\(near)`")
    } else if !names.isEmpty {
      helps.append("it has " + names.prefix(12).map { "`\($0)`" }.joined(separator: ", "))
    }
    throw Diagnostic(
      "L311", "\(value.kindPhrase) has no member `\(name)`", at: place.label, helps: helps)
  }

  func index(_ base: Expression, _ items: [IndexItem], _ place: Place) -> Code {
    let object = code(base)
    if items.count == 1, case .value(let position) = items[0] {
      let item = code(position)
      // The variable is looked into where it stands, unless the index may assign it.
      if case .slot(let slot) = operand(base), !position.mayAssign {
        return using(position, ElementOf(slot: slot, object: object, place: place))
      }
      return { frame in
        let value = try object(frame)
        let position = try item(frame)
        return try Lowerer.index(value, [.value(position)], place)
      }
    }
    let codes = items.map(subscripting)
    return { frame in
      let value = try object(frame)
      var items: [Subscript] = []
      for code in codes { items.append(try code(frame)) }
      return try Lowerer.index(value, items, place)
    }
  }

  /// The element of a vector or a list at a position that needs no checks but these.
  @inline(__always)
  static func element(_ number: Double, of place: UnsafeMutablePointer<Value>) -> Value? {
    guard case .object(let object) = place.pointee else { return nil }
    switch object.tag {
    case .tensor:
      // The settled vector of one that grows has no elements, so the checks stay these.
      guard
        let values = unsafeDowncast(object, to: TensorObject.self).vector,
        let position = Lowerer.position(number, values.count)
      else { return grownElement(number, of: place) }
      return .number(values[position])
    case .list:
      let items = unsafeDowncast(object, to: ListObject.self).items
      return position(number, items.count).map { items[$0] }
    default: return nil
    }
  }

  @inline(never)
  private static func grownElement(
    _ number: Double, of place: UnsafeMutablePointer<Value>
  ) -> Value? {
    guard let position = Int(exactly: number), case .object(let object) = place.pointee,
      let tensor = object as? TensorObject
    else { return nil }
    return tensor.grown(position).map(Value.number)
  }

  /// The whole number in `0..<count`, or nil.
  @inline(__always)
  private static func position(_ number: Double, _ count: Int) -> Int? {
    // Added to 2⁵², a whole number stands in the lowest bits as it is, and any other loses its
    // fraction; a conversion to Int has checks of its own, which would cost as much as the element.
    guard number >= 0, number < 0x1p52 else { return nil }
    let shifted = number + 0x1p52
    guard shifted - 0x1p52 == number else { return nil }
    let position = Int(truncatingIfNeeded: shifted.bitPattern & (1 << 52 - 1))
    return position < count ? position : nil
  }

  static func index(_ value: Value, _ items: [Subscript], _ place: Place) throws -> Value {
    guard let object = value.object else {
      throw place.failure(
        "L404", "\(value.kindPhrase) cannot be indexed",
        help: "texts, tensors, lists, ranges, records and tables have elements")
    }
    if let stand = object.standIn, object.length == nil, case .object = stand {
      return try index(stand, items, place)
    }
    return try place.attempt { try object.index(items) }
  }

  func subscripting(_ item: IndexItem) -> (Frame) throws -> Subscript {
    let place = place(item.span)
    switch item {
    case .all: return { _ in .all }
    case .ellipsis: return { _ in .ellipsis }
    case .value(let expression):
      let value = code(expression)
      return { .value(try value($0)) }
    case .from(let bound, _):
      let value = code(bound)
      return { .from(try Lowerer.bound(try value($0), place)) }
    case .upTo(let bound, let closed, _):
      let value = code(bound)
      return { .upTo(try Lowerer.bound(try value($0), place), closed: closed) }
    }
  }

  private static func bound(_ value: Value, _ place: Place) throws -> Int {
    guard let bound = value.asInteger else {
      throw place.failure(
        "L404", "the bound of an index must be a whole number, not \(value.display())")
    }
    return bound
  }
}
