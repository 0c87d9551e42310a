// Which variables of a block data give values of, and the rows of all of them side by side: what
// every verb makes of a tensor, a table or a record before a block sees it.

import LatentLanguage
import LatentModels
import LatentTensor

import func LatentSyntax.nearest

extension BuiltinCall {
  /// The argument as the rows that a model knows: of a block, all its variables side by side.
  func dataMatrix(_ name: String, of model: any Model) throws -> Tensor {
    guard let block = model as? BlockModel else {
      return try dataMatrix(name, columns: model.columns)
    }
    try block.checkFitted()
    return try rows(name, of: block)
  }

  /// The argument as rows of the variables that a block has bound.
  func rows(_ name: String, of block: BlockModel) throws -> Tensor {
    try placed(name) { try block.rows(of: value(name)) }
  }

  /// What `fit` gives a block: binds the variables that the data name, and gives their rows.
  func bind(_ name: String, to block: BlockModel) throws -> Tensor {
    try placed(name) { try block.bind(value(name)) }
  }

  private func placed(_ name: String, _ body: () throws -> Tensor) throws -> Tensor {
    do { return try body() } catch var failure as Failure {
      failure.argument = name
      throw failure
    }
  }
}

extension BlockModel {
  /// A variable with the values of all rows in its own shape.
  private struct Column {
    var name: String
    var values: Tensor
    /// The shape of one datum.
    var shape: [Int] { Array(values.shape.dropFirst()) }
    var rows: Int { values.shape.first ?? 0 }
  }

  /// Takes the variables that data name as the observed ones.
  ///
  /// - Returns: rows × columns of all of them; a row of a variable that is missing is nan.
  /// - Throws: failures L511 for a variable without data, L512 for shapes or row counts that
  ///   disagree, L513 for numbers that are not finite.
  func bind(_ data: Value) throws -> Tensor {
    let required = BlockPlan.observed(self)
    guard !required.isEmpty else {
      throw Failure("L562", "no variable of `\(name)` is observed")
    }
    let given = try self.given(data)
    for variable in required where given[variable] == nil {
      throw missing(variable, required, data)
    }
    let parameters = Set(declared.map(\.name))
    let names =
      required
      + variables.filter {
        given[$0] != nil && !required.contains($0) && !parameters.contains($0)
      }
    var columns: [Column] = []
    for name in names {
      guard let values = given[name] else { continue }
      columns.append(try column(name, values))
    }
    try check(columns)
    columns = try columns.filter { column in
      let isAbsent = column.values.values.allSatisfy(\.isNaN)
      if isAbsent, required.contains(column.name) {
        throw Failure("L513", "`\(column.name)` is missing (nan) in every row")
      }
      return !isAbsent
    }
    observed = columns.map { Observed(name: $0.name, shape: $0.shape) }
    return sideBySide(columns)
  }

  /// Rows of the observed variables; those that the data do not name are missing throughout.
  func rows(of data: Value) throws -> Tensor {
    let given = try self.given(data)
    var columns: [Column] = []
    for variable in observed {
      if let values = given[variable.name] {
        columns.append(try column(variable.name, values))
      } else if !mayBeMissing(variable.name) {
        throw missing(variable.name, observed.map(\.name), data)
      }
    }
    try check(columns)
    let count = columns.first?.rows ?? 0
    return sideBySide(
      observed.map { variable in
        columns.first { $0.name == variable.name }
          ?? Column(
            name: variable.name,
            values: Tensor(repeating: .nan, shape: [count] + variable.shape))
      })
  }

  /// A variable that has a density can be left to the model.
  private func mayBeMissing(_ name: String) -> Bool {
    observed.count > 1
      && densities.contains { $0.family == "p" && $0.subjects.contains(name) }
  }

  // MARK: Reading

  /// The values of the variables that data name.
  private func given(_ data: Value) throws -> [String: Tensor] {
    let principal = BlockPlan.principal(self) ?? "x"
    var found: [String: Tensor] = [:]
    if let record = data.asRecord {
      for (field, value) in record.fields where variables.contains(field) {
        found[field] = try tensor(value, field)
      }
      guard !found.isEmpty else {
        let fields = record.memberNames.map { "`\($0)`" }.joined(separator: ", ")
        throw Failure(
          "L511",
          "a record of data names the variables of the model, but this one has \(fields)",
          help: example(BlockPlan.observed(self)))
      }
      return found
    }
    if let table = (data.object as? TableObject)?.table {
      for name in variables {
        if case .numbers(let numbers)? = table[name] { found[name] = numbers }
      }
      if found[principal] != nil { return found }
    }
    return [principal: try tensor(data, principal)]
  }

  private func tensor(_ value: Value, _ name: String) throws -> Tensor {
    if let table = (value.object as? TableObject)?.table { return try table.matrix() }
    if value.object is StreamObject {
      throw Failure(
        "L511", "a model block needs its data in memory, and a stream is on disk",
        help: "take some rows, e.g. `s[0..<10000]`")
    }
    guard let tensor = value.asTensor else {
      throw Failure(
        "L511", "`\(name)` of the data must be numbers, not \(value.kindPhrase)",
        help: "data are a tensor (rows × columns), a table, or a record: "
          + "`\(example(observedNames))`")
    }
    return tensor
  }

