// How much room things need on a line, up to the first place where the line ends anyway.

enum Measure {
  /// A number of columns, and whether the line ends behind them.
  struct Extent {
    var width = 0
    var stops = false
  }

  /// The width of nodes on one line.
  static func flat(_ nodes: ArraySlice<Node>, in container: Printer.Container) -> Extent {
    var extent = Extent()
    var previous: Piece?
    for node in nodes {
      step(from: previous, to: node, in: container, &extent)
      if extent.stops { return extent }
      switch node {
      case .piece(let piece): add(piece, &extent)
      case .group(let group): add(group, &extent)
      }
      if extent.stops { return extent }
      previous = node.last
    }
    return extent
  }

  /// What must follow a closing bracket on its line: all up to the next place for a break.
  static func tail(
    _ close: Piece, _ nodes: ArraySlice<Node>, in container: Printer.Container
  ) -> Extent {
    var extent = Extent()
    var previous = close
    for node in nodes {
      if container.breaks != .asWritten, container.separates(previous, node.first) {
        extent.stops = true
        return extent
      }
      step(from: previous, to: node, in: container, &extent)
      if extent.stops { return extent }
      switch node {
      case .piece(let piece): add(piece, &extent)
      case .group(let group):
        extent.width += 1
        extent.stops = !group.body.isEmpty
        if group.body.isEmpty { add(group, &extent, opened: true) }
      }
      if extent.stops { return extent }
      previous = node.last
    }
    return extent
  }

  /// The width of an item of a list of numbers, with its comma.
  static func item(_ nodes: ArraySlice<Node>) -> Int {
    var width = 0
    for case .piece(let piece) in nodes {
      width += piece.width
      if piece.role == .comma { break }
    }
    return width
  }

  private static func step(
    from previous: Piece?, to node: Node, in container: Printer.Container, _ extent: inout Extent
  ) {
    guard let previous else { return }
    let next = node.first
    if !next.comments.isEmpty || container.isBroken(previous, next)
      || next.startsLine && Printer.goesOn(previous, next, container)
    {
      extent.stops = true
    } else if Printer.isSpaced(previous, next, container) {
      extent.width += 1
    }
  }

  private static func add(_ piece: Piece, _ extent: inout Extent) {
    extent.width += piece.width
    extent.stops = piece.isMultiline
  }

  private static func add(_ group: Node.Group, _ extent: inout Extent, opened: Bool = false) {
    if !opened { extent.width += 1 }
    if isForced(group) {
      extent.stops = true
      return
    }
    let inner = flat(group.body[...], in: Printer.Container(group))
    let isBlock = group.open.token.is(.leftBrace)
    extent.width += inner.width + (isBlock ? 1 : 0)
    extent.stops = inner.stops
    if !inner.stops { extent.width += isBlock && !group.body.isEmpty ? 2 : 1 }
  }

  /// Whether a bracket its author left on one line stays there.
  ///
  /// - Parameters:
  ///   - column: That behind the opening bracket.
  ///   - tail: The columns that must follow the closing one.
  static func fits(_ group: Node.Group, at column: Int, tail: Int) -> Bool {
    let space = group.open.token.is(.leftBrace) ? 1 : 0
    let inner = flat(group.body[...], in: Printer.Container(group))
    let width = column + space + inner.width + (inner.stops ? 0 : space + 1 + tail)
    return width <= Printer.lineWidth
  }

  // MARK: - What the author broke

  /// Whether the contents of a bracket stand on lines of their own, however short they are.
  static func isForced(_ group: Node.Group) -> Bool {
    if !group.close.comments.isEmpty { return true }
    guard let first = group.body.first?.first else { return false }
    if first.startsLine || !first.comments.isEmpty { return true }
    if group.open.token.is(.leftBrace), group.close.startsLine { return true }
    let container = Printer.Container(group)
    return zip(group.body, group.body.dropFirst()).contains {
      container.isBroken($0.last, $1.first)
    }
  }

  /// Whether a break helps: a lone word is as long on a line of its own.
  static func isBreakable(_ group: Node.Group) -> Bool {
    guard group.body.count <= 1, !group.open.token.is(.leftBrace) else { return true }
    guard case .group? = group.body.first else { return false }
    return true
  }

  /// Whether several parts that their author put on one line do not fit there.
  static func hasLongRow(
    _ group: Node.Group, in container: Printer.Container, indentation: Int
  ) -> Bool {
    guard !container.holdsStatements else { return false }
    var start = group.body.startIndex
    var hasSeveral = false
    for position in group.body.indices {
      let isLast = position + 1 == group.body.endIndex
      let isEnd =
        isLast || container.isBroken(group.body[position].last, group.body[position + 1].first)
      if !isLast, case .piece(let piece) = group.body[position], piece.role == .comma, !isEnd {
        hasSeveral = true
      }
      guard isEnd else { continue }
      let row = flat(group.body[start...position], in: container)
      if hasSeveral, indentation + row.width > Printer.lineWidth { return true }
      (start, hasSeveral) = (position + 1, false)
    }
    return false
  }

  /// Whether the items are plain numbers and names, many of which may share a line.
  static func isFillable(_ group: Node.Group) -> Bool {
    group.open.token.is(.leftBracket)
      && group.body.allSatisfy {
        guard case .piece(let piece) = $0 else { return false }
        switch piece.token.kind {
        case .number, .name: return piece.role == .operand
        default: return [.comma, .sign].contains(piece.role)
        }
      }
  }
}
