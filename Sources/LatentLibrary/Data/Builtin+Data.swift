// Reading data, the sets of the package, and what is done to data before a model sees them.

import LatentData
import LatentLanguage
import LatentTensor

extension Builtin {
  static let dataSection: [Builtin] = [
    load, stream, mnist,
    packaged(
      "faithful", "272 eruptions of the geyser Old Faithful: duration and waiting time in minutes.",
      shape: "[272, 2]", PackagedSet.faithful),
    packaged(
      "iris", "150 irises of three species (`y`): four lengths in cm.", shape: "[150, 4]",
      PackagedSet.iris),
    packaged(
      "usarrests", "Arrests per 100,000 residents in the 50 states (`y`) of the USA in 1973.",
      shape: "[50, 4]", PackagedSet.usarrests),
    packaged(
      "digits", "1797 handwritten digits (`y`) of 8 × 8 pixels in [0, 1].", shape: "[1797, 64]",
      PackagedSet.digits),
    standardize, binarize, holdout, matrix,
  ]

  private static let load = Builtin(
    "load", in: .data,
    help: """
      Reads a file by its extension: .csv and .tsv give a table, .npy and IDX files (`…-ubyte`) a \
      tensor, .npz and .safetensors a record of tensors, .txt a matrix of numbers; .safetensors \
      files of `save` the model or distribution that was saved. Each may be gzipped. A model block \
      in a file may compute, but neither read, write nor print.
      """,
    parameters: [.text("path", "The file, relative to the directory the program runs in.")],
    returns: .any
  ) { call in
    let path = try call.text("path")
    if path.lowercased().hasSuffix(".safetensors") {
      let file = try Safetensors(reading: path)
      return try SavedFile.value(of: file, in: call.runtime)
        ?? .record(file.tensors.map { ($0.name, .tensor($0.tensor)) })
    }
    switch try DataFile.load(path) {
    case .tensor(let tensor): return .object(TensorObject(tensor))
    case .table(let table): return .object(TableObject(table))
    case .record(let arrays): return .record(arrays.map { ($0.name, .tensor($0.tensor)) })
    }
  }

  private static let stream = Builtin(
    "stream", in: .data,
    help: "The rows of an .npy file without reading it into memory: `fit(mixture(), stream(path), "
      + "batch: 10000)` learns from data of any size, and `s[0..<100]` is a tensor of rows.",
    parameters: [.text("path", "A matrix of numbers in row-major order.")],
    returns: .any
  ) { call in .object(StreamObject(try NPYRows(path: try call.text("path")))) }

  private static let mnist = Builtin(
    "mnist", in: .data,
    help: "Images and labels of MNIST, or of any set distributed in its four files: `(x: n × 784 "
      + "in [0, 1], y: n)`.",
    parameters: [
      .text("directory", "A directory with the four IDX files, gzipped or not."),
      .choice("part", ["train", "test"], default: "train", "Which half."),
    ], returns: .record
  ) { call in
    let part: ImageSet.Part = try call.text("part") == "test" ? .test : .train
    let set = try ImageSet.mnist(directory: try call.text("directory"), part: part)
    return .record([("x", .object(TensorObject(set.x))), ("y", .object(TensorObject(set.y)))])
  }

  private static func packaged(
    _ name: String, _ help: String, shape: String,
    _ read: @escaping @Sendable () throws -> PackagedSet
  ) -> Builtin {
    Builtin(
      name, in: .data, help: help + " `(x:, y:, names:)`, inside the package.",
      returns: .record, examples: ["\(name)().x.shape  #=> \(shape)"]
    ) { _ in
      let set = try read()
      let labels: Value =
        switch set.y {
        case .numbers(let numbers): .object(TensorObject(numbers))
        case .texts(let texts): .list(texts.map { .text($0) })
        case nil: .nothing
        }
      return .record([
        ("x", .object(TensorObject(set.x))), ("y", labels),
        ("names", .list(set.names.map { .text($0) })),
      ])
    }
  }

  private static let standardize = Builtin(
    "standardize", in: .data,
    help: "Every column with mean 0 and variance 1 (dividing by n). Missing values stay and do not "
      + "count; constant columns become 0.",
    parameters: [.data("x", "A matrix, a vector, or a table (its numeric columns).")],
    returns: .tensor, examples: ["standardize([1, 3])  #=> [-1, 1]"]
  ) { call in .tensor(try Preparation.standardize(try call.dataMatrix("x"))) }

