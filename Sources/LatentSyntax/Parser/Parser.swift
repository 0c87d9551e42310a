// The state of the parser and its small moves: looking, advancing, brackets, limits, reports.
// Recursive descent over a token array; the productions are in the extensions, by chapter.

struct Parser {
  /// How deep brackets, blocks and prefix operators may nest. A level takes up to 9 KB of stack
  /// in debug builds, and some threads have 512 KB.
  static let nestingLimit = 48
  /// How high a tree may grow (a chain of operators grows to the left): whoever walks the tree
  /// recursively relies on it.
  static let heightLimit = 200
  static let diagnosticsLimit = 20

  /// Thrown when a statement is given up; always caught at its boundary.
  struct Abandoned: Error {}

  /// A bracket that is open, with the place for its secondary label.
  struct Opener {
    var symbol: Symbol
    var span: Span
  }

  let source: Source
  let documentation: [Int: String]
  var tokens: [Token]
  var index = 0
  /// Where the last consumed token ends: the place for "something is missing here".
  var previousEnd = 0
  var openers: [Opener] = []
  /// Where the statement being parsed starts; its error messages look back to here.
  var statementStart = 0
  var depth = 0
  /// The height of the highest subtree finished since the node under construction began.
  var height = 0
  var isInModel = false
  /// Set inside an index item: where its expression starts, for `a...` without an end.
  var openRangeStart: Int?
  var openRangeFound = false
  /// After a block in the style of Python: the indentation of its head.
  var skippedIndentation: Int?

  private(set) var findings: [Finding] = []
  private var reportedLines: Set<Int> = []

  init(_ source: Source, _ lexed: LexedSource) {
    self.source = source
    documentation = lexed.documentation
    tokens = lexed.tokens
    for finding in lexed.findings { record(finding) }
  }

  // MARK: - Looking and advancing

  var current: Token { tokens[index] }

  /// The token after the current one; newlines count only where they end statements.
  var following: Token {
    var next = index + 1
    while next < tokens.count, !newlinesMatter, tokens[next].isNewline { next += 1 }
    return tokens[min(next, tokens.count - 1)]
  }

  func at(_ symbol: Symbol) -> Bool { current.is(symbol) }
  func at(_ keyword: Keyword) -> Bool { current.is(keyword) }
  func at(_ word: ContextualWord) -> Bool { current.is(word) }

  /// Innermost bracket is a block's, or none: a newline ends a statement.
  var newlinesMatter: Bool {
    guard let last = openers.last else { return true }
    return last.symbol == .leftBrace
  }

  /// Moves on; the `.end` token is never passed.
  @discardableResult
  mutating func advance() -> Token {
    let token = tokens[index]
    if !token.isEnd {
      previousEnd = token.span.end
      index += 1
    }
    if !newlinesMatter { skipNewlines() }
    return token
  }

  mutating func skipNewlines() {
    while tokens[index].isNewline { index += 1 }
  }

  mutating func take(_ symbol: Symbol) -> Bool {
    guard at(symbol) else { return false }
    advance()
    return true
  }

  /// Whether the current token is the first on its line.
  var startsLine: Bool { index == 0 || tokens[index - 1].isNewline }

  // MARK: - Brackets

  mutating func open(_ symbol: Symbol) -> Opener {
    let opener = Opener(symbol: symbol, span: current.span)
    openers.append(opener)
    advance()
    return opener
  }

  /// Consumes the closer, which the caller has seen.
  mutating func close() {
    if !openers.isEmpty { openers.removeLast() }
    advance()
  }

  /// Goes on as though the closer stood behind the last token.
  mutating func insertCloser() {
    if !openers.isEmpty { openers.removeLast() }
    while newlinesMatter, index > 0, tokens[index - 1].isNewline { index -= 1 }
  }

  // MARK: - Limits

  /// Enters one level of nesting; every recursive production does, and leaves it again.
  mutating func descend() throws(Abandoned) {
    depth += 1
    guard depth <= Self.nestingLimit else { throw tooDeep(Self.nestingLimit) }
  }

  /// Counts a node built on top of what was finished.
  mutating func grow() throws(Abandoned) {
    height += 1
    guard height <= Self.heightLimit else { throw tooDeep(Self.heightLimit) }
  }

  private mutating func tooDeep(_ limit: Int) -> Abandoned {
    report(
      .nestingLimit, "this nests more than \(limit) levels deep", current.span,
      helps: ["give the inner parts names of their own, or use a loop, `sum` or `join`"])
    return Abandoned()
  }

  // MARK: - Reports

  mutating func report(
    _ code: DiagnosticCode, _ message: String, _ span: Span, label: String = "",
    secondary: [(Span, String)] = [], helps: [String] = [], atEnd: Bool = false
  ) {
    let diagnostic = Diagnostic(
      code.rawValue, message, at: .init(source, span, label),
      secondary: secondary.map { .init(source, $0.0, $0.1) }, helps: helps)
    record(Finding(diagnostic: diagnostic, atEnd: atEnd))
  }

  /// Reports that something else was expected at the current token. What is missing at a line's
  /// end or the input's is missing behind the last token.
  mutating func reportHere(
    _ code: DiagnosticCode, _ message: String, secondary: [(Span, String)] = [],
    helps: [String] = []
  ) {
    let token = current
    if token.isInvalid { return }
    let isGap = token.isNewline || token.isEnd && token.span.start >= source.bytes.count
    report(
      code, message, isGap ? Span(previousEnd, previousEnd) : token.span,
      secondary: secondary, helps: helps, atEnd: isGap && token.isEnd)
  }

  private mutating func record(_ finding: Finding) {
    guard let place = finding.diagnostic.primary?.span.start,
      reportedLines.insert(source.lineIndex(at: place)).inserted,
      findings.count < Self.diagnosticsLimit
    else { return }
    let later = findings.firstIndex { $0.diagnostic.primary?.span.start ?? 0 > place }
    findings.insert(finding, at: later ?? findings.count)
  }

  /// How a message names the current token.
  var found: String {
    switch current.kind {
    case .newline: "the end of the line"
    case .end: current.span.start >= source.bytes.count ? "the end" : "the end of `{…}`"
    case .text: "a text"
    case .number, .name, .symbol, .invalid: "`\(source.text(in: current.span))`"
    case .keyword: "the word `\(source.text(in: current.span))`"
    }
  }
}
