// Order: ranges, pairs, turning round, sorting.

import LatentLanguage
import LatentTensor

extension Builtin {
  static let sequences: [Builtin] = [
    Builtin(
      "range", in: .collections, help: "The numbers below `n`, or from `n` to below `end`.",
      parameters: [
        .number("n"), .number("end", default: nil), .number("by", default: 1, "The step."),
      ],
      returns: .range, examples: ["range(3)  #=> 0..<3", "range(1, 7, by: 2)  #=> 1..<7 by 2"]
    ) { call in
      let first = try call.number("n")
      let end = try call.optionalNumber("end")
      return .object(
        RangeObject(
          try NumberRange(
            from: end == nil ? 0 : first, to: end ?? first, closed: false,
            by: try call.number("by"))))
    },
    Builtin(
      "zip", in: .collections, help: "The first items together, then the second items, and so on.",
      parameters: [.sequence("xs").variadic], returns: .list,
      examples: ["zip([1, 2], [\"a\", \"b\"])  #=> [[1, \"a\"], [2, \"b\"]]"]
    ) { call in
      let columns = try call.values("xs").map { try $0.elements() ?? [] }
      let lengths = columns.map(\.count)
      guard let length = lengths.first, lengths.allSatisfy({ $0 == length }) else {
        throw Failure(
          "L409",
          lengths.isEmpty
            ? "`zip` needs something to put together"
            : "`zip` needs equal lengths, not \(lengths.map(String.init).joined(separator: ", "))",
          help: "cut the longer one: `xs[..<n]`")
      }
      return .list((0..<length).map { row in .list(columns.map { $0[row] }) })
    },
    Builtin(
      "enumerate", in: .collections, help: "Every item with its position.",
      parameters: [.sequence("xs"), .integer("start", default: 0)], returns: .list,
      examples: ["enumerate([\"a\", \"b\"])  #=> [[0, \"a\"], [1, \"b\"]]"]
    ) { call in
      let start = Double(try call.integer("start"))
      return .list(
        try call.elements("xs").enumerated().map { position, item in
          .list([.number(start + Double(position)), item])
        })
    },
    Builtin(
      "reverse", in: .collections, help: "The items in the opposite order (of the first axis).",
      parameters: [.sequence("xs")],
      examples: ["reverse([1, 2, 3])  #=> [3, 2, 1]", "reverse(\"abc\")  #=> \"cba\""],
      traced: moving("xs")
    ) { call in
      let value = call.value("xs")
      if let text = value.asText { return .text(String(text.reversed())) }
      if let tensor = value.asTensor, let length = tensor.shape.first {
        return .tensor(try tensor.selecting([.positions(Array((0..<length).reversed()))]))
      }
      return .list(Array(try call.elements("xs").reversed()))
    },
    Builtin(
      "sort", in: .collections,
      help: "Numbers or texts in ascending order; a tensor along its last axis.",
      parameters: [
        .sequence("xs"),
        .function("by", default: nil, "Sorts by this function of every item.").named,
        .flag("descending").named,
        .integer("axis", default: -1, "The axis of a tensor.").named,
      ],
      examples: [
        "sort([3, 1, 2])  #=> [1, 2, 3]",
        "sort([\"bb\", \"a\"], by: len)  #=> [\"a\", \"bb\"]",
        "sort([3, 1, 2], descending: true)  #=> [3, 2, 1]",
      ], traced: untraceable
    ) { call in try sort(call) },
  ]

  private static func sort(_ call: BuiltinCall) throws -> Value {
    let isDescending = try call.flag("descending")
    let key = try call.optionalFunction("by")
    if key == nil, call.value("xs").kind != "list", let tensor = call.value("xs").asTensor {
      return .tensor(try tensor.sorted(axis: try call.integer("axis"), descending: isDescending))
    }
    if let key, let sorted = try sortedNumbers(call, by: key, descending: isDescending) {
      return sorted
    }
    let items = try call.elements("xs")
    let keys = try key.map { key in try items.map { try call.invoke(key, $0) } } ?? items
    var sorted = Collector()
    for position in try order(of: keys, descending: isDescending) {
      sorted.append(items[position])
    }
    return try sorted.value()
  }

  /// The positions of keys in order.
  private static func order(of keys: [Value], descending isDescending: Bool) throws -> [Int] {
    if let numbers = all(keys, { if case .number(let x) = $0 { x } else { $0.asNumber } }) {
      return radixOrder(of: numbers, descending: isDescending)
    }
    if let texts = all(keys, \.asText) {
      return stableOrder(texts.count) { a, b in
        isDescending ? texts[a] > texts[b] : texts[a] < texts[b]
      }
    }
    throw Failure(
      "L401", "only numbers, or only texts, can be put in order", argument: "xs",
      help: "sort by a function of the items: `sort(xs, by: x => x.size)`")
  }

  /// A vector by keys that are numbers, without a value per element; nil for anything else.
  private static func sortedNumbers(
    _ call: BuiltinCall, by key: FunctionObject, descending: Bool
  ) throws -> Value? {
    guard let numbers = (call.value("xs").object as? TensorObject)?.tensor.vector,
      !numbers.isEmpty
    else { return nil }
    var keys: [Double] = []
    keys.reserveCapacity(numbers.count)
    var others: [Value] = []
    for number in numbers {
      let value = try call.invoke(key, .number(number))
      if others.isEmpty, case .number(let x) = value {
        keys.append(x)
      } else {
        // Texts, for instance: all keys as values.
        if others.isEmpty { others = keys.map(Value.number) }
        others.append(value)
      }
    }
    let order = try others.isEmpty
      ? radixOrder(of: keys, descending: descending)
      : order(of: others, descending: descending)
    return .vector(order.map { numbers[$0] })
  }

  private static func all<Key>(_ values: [Value], _ read: (Value) -> Key?) -> [Key]? {
    let keys = values.compactMap(read)
    return keys.count == values.count ? keys : nil
  }

  private static func stableOrder(_ count: Int, _ precedes: (Int, Int) -> Bool) -> [Int] {
    (0..<count).sorted { a, b in precedes(a, b) || (!precedes(b, a) && a < b) }
  }
}