  private var observedNames: [String] {
    observed.isEmpty ? BlockPlan.observed(self) : observed.map(\.name)
  }

  private func example(_ names: [String]) -> String {
    "(\(names.map { "\($0): …" }.joined(separator: ", ")))"
  }

  private func missing(_ name: String, _ names: [String], _ data: Value) -> Failure {
    let fields = data.asRecord?.memberNames.filter { !variables.contains($0) } ?? []
    var helps = ["give it beside the others: `\(example(names))`"]
    if let near = nearest(to: name, among: fields) {
      helps.insert("the record has `\(near)`: name it `\(name)`", at: 0)
    }
    return Failure("L511", "the data have no `\(name)`", argument: nil, helps: helps)
  }

  /// Rows of a variable in the shape that the block gives it: a vector is rows of numbers, or one
  /// datum of a variable that is a vector.
  private func column(_ name: String, _ tensor: Tensor) throws -> Column {
    var values = tensor
    let wanted = shape(of: name)
    let isPlain = wanted.map { $0.reduce(1, *) == 1 && $0.count < 2 } ?? true
    if values.rank == 0 { values = values.reshaped([1]) }
    if let wanted, !isPlain, values.shape == wanted { values = values.reshaped([1] + wanted) }
    if isPlain, values.rank <= 2, values.rank == 1 || values.shape[1] == 1, wanted != nil {
      values = values.reshaped([values.shape[0]] + (wanted ?? []))
    } else if values.rank == 2, values.shape[1] == 1, wanted == nil {
      values = values.reshaped([values.shape[0]])
    }
    let column = Column(name: name, values: values)
    if let wanted, wanted != column.shape { throw misfit(name, wanted, column.shape) }
    guard values.count > 0 else {
      throw Failure(
        "L511", "`\(name)` of the data has no elements (shape \(Shape.text(values.shape)))")
    }
    return column
  }

  private func misfit(_ variable: String, _ wanted: [Int], _ own: [Int]) -> Failure {
    let density = densities.first { $0.family == "p" && $0.subjects.contains(variable) }
    let title = density?.title ?? variable
    let help = "make the model for these data, or the data for this model"
    if wanted.count == 1, own.count == 1 {
      return Failure(
        "L512", "`\(title)` gives \(wanted[0]) numbers per row but the data have \(own[0])",
        help: help)
    }
    return Failure(
      "L512",
      "a datum of `\(title)` has the shape \(Shape.text(wanted)) but the data have "
        + "\(Shape.text(own)) per row", help: help)
  }

  // MARK: Checks

  private func check(_ columns: [Column]) throws {
    guard let first = columns.first else { return }
    for column in columns where column.rows != first.rows {
      throw Failure(
        "L512",
        "`\(first.name)` has \(plural(first.rows, "row")), but `\(column.name)` has "
          + "\(column.rows)", help: "give one row of each per datum")
    }
    for column in columns {
      let width = max(column.shape.reduce(1, *), 1)
      let values = column.values.values
      for row in 0..<column.rows {
        let datum = values[(row * width)..<((row + 1) * width)]
        guard let wrong = datum.first(where: { !$0.isFinite }) else { continue }
        let isMissing = datum.allSatisfy(\.isNaN)
        if isMissing, columns.count > 1,
          densities.contains(where: {
            $0.family == "p" && $0.subjects.contains(column.name)
          })
        {
          continue
        }
        let canMiss = canMissElements(column.name, columns.map(\.name))
        if canMiss, !datum.contains(where: \.isInfinite) { continue }
        var help =
          canMiss
          ? "a missing value is written `nan`"
          : "drop such rows, e.g. `x[all(isfinite(x), axis: 1)]`; nan is integrated out where no "
            + "density is given `\(column.name)` and no `q` draws"
        if wrong.isNaN, columns.count > 1, width > 1, !isMissing {
          help = "a row of `\(column.name)` is missing as a whole (nan throughout) or not at all"
        }
        throw Failure(
          "L513", "`\(column.name)` holds a value that is not a finite number, in row \(row)",
          help: help)
      }
    }
  }

  private func sideBySide(_ columns: [Column]) -> Tensor {
    let rows = columns.first?.rows ?? 0
    if columns.count == 1, let only = columns.first {
      return only.values.reshaped([rows, only.shape.reduce(1, *)])
    }
    let parts = columns.map { (values: $0.values.values, width: $0.shape.reduce(1, *)) }
    let all = (0..<rows).flatMap { row in
      parts.flatMap { $0.values[(row * $0.width)..<((row + 1) * $0.width)] }
    }
    return Tensor(shape: [rows, parts.reduce(0) { $0 + $1.width }], all)
  }
}
