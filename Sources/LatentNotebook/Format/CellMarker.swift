// The line `# %%` that begins a cell: the percent format that editors know, with metadata as
// `key=JSON` pairs behind an optional title.

/// What a cell's first line says.
struct CellMarker: Hashable {
  var kind: Notebook.Cell.Kind = .code
  var title: String?
  var metadata = JSON.Object()

  /// The start of every marker line, at column 0.
  static let sign = "# %%"

  /// The marker that text before the first one goes without.
  init() {}

  /// Reads a line; nil if it is not a marker. After the sign stands the line's end or a space, so
  /// `# %%%` and `# %%timeit` are comments.
  init?(line: Substring) {
    guard line.hasPrefix(Self.sign) else { return nil }
    let rest = line.dropFirst(Self.sign.count)
    guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
    let bytes = Array(rest.utf8)
    let pairs = Self.pairs(in: bytes[...])
    metadata = JSON.Object(pairs.entries)
    var words = String(decoding: bytes[..<pairs.start], as: UTF8.self)
      .split(whereSeparator: { $0 == " " || $0 == "\t" })
    // The kind stands before or after the title; elsewhere its word is part of the title.
    if let kind = words.first.flatMap(Self.kind) {
      self.kind = kind
      words.removeFirst()
    } else if let kind = words.last.flatMap(Self.kind) {
      self.kind = kind
      words.removeLast()
    }
    title = words.isEmpty ? metadata["title"]?.text : words.joined(separator: " ")
  }

  private static func kind(_ word: Substring) -> Notebook.Cell.Kind? {
    switch word {
    case "[markdown]", "[md]": .markdown
    case "[raw]": .raw
    default: nil
    }
  }

  /// The longest run of pairs that reaches the end of the line, and where it begins.
  ///
  /// `Evidence = bound + gap` has none. Candidates are tried from the right, so that each value is
  /// read once however long the line is: a run begins at a candidate whose value is followed by
  /// the end or by a run.
  private static func pairs(
    in bytes: ArraySlice<UInt8>
  ) -> (start: Int, entries: [JSON.Object.Entry]) {
    let space: Set<UInt8> = [0x20, 0x09]
    func afterSpace(_ offset: Int) -> Int {
      bytes[offset...].firstIndex { !space.contains($0) } ?? bytes.endIndex
    }
    let end = afterSpace(bytes.startIndex) == bytes.endIndex ? bytes.startIndex : bytes.endIndex
    /// Where a run begins: its first entry and the place of what follows it.
    var runs: [Int: (entry: JSON.Object.Entry, next: Int)] = [:]
    var start = end
    for candidate in bytes.indices.reversed() {
      let startsWord =
        !space.contains(bytes[candidate])
        && (candidate == bytes.startIndex || space.contains(bytes[candidate - 1]))
      guard startsWord, let (entry, stop) = pair(in: bytes, at: candidate) else { continue }
      let next = afterSpace(stop)
      guard next == bytes.endIndex || (next > stop && runs[next] != nil) else { continue }
      runs[candidate] = (entry, next)
      start = candidate
    }
    // A candidate inside a text value may look like a run of its own; the leftmost one holds it.
    var entries: [JSON.Object.Entry] = []
    var place = start
    while let run = runs[place] {
      entries.append(run.entry)
      place = run.next
    }
    return (start, entries)
  }

  /// `key=JSON` at a place, and where it ends. A key is made of letters, digits, `_`, `-`, `.`.
  private static func pair(
    in bytes: ArraySlice<UInt8>, at start: Int
  ) -> (JSON.Object.Entry, stop: Int)? {
    guard let equals = bytes[start...].firstIndex(where: { !isKey($0) }), equals > start,
      bytes[equals] == UInt8(ascii: "="), bytes.indices.contains(equals + 1),
      bytes[equals + 1] != 0x20, bytes[equals + 1] != 0x09
    else { return nil }
    var reader = JSONReader(bytes, from: equals + 1)
    guard let value = reader.value() else { return nil }
    let key = String(decoding: bytes[start..<equals], as: UTF8.self)
    return (JSON.Object.Entry(key, value), reader.offset)
  }

  private static func isKey(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}
