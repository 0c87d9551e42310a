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
    ) { call in .integer(call.value("x").length ?? 0) },
    Builtin(
      "map", in: .collections, help: "The function of every item.",
      parameters: [.sequence("xs"), .function("f")], returns: .list,
      examples: [
        "map([1, 2, 3], x => x^2)  #=> [1, 4, 9]", "map([\"a\"], upper)  #=> [\"A\"]",
      ]
    ) { call in
      let f = try call.function("f")
      var results = Collector()
      try call.forEach("xs") { results.append(try call.invoke(f, $0)) }
      return try results.value()
    },
    Builtin(
      "filter", in: .collections, help: "The items for which the function is true.",
      parameters: [.sequence("xs"), .function("f")], returns: .list,
      examples: ["filter(1...6, n => n % 2 == 0)  #=> [2, 4, 6]"]
    ) { call in
      let f = try call.function("f")
      var kept: [Value] = []
      try call.forEach("xs") { item in
        let answer = try call.invoke(f, item)
        guard let keep = answer.asBool else {
          throw Failure(
            "L406", "the function of `filter` must give true or false, not \(answer.kindPhrase)",
            argument: "f", help: "compare: `filter(xs, x => x > 0)`")
        }
        if keep { kept.append(item) }
      }
      return try .collected(kept)
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
      var result = call.has("start") ? call.value("start") : nil
      try call.forEach("xs") { item in
        result = try result.map { try call.invoke(f, [$0, item]) } ?? item
      }
      guard let result else {
        throw Failure(
          "L402", "there is nothing to reduce", argument: "xs",
          help: "give a `start`: `reduce(xs, f, 0)`")
      }
      return result
    },
    Builtin(
      "append", in: .collections, help: "The items with one more at the end.",
      parameters: [.sequence("xs"), .any("x")], returns: .list,
      examples: ["append([1, 2], 3)  #=> [1, 2, 3]", "append([], \"a\")  #=> [\"a\"]"],
      isAppending: true
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
