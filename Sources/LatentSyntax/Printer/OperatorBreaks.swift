// Where a part that is too long for its line is broken between its brackets: at its operators, the
// loosest first. The breaks are marked in the pieces as though the author had written them, so
// that the printer has one way to end a line, and a second run finds nothing left to do.

/// Breaks one statement, or one item of a broken bracket.
struct OperatorBreaks {
  let container: Printer.Container
  /// The column at which the part begins.
  let start: Int
  /// That of the lines the part goes on in.
  let indentation: Int
  /// That of the blocks of `if`, `for` and `while`; nil where a block goes with its line.
  let blockIndentation: Int?

  /// How tightly a place holds its two sides together: the bars of a call, the clauses of a
  /// comprehension, `=`, `~` and `=>`, then the operators by their precedence.
  private enum Level: Comparable {
    case bar, clause, definition
    case infix(Precedence)

    /// Each place of this level ends a line; elsewhere only where the line is full.
    var isAll: Bool {
      if case .infix(let precedence) = self { return precedence < .sum }
      return true
    }
  }

  /// A place for a break, before the node at `position`.
  private struct Place {
    var position: Int
    var level: Level
  }

  /// Nodes that share a line; the first may follow the end of a broken bracket.
  private struct Row {
    /// Where it may be broken.
    var places: Range<Int>
    var nodes: Range<Int>
    var start: Int
    var end: Int
  }

  /// What the printer would write.
  private struct Layout {
    var rows: [Row] = []
    /// Brackets with their contents on lines of their own, though their author has them on one.
    var opened: [Int] = []

    var long: [Row] { rows.filter { $0.end > Printer.lineWidth } }
  }

  /// The part with its breaks.
  func marked(_ part: ArraySlice<Node>) -> [Node] {
    var nodes = Array(part)
    let all = places(in: nodes)
    guard !all.isEmpty else { return nodes }
    // Each turn adds a break, and there are only so many places.
    for _ in 0...all.count {
      let long = layout(nodes, opens: false).long
      if long.isEmpty || bracketsSuffice(nodes, all) { break }
      guard
        let found = long.lazy.map({ breaks(in: $0, of: nodes, all) }).first(where: { !$0.isEmpty })
      else { break }
      for position in found { nodes[position].startLine() }
    }
    return nodes
  }

  // MARK: - Places

  private func places(in nodes: [Node]) -> [Place] {
    nodes.indices.dropFirst().compactMap { position in
      let (previous, next) = (nodes[position - 1].last, nodes[position].first)
      guard let level = level(between: previous, next), Printer.goesOn(previous, next, container)
      else { return nil }
      return Place(position: position, level: level)
    }
  }

  private func level(between previous: Piece, _ next: Piece) -> Level? {
    if previous.role == .bar || previous.token.is(.doubleBar) { return .bar }
    if container.bracket == .leftBracket, next.token.is(.for) || next.token.is(.if) {
      return .clause
    }
    // A line begins with `|>`, `and` and `or`, and ends with every other operator.
    switch InfixOperator(next.token) {
    case .pipe: return .infix(.pipe)
    case .and: return .infix(.and)
    case .or: return .infix(.or)
    default: break
    }
    guard previous.role == .infix else { return nil }
    guard let infix = InfixOperator(previous.token) else { return .definition }
    return infix.precedence == .pipe ? nil : .infix(infix.precedence)
  }

  // MARK: - Choice

  /// Whether opening brackets alone makes the part fit, and none that a break could keep closed.
  private func bracketsSuffice(_ nodes: [Node], _ places: [Place]) -> Bool {
    let opened = layout(nodes, opens: true)
    guard opened.long.isEmpty else { return false }
    let definition = places.last { $0.level == .definition }?.position
    let isOneTerm = places.allSatisfy { $0.level == .definition }
    return opened.opened.allSatisfy { position in
      if isOneTerm, position >= definition ?? 0 { return true }
      let start = places.last { $0.position <= position }?.position ?? 0
      let end = places.first { $0.position > position }?.position ?? nodes.endIndex
      let operand = Measure.flat(nodes[start..<end], in: container)
      return indentation + operand.width > Printer.lineWidth
    }
  }