  private static let binarize = Builtin(
    "binarize", in: .data,
    help: "One Bernoulli draw for every element, which is its probability of being 1.",
    parameters: [.data("x", "Probabilities, such as grey values in [0, 1]."), .seed],
    returns: .tensor, examples: ["binarize([0, 1, 0, 1])  #=> [0, 1, 0, 1]"]
  ) { call in
    .tensor(
      try Preparation.binarize(try call.dataMatrix("x"), from: Philox(try call.randomKey())))
  }

  private static let holdout = Builtin(
    "holdout", in: .data,
    help: "Sets rows aside at random: `(train:, test:)`, each in the old order. Of a record, all "
      + "fields with as many rows are parted alike.",
    parameters: [
      .data("x", "A tensor, table, list, or record of them."),
      .number("fraction", .open(0, 1), default: 0.2, "The part of the rows that is held out."),
      .seed,
    ], returns: .record, examples: ["holdout(0..<10, fraction: 0.3).test |> len  #=> 3"]
  ) { call in
    let x = call.value("x")
    let rows = try call.rows(of: x)
    let (train, test) = try Preparation.holdout(
      rows: rows, fraction: try call.number("fraction"), from: Philox(try call.randomKey()))
    return .record([
      ("train", try call.selecting(train, of: x, rows: rows)),
      ("test", try call.selecting(test, of: x, rows: rows)),
    ])
  }

  private static let matrix = Builtin(
    "matrix", in: .data,
    help: "The numeric columns of a table as an n × d tensor; empty cells are nan.",
    parameters: [
      .object("t", ["table"], "A table."),
      .list("columns", default: .nothing, "The names of the columns to take, in this order."),
      .list("except", default: .nothing, "The names of columns to leave out."),
    ], returns: .tensor
  ) { call in
    let table = try call.object("t", as: TableObject.self).table
    let columns = call.has("columns") ? try call.texts("columns") : nil
    return .tensor(
      try table.matrix(
        columns: columns, except: call.has("except") ? try call.texts("except") : []))
  }
}

extension BuiltinCall {
  /// A list of texts.
  fileprivate func texts(_ name: String) throws -> [String] {
    try list(name).map { item in
      guard let text = item.asText else {
        throw Failure(
          "L402", "`\(name)` holds \(item.kindPhrase), not only texts", argument: name)
      }
      return text
    }
  }

  /// Data as one tensor: a tensor as it is, a table's numeric columns, a record's field `x`.
  public func dataMatrix(_ name: String) throws -> Tensor {
    let value = self.value(name)
    if let table = (value.object as? TableObject)?.table { return try table.matrix() }
    if let record = value.asRecord {
      guard let field = record.fields["x"] else {
        throw Failure(
          "L402", "the record has no field `x`", argument: name,
          help: "name the field to take, as in `r.\(record.fields.keys.first ?? "x")`")
      }
      if let table = (field.object as? TableObject)?.table { return try table.matrix() }
      if let tensor = field.asTensor { return tensor }
    }
    if let tensor = value.asTensor { return tensor }
    throw Failure(
      "L402", "`\(name)` is \(value.kindPhrase) without numbers", argument: name)
  }

  /// The number of rows of data; of a record, of its first field that has rows.
  fileprivate func rows(of value: Value) throws -> Int {
    if let record = value.asRecord {
      for field in record.fields.values {
        if let length = field.object?.length, field.asText == nil { return length }
      }
    } else if let length = value.object?.length {
      return length
    }
    throw Failure("L402", "\(value.kindPhrase) has no rows to part", argument: "x")
  }

  /// Some rows of data.
  fileprivate func selecting(_ rows: [Int], of value: Value, rows count: Int) throws -> Value {
    if let table = (value.object as? TableObject)?.table {
      return .object(TableObject(try table.selecting(rows: rows)))
    }
    if let list = value.asList { return .list(rows.map { list[$0] }) }
    if let record = value.asRecord {
      return .record(
        try record.fields.map { name, field in
          let fits = field.object?.length == count && field.asText == nil
          return (name, fits ? try selecting(rows, of: field, rows: count) : field)
        })
    }
    guard let tensor = value.asTensor, tensor.rank > 0 else { return value }
    return .object(TensorObject(try tensor.selecting([.positions(rows)])))
  }
}
