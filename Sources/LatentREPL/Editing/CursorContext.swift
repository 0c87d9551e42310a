// Where the cursor stands in an unfinished entry. The lexer would refuse half a text or half a
// name, so this looks only at what completion needs: texts, comments, calls and dots.

/// What surrounds the end of a text.
struct CursorContext {
  /// The name being typed, with a leading `\` if one is; may be empty.
  private(set) var word = ""
  /// The names before the dot that precedes the word: `["m", "history"]` for `m.history.el`.
  private(set) var memberPath: [String]?
  /// The function whose arguments are being typed.
  private(set) var callee: String?
  /// The arguments this call has named already.
  private(set) var namedArguments: Set<String> = []
  private(set) var isInText = false
  private(set) var isInComment = false

  private struct Bracket {
    /// The name directly before a `(`.
    var callee: String?
    var named: Set<String> = []
    /// Whether this is the `{` of an interpolation.
    var isInterpolation = false
  }

  init(_ text: String) {
    var brackets: [Bracket] = []
    var path: [String] = []
    var name = ""
    var afterDot = false
    var characters = text[...]
    func endName() {
      if name.isEmpty { return }
      path = afterDot ? path + [name] : [name]
      name = ""
      afterDot = false
    }
    while let character = characters.popFirst() {
      if isInText {
        switch character {
        case "\\": _ = characters.popFirst()
        case "\"": isInText = false
        case "{" where characters.first == "{": _ = characters.popFirst()
        case "{":
          brackets.append(Bracket(isInterpolation: true))
          isInText = false
        default: break
        }
        continue
      }
      if isInComment {
        isInComment = character != "\n"
        continue
      }
      if character.isLetter || character.isNumber || character == "_" || character == "\\" {
        if name.isEmpty, !afterDot { path = [] }
        name.append(character)
        continue
      }
      let hadName = !name.isEmpty
      endName()
      switch character {
      case ".": afterDot = hadName
      case "\"":
        isInText = true
        path = []
      case "#": isInComment = true
      case "(": brackets.append(Bracket(callee: hadName ? path.joined(separator: ".") : nil))
      case "[", "{": brackets.append(Bracket())
      case ")", "]": _ = brackets.popLast()
      case "}": isInText = brackets.popLast()?.isInterpolation ?? false
      case ":" where hadName && !brackets.isEmpty:
        if let last = path.last { brackets[brackets.count - 1].named.insert(last) }
      default: break
      }
      if character != "." {
        path = []
        afterDot = false
      }
    }
    word = name
    memberPath = afterDot ? path : nil
    callee = brackets.last?.callee
    namedArguments = brackets.last?.named ?? []
  }
}
