// A table: named columns of numbers or texts, as a CSV file gives it. Models see its numeric
// columns as a matrix.

import LatentTensor

/// Named columns of equal length.
public struct Table: Sendable {
  public enum Values: Sendable {
    case numbers(Tensor)
    case texts([String])
  }

  public struct Column: Sendable {
    public var name: String
    public var values: Values

    public init(name: String, _ values: Values) {
      self.name = name
      self.values = values
    }

    public var isNumeric: Bool {
      if case .numbers = values { true } else { false }
    }
  }

  public private(set) var columns: [Column]
  public private(set) var rows: Int

  /// - Precondition: every column has `rows` elements.
  public init(columns: [Column], rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  /// The columns of a matrix (or a vector as one column), called `column0`, … unless named.
  public init(_ matrix: Tensor, columns names: [String]? = nil) throws {
    guard matrix.rank == 1 || matrix.rank == 2 else {
      throw Failure(
        .values, "a tensor of shape \(Shape.text(matrix.shape)) is no table", argument: nil,
        help: "`reshape` it to rows and columns")
    }
    let width = matrix.rank == 2 ? matrix.shape[1] : 1
    if let names, names.count != width {
      throw Failure(
        .values, "\(names.count) names for \(width) columns", argument: "columns", helps: [])
    }
    let body = matrix.rank == 2 ? matrix : matrix.reshaped([matrix.count, 1])
    columns = try (0..<width).map { position in
      Column(
        name: names.map { $0[position] } ?? "column\(position)",
        .numbers(try body.selecting([.all, .index(position)])))
    }
    rows = body.shape[0]
  }

  public var names: [String] { columns.map(\.name) }

  /// The column of a name, or nil.
  public subscript(name: String) -> Values? { columns.first { $0.name == name }?.values }

  /// A table of some rows, by position from the front.
  public func selecting(rows positions: [Int]) throws -> Table {
    let chosen = try columns.map { column in
      switch column.values {
      case .numbers(let numbers):
        Column(name: column.name, .numbers(try numbers.selecting([.positions(positions)])))
      case .texts(let texts):
        Column(
          name: column.name,
          .texts(
            try positions.map { position in
              guard texts.indices.contains(position) else {
                throw Failure(
                  .column, "row \(position) of a table of \(rows) rows", argument: nil, helps: [])
              }
              return texts[position]
            }))
      }
    }
    return Table(columns: chosen, rows: positions.count)
  }

  /// The numeric columns side by side, n × d.
  ///
  /// - Parameters:
  ///   - names: the columns to take, in this order; all numeric ones if nil.
  ///   - except: columns to leave out.
  public func matrix(columns names: [String]? = nil, except: [String] = []) throws -> Tensor {
    for name in except where self[name] == nil { throw missing(name, argument: "except") }
    let chosen: [Column]
    if let names {
      chosen = try names.map { name in
        guard let column = columns.first(where: { $0.name == name }) else {
          throw missing(name, argument: "columns")
        }
        guard column.isNumeric else { throw notNumeric(column) }
        return column
      }
    } else {
      chosen = columns.filter(\.isNumeric)
    }
    let vectors = chosen.compactMap { column -> Tensor? in
      guard !except.contains(column.name), case .numbers(let numbers) = column.values else {
        return nil
      }
      return numbers
    }
    guard !vectors.isEmpty else {
      throw Failure(
        .column, "no numeric column is left", argument: "t",
        help: "the table has \(list(self.names))")
    }
    return try Tensor.stack(vectors, axis: 1)
  }

  private func missing(_ name: String, argument: String) -> Failure {
    Failure(
      .column, "the table has no column `\(name)`", argument: argument,
      help: "it has \(list(names))")
  }

  private func notNumeric(_ column: Column) -> Failure {
    var example = ""
    if case .texts(let texts) = column.values,
      let odd = texts.firstIndex(where: { Double($0) == nil && !$0.isEmpty && $0 != "NA" })
    {
      example = ", for example \"\(texts[odd].prefix(40))\" in row \(odd)"
    }
    return Failure(
      .column, "the column `\(column.name)` holds texts\(example)", argument: "columns", helps: [])
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
    return names.count > 12 ? "\(shown) and \(names.count - 12) more" : shown
  }
}
