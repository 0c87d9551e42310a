// Lays a bracket tree out in lines. A bracket stays on its line while it fits there and its author
// left it there; otherwise its contents stand on lines of their own, two spaces further in.

struct Printer {
  static let lineWidth = 100

  /// How the parts of a bracket are separated.
  enum Breaks {
    /// Where the author broke the line.
    case asWritten
    /// Behind every separator.
    case all
    /// Where the line is full.
    case filled
  }

  /// What a sequence of nodes stands in.
  struct Container {
    /// `{` or nil for the whole program: its parts are statements. Else its parts are items.
    var bracket: Symbol?
    /// `p(x|z)`: all arguments are single words.
    var hasTightBar = false
    var breaks = Breaks.asWritten

    var holdsStatements: Bool { bracket == nil || bracket == .leftBrace }

    init(_ group: Node.Group?) {
      bracket = group?.open.token.symbol
      hasTightBar =
        group?.body.allSatisfy {
          if case .piece(let piece) = $0 { return [.operand, .comma, .bar].contains(piece.role) }
          return false
        } ?? false
    }

    /// Whether a part may begin on a new line behind `previous`.
    func separates(_ previous: Piece, _ next: Piece) -> Bool {
      holdsStatements
        ? next.startsStatement || previous.role == .semicolon : previous.role == .comma
    }

    /// Whether a part begins on a new line behind `previous` because its author wrote it so.
    func isBroken(_ previous: Piece, _ next: Piece) -> Bool {
      separates(previous, next)
        && (next.startsStatement || next.startsLine || !next.comments.isEmpty)
    }
  }

  private var page = Page()

  mutating func print(_ tree: BracketTree) -> String {
    if let first = tree.nodes.first?.first { startLine(before: first, 0, isFirst: true) }
    sequence(tree.nodes[...], in: Container(nil), indentation: 0, tail: 0, isOpen: true)
    startLine(before: tree.end, 0, isFirst: tree.nodes.isEmpty, isLast: true)
    return page.finish()
  }

  // MARK: - Parts and operators

  /// Prints what a bracket or the program holds; the line for its first part has been started.
  ///
  /// - Parameters:
  ///   - indentation: That of the line a part begins on.
  ///   - tail: The columns that must follow the last part on its line.
  ///   - isOpen: Whether the parts stand on lines of their own.
  private mutating func sequence(
    _ nodes: ArraySlice<Node>, in container: Container, indentation: Int, tail: Int,
    isOpen: Bool = false
  ) {
    var nodes = nodes
    var current = indentation
    var isControl = false
    var previous: Piece?
    for position in nodes.indices {
      let next = nodes[position].first
      if let previous {
        let rest = nodes[position...]
        if container.separates(previous, next),
          container.isBroken(previous, next) || breaks(before: rest, in: container)
        {
          current = indentation
          startLine(before: next, current, keepsBlank: true)
        } else if !next.comments.isEmpty
          || next.startsLine && Self.goesOn(previous, next, container)
        {
          current = indentation + (next.token.is(.else) ? 0 : isControl ? 4 : 2)
          startLine(before: next, current)
        } else if Self.isSpaced(previous, next, container) {
          page.add(" ")
        }
      }
      let isFirst = previous.map { container.separates($0, next) } ?? true
      if isFirst { isControl = container.holdsStatements && next.opensControl }
      if isFirst, isOpen {
        let end = Self.endOfPart(in: nodes[position...], container)
        let breaks = OperatorBreaks(
          container: container, start: page.column, indentation: indentation + (isControl ? 4 : 2),
          blockIndentation: isControl ? indentation : nil)
        nodes.replaceSubrange(position..<end, with: breaks.marked(nodes[position..<end]))
      }
      let node = nodes[position]
      switch node {
      case .piece(let piece): page.add(piece.text)
      case .group(let group):
        // The blocks of `if`, `for` and `while` stand below their words, however long the
        // condition is.
        if isControl, group.open.token.is(.leftBrace) { current = indentation }
        let behind = nodes[(position + 1)...]
        let following = Measure.tail(group.close, behind, in: container)
        self.group(
          group, indentation: current, tail: following.width + (following.stops ? 0 : tail))
      }
      previous = node.last
    }
  }

  /// Where the part at the start of nodes ends.
  private static func endOfPart(in nodes: ArraySlice<Node>, _ container: Container) -> Int {
    zip(nodes.indices.dropFirst(), zip(nodes, nodes.dropFirst()))
      .first { container.separates($0.1.0.last, $0.1.1.first) }?.0 ?? nodes.endIndex
  }

  /// Whether a part that its author left on the line goes to the next all the same.
  private func breaks(before rest: ArraySlice<Node>, in container: Container) -> Bool {
    switch container.breaks {
    case .asWritten:
      // Several statements on one line; items are separated all at once.
      guard container.holdsStatements else { return false }
      let end = Self.endOfPart(in: rest, container)
      let statement = Measure.flat(rest[..<end], in: container)
      return page.column + 1 + statement.width > Self.lineWidth
    case .all: return true
    case .filled:
      let item = Measure.item(rest)
      return page.column + 1 + item > Self.lineWidth
    }
  }

  // MARK: - Brackets

  private mutating func group(_ group: Node.Group, indentation: Int, tail: Int) {
    page.add(group.open.text)
    let isBlock = group.open.token.is(.leftBrace)
    let space = isBlock ? 1 : 0
    var container = Container(group)
    let isForced = Measure.isForced(group)
    if !isForced {
      if Measure.fits(group, at: page.column, tail: tail) || !Measure.isBreakable(group) {
        if isBlock { page.add(" ") }
        sequence(
          group.body[...], in: container, indentation: indentation, tail: space + 1 + tail)
        if isBlock, !group.body.isEmpty { page.add(" ") }
        page.add(group.close.text)
        return
      }
    }
    let inner = indentation + 2
    if !isForced || Measure.hasLongRow(group, in: container, indentation: inner) {
      container.breaks = Measure.isFillable(group) ? .filled : .all
    }
    if let first = group.body.first?.first { startLine(before: first, inner, isFirst: true) }
    sequence(group.body[...], in: container, indentation: inner, tail: 0, isOpen: true)
    startComments(of: group.close, inner, isFirst: group.body.isEmpty)
    page.newLine(indentation: indentation)
    page.add(group.close.text)
  }

  // MARK: - Lines

  /// Ends the line, prints the comments that stand before a piece, and begins a line for it.
  private mutating func startLine(
    before piece: Piece, _ indentation: Int, isFirst: Bool = false, isLast: Bool = false,
    keepsBlank: Bool = false
  ) {
    let hasComments = startComments(of: piece, indentation, isFirst: isFirst)
    page.newLine(indentation: indentation)
    if piece.followsBlank, !isLast, keepsBlank || isFirst && hasComments { page.addBlank() }
  }

  /// - Returns: Whether there were comments on lines of their own.
  @discardableResult
  private mutating func startComments(
    of piece: Piece, _ indentation: Int, isFirst: Bool
  ) -> Bool {
    var isFirst = isFirst
    for comment in piece.comments {
      guard comment.isOnOwnLine else {
        page.add(comment: comment.text)
        continue
      }
      let margin =
        comment.isMark ? (comment.startsAtMargin ? 0 : max(2, indentation)) : indentation
      page.newLine(indentation: margin)
      if comment.followsBlank, !isFirst || comment.isMark { page.addBlank() }
      page.add(comment.text)
      isFirst = false
    }
    return piece.comments.contains(where: \.isOnOwnLine)
  }
}
