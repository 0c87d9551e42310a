// What stands between parentheses and brackets: arguments, records, lists, indices, arrays.
// A parenthesis is read once, as a cover of all it can become; what follows it decides.

extension Parser {
  /// The contents of a parenthesis.
  struct Items {
    var arguments: [Argument] = []
    var bar: Call.Bar?
    var trailingComma: Span?
  }

  /// A parenthesis whose meaning is not known yet.
  struct Cover {
    var items: Items
    var span: Span

    /// The one expression without a name: the parenthesis only groups.
    var grouped: Expression? {
      guard items.arguments.count == 1, items.trailingComma == nil,
        let only = items.arguments.first,
        only.name == nil
      else { return nil }
      return Expression(only.value.kind, span)
    }

    var isRecord: Bool {
      !items.arguments.isEmpty && items.arguments.allSatisfy { $0.name != nil }
    }
  }

  /// args = arg { "," arg } [ ( "|" | "||" ) arg { "," arg } ] [ "," ]
  mutating func items() throws(Abandoned) -> Items {
    let opener = open(.leftParenthesis)
    let outerRange = openRangeStart
    openRangeStart = nil
    defer { openRangeStart = outerRange }
    var items = Items()
    while !at(.rightParenthesis) {
      items.arguments.append(try argument())
      guard try separator(opener, &items) else { return items }
    }
    close()
    return items
  }

  /// Reads what stands behind an argument; false when the list has ended without its closer.
  private mutating func separator(
    _ opener: Opener, _ items: inout Items
  ) throws(Abandoned) -> Bool {
    items.trailingComma = nil
    if at(.comma) {
      items.trailingComma = advance().span
    } else if at(.bar) || at(.doubleBar), items.bar == nil {
      items.bar = bar(position: items.arguments.count)
      if at(.rightParenthesis) { try expectedExpression() }
    } else if !at(.rightParenthesis) {
      return try mend(opener)
    }
    return true
  }

  private mutating func bar(position: Int) -> Call.Bar {
    let kind: Call.Bar.Kind = at(.bar) ? .given : .divergence
    return Call.Bar(kind, position: position, span: advance().span)
  }

  /// arg = [ NAME ":" ] expr
  private mutating func argument() throws(Abandoned) -> Argument {
    let name = try argumentName()
    return Argument(name: name, value: try expression())
  }

  private mutating func argumentName() throws(Abandoned) -> Name? {
    guard following.is(.colon), current.isName || current.keyword != nil else { return nil }
    let name = try name("an argument")
    advance()
    return name
  }

  mutating func parenthesised() throws(Abandoned) -> Cover {
    let start = current.span.start
    let items = try items()
    return Cover(items: items, span: Span(start, previousEnd))
  }

  /// A parenthesis as an operand: a group or a record; a list is written with brackets.
  mutating func operand(_ cover: Cover) throws(Abandoned) -> Expression {
    if let bar = cover.items.bar {
      report(
        .barOutsideCall, "`\(source.text(in: bar.span))` stands only in the parentheses of a call",
        bar.span, helps: ["in Latent this is written `a or b`; a density is `p(x|z)`"])
      return Expression(.error, cover.span)
    }
    if let grouped = cover.grouped { return grouped }
    if cover.isRecord {
      let fields = cover.items.arguments.compactMap { argument in
        argument.name.map { Field($0, argument.value) }
      }
      return Expression(.record(fields), cover.span)
    }
    let values = cover.items.arguments.map(\.value)
    let written = cover.items.arguments.map { source.text(in: $0.value.span) }
      .joined(separator: ", ")
    let isShort = written.utf8.count <= 40 && !written.contains("\n")
    report(
      .parenthesisedList,
      values.isEmpty ? "`()` is no value" : "a list does not stand in parentheses", cover.span,
      helps: [
        "a list is written `[\(isShort ? written : "a, b")]`"
          + (values.isEmpty ? ", the value of nothing `nothing`" : "")
      ])
    return Expression(.array(values), cover.span)
  }

  // MARK: - Indices

  /// index = "[" item { "," item } "]"
  mutating func indexItems() throws(Abandoned) -> [IndexItem] {
    let opener = open(.leftBracket)
    let outerRange = openRangeStart
    defer { openRangeStart = outerRange }
    var items: [IndexItem] = []
    repeat {
      items.append(try indexItem())
      if at(.comma) {
        advance()
      } else if at(.rightBracket) {
        close()
        return items
      } else if try !mend(opener) {
        return items
      }
    } while true
  }

  /// item = ":" | "..." | sum "..." | ( "..<" | "..." ) sum | expr
  private mutating func indexItem() throws(Abandoned) -> IndexItem {
    if at(.colon) || at(.through) || at(.upTo) { return try openItem() }
    if at(.comma) || at(.rightBracket) { try missingItem() }
    openRangeStart = index
    openRangeFound = false
    return try item(try expression())
  }

