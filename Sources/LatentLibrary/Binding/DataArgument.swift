// What counts as data: a tensor, a vector, a table, or a record with a field `x`.

import LatentLanguage
import LatentModels
import LatentSyntax
import LatentTensor

extension BuiltinCall {
  /// The argument as a rows × columns matrix.
  ///
  /// A vector is one datum where the model knows its data to be as wide as the vector is long, and
  /// else a column of numbers. A record gives its field `x`; a table its numeric columns.
  func dataMatrix(_ name: String, columns: Int? = nil) throws -> Tensor {
    do {
      return try matrix(value(name), name, columns: columns)
    } catch var failure as Failure {
      failure.argument = failure.argument ?? name
      throw failure
    }
  }

  func optionalDataMatrix(_ name: String, columns: Int? = nil) throws -> Tensor? {
    has(name) ? try dataMatrix(name, columns: columns) : nil
  }

  /// The argument as rows of `x`, with those other tensors of a record beside them that have as many
  /// rows: what else a record holds (names, settings) is not for the model.
  func dataSet(_ name: String, columns: Int? = nil) throws -> DataSet {
    var set = DataSet(x: try dataMatrix(name, columns: columns))
    guard let record = value(name).asRecord else { return set }
    for (field, value) in record.fields where field != "x" {
      guard let tensor = value.asTensor, tensor.shape.first == set.x.shape.first else { continue }
      set.others.append((field, tensor))
    }
    return set
  }

  private func matrix(_ value: Value, _ name: String, columns: Int?) throws -> Tensor {
    if let record = value.asRecord {
      guard let field = record.fields["x"] else {
        throw Failure(
          "L511",
          "a record of data needs a field `x`, but this one has "
            + record.memberNames.map { "`\($0)`" }.joined(separator: ", "), argument: name,
          help: "name the data: `(x: …)`")
      }
      return try matrix(field, name, columns: columns)
    }
    if let table = value.object as? TableObject {
      let texts = table.table.columns.filter { !$0.isNumeric }.map { "`\($0.name)`" }
      if !texts.isEmpty, texts.count < table.table.columns.count {
        runtime.console.report(
          Diagnostic(
            "L515",
            "\(texts.joined(separator: ", ")) of the table \(texts.count == 1 ? "holds" : "hold") texts "
              + "and \(texts.count == 1 ? "is" : "are") left out",
            severity: .warning, at: place(of: name),
            helps: ["choose the columns yourself: `matrix(t, columns: [\"a\", \"b\"])`"]))
      }
      return try table.table.matrix()
    }
    if value.object is StreamObject {
      throw Failure(
        "L511", "this needs its data in memory, and a stream is on disk", argument: name,
        help: "take some rows, e.g. `s[0..<10000]`")
    }
    guard let tensor = value.asTensor else {
      throw Failure(
        "L511", "\(value.kindPhrase) cannot serve as data", argument: name,
        help: "data are a tensor (rows × columns), a table, or a record with a field `x`")
    }
    if tensor.rank == 0 { return tensor.reshaped([1, 1]) }
    guard tensor.rank == 1 else { return tensor }
    let isOneDatum = columns == tensor.count && tensor.count > 1
    return tensor.reshaped(isOneDatum ? [1, tensor.count] : [tensor.count, 1])
  }
}

extension RandomKey {
  /// Seed and stream as one key of the engine's generator (the constant is 2⁶⁴/φ).
  var combined: UInt64 { seed &+ UInt64(stream) &* 0x9E37_79B9_7F4A_7C15 }
}
