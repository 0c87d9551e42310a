// Reading data by the extension of the file.

import LatentTensor

/// A data file read into memory.
public enum DataFile {
  /// What a file may hold.
  public enum Contents: Sendable {
    case tensor(Tensor)
    case table(Table)
    /// Named arrays, in the order of the file.
    case record([(name: String, tensor: Tensor)])
  }

  private enum Format {
    case csv(Character)
    case whitespace, npy, npz, idx, safetensors

    init?(_ name: String) {
      let lower = name.lowercased()
      let bare = lower.hasSuffix(".gz") ? String(lower.dropLast(3)) : lower
      if bare.hasSuffix("-ubyte") || bare.hasSuffix(".idx") {
        self = .idx
        return
      }
      switch bare.split(separator: ".").last.map(String.init) {
      case "csv" where bare.contains("."): self = .csv(",")
      case "tsv" where bare.contains("."): self = .csv("\t")
      case "txt" where bare.contains("."), "dat" where bare.contains("."): self = .whitespace
      case "npy" where bare.contains("."): self = .npy
      case "npz" where bare.contains("."): self = .npz
      case "safetensors" where bare.contains("."): self = .safetensors
      default: return nil
      }
    }
  }

  /// Reads a file: `.csv` and `.tsv` give a table, `.npy` and IDX (`…-ubyte`) a tensor, `.npz`
  /// and `.safetensors` named tensors, `.txt` and `.dat` the numbers of a table without header. Each may be gzipped.
  ///
  /// - Throws: A `Failure` of `DataFailure`, or `L427` where a header asks for too much memory.
  public static func load(_ path: String) throws -> Contents {
    guard let format = Format(path.split(separator: "/").last.map(String.init) ?? "") else {
      // A wrong path is the likelier mistake when there is no file at all.
      if !FileBytes.exists(path) { _ = try FileBytes(reading: path) }
      throw Failure(
        .format, "the name of `\(path)` does not say what the file holds",
        help:
          "files end in .csv, .tsv, .txt, .npy, .npz, .safetensors or -ubyte, gzipped ones in .gz "
          + "as well")
    }
    let file = try FileBytes(reading: path)
    switch format {
    case .csv(let delimiter): return .table(try csv(file, delimiter: delimiter))
    case .whitespace: return .tensor(try whitespaceTable(file))
    case .npy: return .tensor(try npy(file))
    case .npz: return .record(try npz(file))
    case .idx: return .tensor(try idx(file))
    case .safetensors: return .record(try Safetensors(file).tensors)
    }
  }

  /// Writes a tensor as `.npy`, or as `.csv` with a header when it is a matrix.
  public static func save(
    _ tensor: Tensor, to path: String, columns: [String]? = nil
  ) throws {
    let lower = path.lowercased()
    if lower.hasSuffix(".npy") { return try FileBytes.store(npyBytes(tensor), at: path) }
    guard lower.hasSuffix(".csv") || lower.hasSuffix(".tsv") else {
      throw Failure(
        .format, "the name of `\(path)` does not say how to write a tensor",
        help: "names end in .npy, .csv or .tsv")
    }
    try save(Table(tensor, columns: columns), to: path)
  }

  /// Writes a table as `.csv` or `.tsv`.
  public static func save(_ table: Table, to path: String) throws {
    let lower = path.lowercased()
    guard lower.hasSuffix(".csv") || lower.hasSuffix(".tsv") else {
      throw Failure(
        .format, "the name of `\(path)` does not say how to write a table",
        help: "names end in .csv or .tsv")
    }
    let text = csvText(table, delimiter: lower.hasSuffix(".tsv") ? "\t" : ",")
    try FileBytes.store(Array(text.utf8), at: path)
  }
}
