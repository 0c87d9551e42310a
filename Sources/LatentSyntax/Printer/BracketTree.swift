// Tokens nested by their brackets, with the comments the lexer skips: all the structure a layout
// needs.

/// A piece, or a bracket with what it holds.
enum Node {
  case piece(Piece)
  indirect case group(Group)

  struct Group {
    var open: Piece
    var body: [Node]
    var close: Piece
  }

  var first: Piece {
    switch self {
    case .piece(let piece): piece
    case .group(let group): group.open
    }
  }

  var last: Piece {
    switch self {
    case .piece(let piece): piece
    case .group(let group): group.close
    }
  }
}

/// A whole program by its brackets.
struct BracketTree {
  var nodes: [Node] = []
  /// The end of the input, which carries the comments behind the last statement.
  var end: Piece

  /// - Parameter source: A text without mistakes, so that its brackets match.
  init(_ source: Source) {
    var pieces = Self.pieces(of: source)
    end = pieces.removeLast()
    var open: [(piece: Piece, outer: [Node])] = []
    for piece in pieces {
      switch piece.role {
      case .opener:
        open.append((piece, nodes))
        nodes = []
      case .closer:
        guard let (opener, outer) = open.popLast() else { continue }
        nodes = outer + [.group(.init(open: opener, body: nodes, close: piece))]
      default: nodes.append(.piece(piece))
      }
    }
  }

  /// The tokens as pieces, the end of the input last.
  private static func pieces(of source: Source) -> [Piece] {
    let tokens = lex(source).tokens
    var pieces: [Piece] = []
    var brackets: [Symbol] = []
    var previousEnd = source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var isBehindNewline = false
    for (position, token) in tokens.enumerated() {
      let endsLines = (brackets.last ?? .leftBrace) == .leftBrace
      if token.isNewline {
        isBehindNewline = isBehindNewline || endsLines
        continue
      }
      let previous = pieces.last
      let isFirst =
        isBehindNewline || previous.map { $0.token.is(.leftBrace) || $0.role == .semicolon } ?? true
      var piece = Piece(
        role: .init(
          token, behindOperand: !isFirst && previous?.endsOperand ?? false,
          startsStatement: isFirst,
          next: tokens[(position + 1)...].first { endsLines || !$0.isNewline }),
        token: token, text: String(source.text(in: token.span)))
      piece.startsStatement = isBehindNewline
      isBehindNewline = false
      piece.attach(gap: Span(previousEnd, token.span.start), of: source)
      switch piece.role {
      case .opener: token.symbol.map { brackets.append($0) }
      case .closer: _ = brackets.popLast()
      default: break
      }
      previousEnd = token.span.end
      pieces.append(piece)
    }
    return pieces
  }
}

extension Piece {
  /// Reads the comments and line ends of what stands between two tokens.
  fileprivate mutating func attach(gap: Span, of source: Source) {
    // By scalars: CRLF is one character, and not a line feed.
    var lines = source.text(in: gap).unicodeScalars.split(
      separator: "\n", omittingEmptySubsequences: false)[...]
    // Where the gap begins a file, its first line is a whole line.
    let isFirst = gap.start == 0 || source.bytes[..<gap.start].elementsEqual([0xEF, 0xBB, 0xBF])
    startsLine = lines.count > 1 || isFirst
    // The last stretch is the indentation of the token itself, or at the end an unfinished line.
    let last = lines.popLast() ?? Substring().unicodeScalars
    var isOwn = isFirst
    var followsBlank = false
    func comment(_ line: Substring.UnicodeScalarView) -> Comment? {
      guard let sign = line.firstIndex(of: "#") else { return nil }
      var text = line[sign...]
      while let last = text.last, last.properties.isWhitespace { text = text.dropLast() }
      return Comment(
        text: String(text), isOnOwnLine: isOwn, startsAtMargin: isOwn && sign == line.startIndex,
        followsBlank: followsBlank)
    }
    for line in lines {
      if let comment = comment(line) {
        comments.append(comment)
        followsBlank = false
      } else {
        followsBlank = followsBlank || isOwn
      }
      isOwn = true
    }
    if let comment = comment(last) {
      comments.append(comment)
      followsBlank = false
    }
    self.followsBlank = followsBlank
  }
}
