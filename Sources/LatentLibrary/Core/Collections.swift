// Lists and records: their length, their parts, functions over their items.

import LatentLanguage
import LatentTensor

extension Builtin {
  static let collections: [Builtin] = [
    Builtin(
      "len", in: .collections,
      help: "The number of items, characters, fields, or rows (of a tensor's first axis).",
      parameters: [.sequence("x")], returns: .number,
      examples: ["len([4, 5, 6])  #=> 3", "len(\"añb\")  #=> 3", "len((a: 1))  #=> 1"]
    ) { call in .integer(call.value("x").object?.length ?? 0) },
    Builtin(
      "map", in: .collections, help: "The function of every item.",
      parameters: [.sequence("xs"), .function("f")], returns: .list,
      examples: [
        "map([1, 2, 3], x => x^2)  #=> [1, 4, 9]", "map([\"a\"], upper)  #=> [\"A\"]",
      ]
    ) { call in
      let f = try call.function("f")
      return try .collected(try call.elements("xs").map { try call.invoke(f, [$0]) })
    },
    Builtin(
      "filter", in: .collections, help: "The items for which the function is true.",
      parameters: [.sequence("xs"), .function("f")], returns: .list,
      examples: ["filter(1...6, n => n % 2 == 0)  #=> [2, 4, 6]"]
    ) { call in
      let f = try call.function("f")
      return try .collected(
        try call.elements("xs").filter { item in
          let keep = try call.invoke(f, [item])
          guard let keep = keep.asBool else {
            throw Failure(
              "L406", "the function of `filter` must give true or false, not \(keep.kindPhrase)",
              argument: "f")
          }
          return keep
        })
    },
    Builtin(
      "reduce", in: .collections,
      help: "Combines the items from the left: f(f(f(start, x0), x1), x2) and so on.",
      parameters: [
        .sequence("xs"), .function("f"),
        .any("start", default: nil, "Without it the first item is the start."),
      ],
      examples: [
        "reduce([1, 2, 3], (a, b) => a + b)  #=> 6", "reduce([], (a, b) => a + b, 0)  #=> 0",
      ]
    ) { call in
      let f = try call.function("f")
      var items = try call.elements("xs")[...]
      var result = call.value("start")
      if result.isNothing {
        guard let first = items.popFirst() else {
          throw Failure(
            "L402", "there is nothing to reduce", argument: "xs",
            help: "give a `start`: `reduce(xs, f, 0)`")
        }
        result = first
      }
      for item in items { result = try call.invoke(f, [result, item]) }
      return result
    },
    Builtin(
      "append", in: .collections, help: "The items with one more at the end.",
      parameters: [.sequence("xs"), .any("x")], returns: .list,
      examples: ["append([1, 2], 3)  #=> [1, 2, 3]", "append([], \"a\")  #=> [\"a\"]"]
    ) { call in
      if call.value("xs").asText != nil {
        throw Failure("L402", "texts are joined with `+`", argument: "xs")
      }
      if let vector = (call.value("xs").object as? TensorObject)?.tensor, vector.rank == 1,
        !vector.isMask, case .number(let number) = call.value("x")
      {
        return .vector(vector.values + [number])
      }
      return try .collected(try call.elements("xs") + [call.value("x")])
    },
    Builtin(
      "keys", in: .collections, help: "The names of a record's fields.",
      parameters: [.object("r", ["record", "table"])], returns: .list,
      examples: ["keys((a: 1, b: 2))  #=> [\"a\", \"b\"]"]
    ) { call in
      .list((call.value("r").object?.memberNames ?? []).map(Value.text))
    },
    Builtin(
      "values", in: .collections, help: "The values of a record's fields.",
      parameters: [.record("r")], returns: .list,
      examples: ["values((a: 1, b: \"x\"))  #=> [1, \"x\"]"]
    ) { call in .list(Array(try call.record("r").fields.values)) },
  ]
}