  /// `x[1,]` and `x[,1]`, as in R.
  private mutating func missingItem() throws(Abandoned) -> Never {
    reportHere(
      .expectedExpression, "an index is expected, found \(found)",
      helps: ["a whole axis is written `:`, as in `x[0, :]`"])
    throw Abandoned()
  }

  /// The items that begin with a mark: `:`, `...`, `...b` and `..<b`.
  private mutating func openItem() throws(Abandoned) -> IndexItem {
    let start = current.span
    if at(.colon) {
      advance()
      if !at(.comma), !at(.rightBracket) { try slice(start) }
      return .all(start)
    }
    let closed = at(.through)
    advance()
    if closed, at(.comma) || at(.rightBracket) { return .ellipsis(start) }
    let end = try climb(.sum)
    return .upTo(end, closed: closed, start.joined(end.span))
  }

  /// An item behind its expression: `a...` without an end, or a value.
  private mutating func item(_ value: Expression) throws(Abandoned) -> IndexItem {
    if openRangeFound {
      openRangeFound = false
      return .from(value, value.span.joined(advance().span))
    }
    if at(.colon) { try slice(current.span) }
    return .value(value)
  }

  /// `a:b` and `a:b:c`: reported and skipped.
  private mutating func slice(_ colon: Span) throws(Abandoned) {
    report(
      .slice, "a slice has no colon", colon,
      helps: [
        "in Latent this is written `x[a..<b]` (without b) or `x[a...b]` (with b), `x[..<b]`,"
          + " `x[a...]`, or `x[a..<b by 2]`"
      ])
    while at(.colon) || !(at(.comma) || at(.rightBracket) || current.isEnd) {
      if take(.colon) { continue }
      _ = try expression()
      if !at(.colon) { break }
    }
  }

  // MARK: - Arrays

  /// array = "[" [ expr ( { "," expr } [ "," ] | "for" … ) ] "]"
  mutating func array() throws(Abandoned) -> Expression {
    let outerRange = openRangeStart
    openRangeStart = nil
    defer { openRangeStart = outerRange }
    let opener = open(.leftBracket)
    var elements: [Expression] = []
    while !at(.rightBracket) {
      elements.append(try expression())
      if at(.for), elements.count == 1, let body = elements.first {
        return try comprehension(body, opener)
      }
      if take(.comma) { continue }
      if at(.rightBracket) { break }
      if try !mend(opener) {
        return Expression(.array(elements), Span(opener.span.start, previousEnd))
      }
    }
    close()
    return Expression(.array(elements), Span(opener.span.start, previousEnd))
  }

  private mutating func comprehension(
    _ body: Expression, _ opener: Opener
  ) throws(Abandoned) -> Expression {
    advance()
    let targets = try loopTargets()
    try expectIn()
    let values = try expression()
    var condition: Expression?
    if at(.if) {
      advance()
      condition = try expression()
    }
    if at(.rightBracket) {
      close()
    } else {
      // Behind a comprehension nothing can follow, so a mended list ends here too.
      while try mend(opener) { _ = try expression() }
    }
    let comprehension = Comprehension(
      body: body, targets: targets, source: values, condition: condition)
    return Expression(.comprehension(comprehension), Span(opener.span.start, previousEnd))
  }

  /// NAME | "(" NAME "," NAME { "," NAME } ")"
  mutating func loopTargets() throws(Abandoned) -> [Name] {
    guard at(.leftParenthesis) else {
      let first = try name("the loop variable")
      if at(.comma) {
        reportHere(
          .parenthesisedList, "several loop variables stand in parentheses",
          helps: ["in Latent this is written `for (a, b) in xs`"])
        throw Abandoned()
      }
      return [first]
    }
    let opener = open(.leftParenthesis)
    var names = [try name("the loop variable")]
    while take(.comma) { names.append(try name("the loop variable")) }
    if at(.in) {
      reportHere(
        .foreignSyntax, "the head of a loop stands without parentheses",
        helps: ["in Latent this is written `for x in xs { … }`"])
      throw Abandoned()
    }
    if at(.rightParenthesis) {
      close()
    } else if try mend(opener) {
      throw Abandoned()
    }
    if names.count < 2 {
      report(
        .expectedName, "one loop variable stands without parentheses", opener.span,
        helps: ["write `for x in xs`"])
    }
    return names
  }

  mutating func expectIn() throws(Abandoned) {
    guard at(.in) else {
      reportHere(
        .unexpectedToken, "`in` is missing behind the loop variable, found \(found)",
        helps: ["a loop is written `for x in xs { … }`"])
      throw Abandoned()
    }
    advance()
  }
}
