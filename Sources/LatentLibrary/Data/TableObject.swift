// Tables as values of the language: `t.columns`, `t.rows`, a column as `t.name` or `t["name"]`.

import LatentData
import LatentLanguage
import LatentSyntax
import LatentTensor

public final class TableObject: Object {
  public let table: Table

  public init(_ table: Table) {
    self.table = table
    super.init()
  }

  public override var kind: String { "table" }
  public override var memberNames: [String] { ["columns", "rows", "shape"] + table.names }
  public override var length: Int? { table.rows }

  /// A column called `columns` or `rows` is reached by `t["rows"]`.
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "columns": .list(table.names.map { .text($0) })
    case "rows": .integer(table.rows)
    case "shape": .vector([Double(table.rows), Double(table.columns.count)])
    default: table[name].map(TableObject.value)
    }
  }

  static func value(_ column: Table.Values) -> Value {
    switch column {
    case .numbers(let numbers): .object(TensorObject(numbers))
    case .texts(let texts): .list(texts.map { .text($0) })
    }
  }

  /// A row, as a record.
  public override func element(_ position: Int) throws -> Value {
    .record(
      table.columns.map { column in
        switch column.values {
        case .numbers(let numbers): (column.name, .number(numbers[flat: position]))
        case .texts(let texts): (column.name, .text(texts[position]))
        }
      })
  }

  /// `t["name"]` is a column, `t[["a", "b"]]` a table of columns; a number is a row, ranges,
  /// positions and masks are tables of rows.
  public override func index(_ items: [Subscript]) throws -> Value {
    guard items.count == 1, let item = items.first else {
      throw Failure(
        "L424", "a table takes one index", help: "write `t[\"name\"][row]`, or `matrix(t)[i, j]`")
    }
    if case .value(let value) = item {
      if let name = value.asText { return TableObject.value(try column(name)) }
      if let names = value.asList?.map(\.asText), !names.isEmpty {
        let columns = try names.compactMap { $0 }.map { Table.Column(name: $0, try column($0)) }
        if columns.count == names.count {
          return .object(TableObject(Table(columns: columns, rows: table.rows)))
        }
      }
    }
    let all = Tensor((0..<table.rows).map(Double.init))
    let chosen = try TensorObject(all).index([item])
    if case .number(let row) = chosen, let position = Int(exactly: row) {
      return try element(position)
    }
    let rows = chosen.asTensor?.values.compactMap { Int(exactly: $0) } ?? []
    return .object(TableObject(try table.selecting(rows: rows)))
  }

  private func column(_ name: String) throws -> Table.Values {
    if let values = table[name] { return values }
    let near = nearest(to: name, among: table.names).map { "the nearest name is `\($0)`" }
    throw Failure(
      "L728", "the table has no column `\(name)`",
      help: near ?? "its columns are \(table.names.prefix(12).joined(separator: ", "))")
  }

  public override func isEqual(to other: Object) -> Bool {
    guard let other = (other as? TableObject)?.table, other.names == table.names else {
      return false
    }
    return table.columns.allSatisfy { column in
      switch (column.values, other[column.name]) {
      case (.numbers(let a), .numbers(let b)?): a.values == b.values
      case (.texts(let a), .texts(let b)?): a == b
      default: false
      }
    }
  }

  /// The first rows, in columns, rounded to six digits.
  public override func display(_ style: DisplayStyle) -> String {
    let shown = min(table.rows, style.items, 8)
    var columns = table.columns.map { column in
      [column.name]
        + (0..<shown).map { row in
          switch column.values {
          case .numbers(let numbers): NumberText.rounded(numbers[flat: row])
          case .texts(let texts): texts[row]
          }
        }
    }
    var widths = columns.map { $0.reduce(0) { max($0, $1.count) } }
    var total = 0
    let fitting = widths.prefix { width in
      total += width + 2
      return total <= style.width
    }.count
    if fitting < columns.count {
      columns = columns.prefix(max(fitting - 1, 1)) + [[String](repeating: "…", count: shown + 1)]
      widths = widths.prefix(max(fitting - 1, 1)) + [1]
    }
    let lines = (0...shown).map { row in
      zip(columns, widths).map { column, width in
        String(repeating: " ", count: max(0, width - column[row].count)) + column[row]
      }.joined(separator: "  ")
    }
    let size =
      "table of \(table.rows) row\(table.rows == 1 ? "" : "s"), "
      + "\(table.columns.count) column\(table.columns.count == 1 ? "" : "s")"
    return ([size] + lines + (shown < table.rows ? ["…"] : [])).joined(separator: "\n")
  }
}
