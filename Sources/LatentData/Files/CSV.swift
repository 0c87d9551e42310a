// Text tables. SwiftCSV splits lines and quotes; what it lets pass (ragged rows, an open quote,
// no word about where) is checked here, with the line number.

import LatentTensor
import SwiftCSV

extension DataFile {
  /// A row of cells and the line it starts on.
  private struct Row {
    var line: Int
    var cells: [String]
  }

  /// A table from text with a header line. A first line of numbers only is data, and the columns
  /// are then called `column0`, `column1`, …
  static func csv(_ file: FileBytes, delimiter: Character) throws -> Table {
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw Failure(
        .format, "`\(file.path)` is not UTF-8 text",
        help: "convert it: iconv -f latin1 -t utf8 OLD > NEW")
    }
    var rows = try rows(text, delimiter, file.path)
    while rows.last?.cells == [""] { rows.removeLast() }
    guard let first = rows.first else {
      throw Failure(.table, "`\(file.path)` is empty", help: "the first line names the columns")
    }
    let width = first.cells.count
    // In a table of several columns a blank line is no row; of one column, a missing value.
    if width > 1 { rows.removeAll { $0.cells == [""] } }
    let isData = first.cells.allSatisfy { number($0)?.isNaN == false }
    let names = isData ? first.cells.indices.map { "column\($0)" } : columnNames(first.cells)
    let body = isData ? rows[...] : rows.dropFirst()
    if let ragged = body.first(where: { $0.cells.count != width }) {
      throw Failure(
        .table,
        "line \(ragged.line) of `\(file.path)` has \(ragged.cells.count) "
          + "cell\(ragged.cells.count == 1 ? "" : "s") where the first line has \(width)",
        help: "a cell that holds a delimiter is written in double quotes")
    }
    return Table(
      columns: names.enumerated().map { position, name in
        Table.Column(name: name, column(body.map { $0.cells[position] }))
      }, rows: body.count)
  }

  private static func rows(
    _ text: String, _ delimiter: Character, _ path: String
  ) throws -> [Row] {
    // The last line tells an open quote from the end of the file; it also completes the line
    // before it, whose last cell SwiftCSV would drop if it were empty.
    let sentinel = "\u{1}end of table\u{1}"
    let whole = text + (text.last?.isNewline == true ? "" : "\n") + sentinel
    var rows: [Row] = []
    var line = 1
    do {
      let parser = try EnumeratedCSV(
        string: whole, delimiter: .character(delimiter), loadColumns: false, rowLimit: 0)
      try parser.enumerateAsArray(startAt: 0, rowLimit: nil) { cells in
        rows.append(Row(line: line, cells: cells))
        line += 1 + cells.reduce(0) { $0 + $1.count(where: \.isNewline) }
      }
    } catch CSVParseError.quotation(_), CSVParseError.generic(_) {
      throw Failure(
        .table, "line \(line) of `\(path)` has a double quote inside a cell",
        help: "a cell with quotes is written in quotes, with its own doubled: \"say \"\"hi\"\"\"")
    }
    guard let last = rows.popLast(), last.cells == [sentinel] else {
      throw Failure(
        .table,
        "a double quote opened near line \(max(rows.last?.line ?? 1, 1)) of `\(path)` is not closed",
        help: "every quoted cell ends in a double quote")
    }
    return rows
  }

  /// Header names, completed and made distinct: `x, x,` → `x`, `x_2`, `column2`.
  private static func columnNames(_ cells: [String]) -> [String] {
    var seen: Set<String> = []
    return cells.enumerated().map { position, cell in
      let base = cell.isEmpty ? "column\(position)" : cell
      var name = base
      var copy = 2
      while !seen.insert(name).inserted {
        name = "\(base)_\(copy)"
        copy += 1
      }
      return name
    }
  }

  /// Numbers where every cell is a number or missing, else texts.
  private static func column(_ cells: [String]) -> Table.Values {
    var numbers: [Double] = []
    numbers.reserveCapacity(cells.count)
    for cell in cells {
      guard let number = number(cell) else { return .texts(cells) }
      numbers.append(number)
    }
    return .numbers(Tensor(numbers))
  }

  /// The number of a cell; nan where it is empty or says that the value is missing.
  private static func number(_ cell: String) -> Double? {
    let trimmed = cell.drop { $0 == " " }
    let digits = trimmed.lastIndex { $0 != " " }.map { trimmed[...$0] } ?? ""
    if digits.isEmpty || digits == "NA" { return .nan }
    // Swift reads hexadecimal too, which in a table is an identifier.
    if digits.contains("x") || digits.contains("X") { return nil }
    return Double(digits)
  }

  /// A matrix from lines of numbers between blanks.
  static func whitespaceTable(_ file: FileBytes) throws -> Tensor {
    var values: [Double] = []
    var width: Int?
    var rows = 0
    for (position, line) in file.bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      if words.isEmpty { continue }
      for word in words {
        guard let value = number(String(word)) else {
          throw Failure(
            .table,
            "line \(position + 1) of `\(file.path)`: \"\(word.prefix(40))\" is not a number",
            help: "a table with a header or texts is read from .csv or .tsv")
        }
        values.append(value)
      }
      guard words.count == width ?? words.count else {
        throw Failure(
          .table,
          "line \(position + 1) of `\(file.path)` has \(words.count) numbers where the first has "
            + "\(width ?? 0)")
      }
      width = words.count
      rows += 1
    }
    guard let width else { throw Failure(.table, "`\(file.path)` is empty") }
    return Tensor(shape: [rows, width], values)
  }

  /// A table as text; missing numbers are empty cells.
  static func csvText(_ table: Table, delimiter: Character) -> String {
    func cell(_ text: String) -> String {
      let special = text.contains { $0 == delimiter || $0 == "\"" || $0.isNewline }
      return special ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    let separator = String(delimiter)
    var text = table.columns.map { cell($0.name) }.joined(separator: separator) + "\n"
    for row in 0..<table.rows {
      let cells = table.columns.map { column in
        switch column.values {
        case .texts(let texts): cell(texts[row])
        case .numbers(let numbers):
          numbers[flat: row].isNaN ? "" : NumberText.shortest(numbers[flat: row])
        }
      }
      text += cells.joined(separator: separator) + "\n"
    }
    return text
  }
}
