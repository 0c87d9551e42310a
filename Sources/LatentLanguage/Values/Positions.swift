// Indices of sequences with one axis (lists and texts): which positions a pair of brackets means.

import LatentTensor

/// What an index of a sequence selects.
enum Positions {
  case one(Int)
  case many([Int])

  /// - Parameters:
  ///   - items: What stands between the brackets.
  ///   - count: The length of the sequence.
  ///   - kind: The kind's name for messages.
  init(_ items: [Subscript], count: Int, of kind: String) throws {
    guard items.count == 1 else {
      throw Failure(
        "L404", "a \(kind) has one axis, but the index has \(items.count) items",
        help: kind == "list" ? "index the item: `xs[i][j]`" : "index it twice")
    }
    switch items[0] {
    case .all, .ellipsis: self = .many(Array(0..<count))
    case .from(let lower):
      self = .many(Array(try Positions.bound(lower, count, kind)..<count))
    case .upTo(let upper, let closed):
      let end = try Positions.end(upper, closed: closed, count, kind)
      self = .many(Array(0..<end))
    case .value(let value): self = try Positions.selected(by: value, count: count, of: kind)
    }
  }

  private static func selected(by value: Value, count: Int, of kind: String) throws -> Positions {
    if case .number(let number) = value {
      return .one(try position(number, count, kind))
    }
    if let range = (value.object as? RangeObject)?.range {
      return .many(try positions(of: range, count: count, of: kind))
    }
    if let tensor = value.asNumericArgument, case .object = value, tensor.rank == 1 {
      guard tensor.isMask else {
        return .many(try tensor.values.map { try position($0, count, kind) })
      }
      guard tensor.count == count else {
        throw Failure(
          "L404", "the mask has \(tensor.count) elements but the \(kind) has \(count)")
      }
      let mask = tensor.values
      return .many((0..<count).filter { mask[$0] != 0 })
    }
    throw Failure(
      "L404", "a \(kind) is indexed by whole numbers, ranges and masks, not by \(value.kindPhrase)",
      help: value.asText == nil
        ? "positions are `[0, 2]`; a mask is a comparison, as in `xs[v > 0]`"
        : "only records and tables have names: `r[\"name\"]`")
  }

  /// The positions of a range: negative bounds count from the end, and as in an index of a tensor
  /// a range may reach past it.
  private static func positions(
    of range: NumberRange, count: Int, of kind: String
  ) throws -> [Int] {
    guard let start = Int(exactly: range.start), let end = Int(exactly: range.end),
      let step = Int(exactly: range.step), max(start.magnitude, end.magnitude) <= 1 << 53
    else {
      throw Failure("L404", "a \(kind) is indexed by ranges of whole numbers")
    }
    if step > 0 {
      let lower = try bound(start, count, kind)
      // `x[-3..<0]` is the last three.
      let upper =
        start < 0 && end == 0 && !range.closed
        ? count : try self.end(end, closed: range.closed, count, kind)
      return Array(stride(from: lower, to: max(lower, upper), by: step))
    }
    let first = start < 0 ? start + count : start
    let last = end < 0 ? end + count : end
    let limit = range.closed ? last - 1 : last
    return stride(from: min(first, count - 1), to: max(limit, -1), by: step).map { $0 }
  }

  private static func bound(_ bound: Int, _ count: Int, _ kind: String) throws -> Int {
    guard bound.magnitude <= 1 << 53 else { throw outside(Double(bound), count, kind) }
    return min(max(bound < 0 ? bound + count : bound, 0), count)
  }

  private static func end(
    _ upper: Int, closed: Bool, _ count: Int, _ kind: String
  ) throws -> Int {
    guard upper.magnitude <= 1 << 53 else { throw outside(Double(upper), count, kind) }
    let end = (upper < 0 ? upper + count : upper) + (closed ? 1 : 0)
    return min(max(end, 0), count)
  }

  static func position(_ number: Double, _ count: Int, _ kind: String) throws -> Int {
    guard let index = Int(exactly: number) else {
      throw Failure(
        "L404", "an index must be a whole number, not \(number.displayText)",
        help: "round it down: `xs[floor(i)]`")
    }
    guard index >= -count, index < count else { throw outside(number, count, kind) }
    return index < 0 ? index + count : index
  }

  private static func outside(_ number: Double, _ count: Int, _ kind: String) -> Failure {
    let valid = count == 0 ? "it is empty" : "valid are 0 to \(count - 1), or -1 for the last"
    return Failure(
      "L408", "index \(number.displayText) of a \(kind) of length \(count)", help: valid)
  }
}

// MARK: - The kinds that use them

extension ListObject {
  func index(at items: [Subscript]) throws -> Value {
    switch try Positions(items, count: self.items.count, of: "list") {
    case .one(let position): return self.items[position]
    case .many(let positions): return .list(positions.map { self.items[$0] })
    }
  }

  func assign(_ value: Value, at items: [Subscript]) throws {
    switch try Positions(items, count: self.items.count, of: "list") {
    case .one(let position): try set(position, to: value)
    case .many(let positions):
      guard let values = try value.elements() else {
        throw Failure("L409", "several items of a list can only be replaced by as many values")
      }
      guard values.count == positions.count else {
        throw Failure(
          "L409",
          "\(Signature.count(positions.count, "item")) cannot be replaced by "
            + Signature.count(values.count, "value"),
          help: "give as many values as the index names items")
      }
      for (position, value) in zip(positions, values) { try set(position, to: value) }
    }
  }
}

extension TextObject {
  /// The same for plain text.
  func plainIndex(at items: [Subscript]) throws -> Value {
    var text = text
    return try text.withUTF8 { bytes in
      switch try Positions(items, count: bytes.count, of: "text") {
      case .one(let position): return .character(bytes[position])
      case .many(let positions):
        return .text(String(decoding: positions.map { bytes[$0] }, as: UTF8.self))
      }
    }
  }

  func index(at items: [Subscript]) throws -> Value {
    let characters = Array(text)
    switch try Positions(items, count: characters.count, of: "text") {
    case .one(let position): return .text(String(characters[position]))
    case .many(let positions): return .text(String(positions.map { characters[$0] }))
    }
  }
}