  /// The breaks of the loosest level of a row; none where they would not help.
  private func breaks(in row: Row, of nodes: [Node], _ all: [Place]) -> [Int] {
    let places = all.filter { row.places.contains($0.position) }
    guard let loosest = places.map(\.level).min() else { return [] }
    let inner = places.filter { $0.level > .definition }
    let innermost = inner.map(\.level).min()
    if loosest == .definition, let last = places.last(where: { $0.level == .definition }) {
      let value = Measure.flat(nodes[last.position..<row.nodes.upperBound], in: container)
      let isPipe = innermost == .infix(.pipe)
      let fits = indentation + value.width <= Printer.lineWidth
      if !isPipe, fits || innermost != nil { return [last.position] }
    }
    guard let level = loosest == .definition ? innermost : loosest else { return [] }
    let positions = places.filter { $0.level == level }.map(\.position)
    return level.isAll ? positions : filled(row, of: nodes, positions)
  }

  /// Of the places of a row those where the line is full.
  private func filled(_ row: Row, of nodes: [Node], _ positions: [Int]) -> [Int] {
    guard let first = positions.first else { return [] }
    var breaks: [Int] = []
    let ends = positions.dropFirst() + [row.nodes.upperBound]
    let rest = Measure.flat(nodes[first..<row.nodes.upperBound], in: container)
    var column = row.end - rest.width - 1
    for (start, end) in zip(positions, ends) {
      let width = Measure.flat(nodes[start..<end], in: container).width
      if column + 1 + width > Printer.lineWidth {
        breaks.append(start)
        column = indentation + width
      } else {
        column += 1 + width
      }
    }
    return breaks
  }

  // MARK: - Measuring

  /// The rows of a part as it stands.
  ///
  /// - Parameter opens: Whether `(` and `[` are opened where they do not fit; blocks always are.
  private func layout(_ nodes: [Node], opens: Bool) -> Layout {
    var layout = Layout()
    var margin = start
    var row = Row(places: 1..<1, nodes: 0..<0, start: start, end: start)
    func end(_ row: inout Row, at position: Int) {
      row.nodes = row.nodes.lowerBound..<position
      row.places = row.places.lowerBound..<max(row.places.lowerBound, position)
      layout.rows.append(row)
    }
    for (position, node) in nodes.enumerated() {
      if position > 0 {
        let (previous, next) = (nodes[position - 1].last, node.first)
        if !next.comments.isEmpty || next.startsLine && Printer.goesOn(previous, next, container) {
          end(&row, at: position)
          margin = next.token.is(.else) ? blockIndentation ?? start : indentation
          row = Row(
            places: (position + 1)..<(position + 1), nodes: position..<position, start: margin,
            end: margin)
        } else if Printer.isSpaced(previous, next, container) {
          row.end += 1
        }
      }
      switch node {
      case .piece(let piece):
        row.end += piece.width
        guard piece.isMultiline else { continue }
        end(&row, at: position + 1)
        let column = Piece.width(piece.text.lastLine)
        row = Row(
          places: (position + 1)..<(position + 1), nodes: (position + 1)..<(position + 1),
          start: column, end: column)
      case .group(let group):
        let isBlock = group.open.token.is(.leftBrace)
        let column = row.end + 1
        let behind = nodes[(position + 1)...]
        let tail = Measure.tail(group.close, behind, in: container).width
        let isForced = Measure.isForced(group)
        let opensHere =
          isForced
          || (opens || isBlock) && Measure.isBreakable(group)
            && !Measure.fits(group, at: column, tail: tail)
        let inner = Measure.flat(group.body[...], in: Printer.Container(group))
        if !opensHere, !inner.stops {
          row.end = column + inner.width + (isBlock ? (group.body.isEmpty ? 2 : 3) : 1)
          continue
        }
        if opensHere, !isForced, !isBlock { layout.opened.append(position) }
        row.end = opensHere ? column : column + inner.width
        end(&row, at: position + 1)
        if isBlock { margin = blockIndentation ?? margin }
        // Behind a block inside a bracket stands at least `})`.
        let closed = margin + (opensHere ? 1 : 2)
        row = Row(
          places: (position + 1)..<(position + 1), nodes: (position + 1)..<(position + 1),
          start: closed, end: closed)
      }
    }
    end(&row, at: nodes.endIndex)
    return layout
  }
}

extension Node {
  /// Marks a line end before the node.
  fileprivate mutating func startLine() {
    switch self {
    case .piece(var piece):
      piece.startsLine = true
      self = .piece(piece)
    case .group(var group):
      group.open.startsLine = true
      self = .group(group)
    }
  }
}
