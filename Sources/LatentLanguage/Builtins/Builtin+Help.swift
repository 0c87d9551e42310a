// The help pages of functions and values, from their declarations.

import LatentSyntax

extension Builtin {
  /// The help page: signature, what it does, its parameters, examples; broken at 80 columns.
  public var helpPage: String {
    var lines = ["\(signature) → \(returns.kind)".filled(hanging: name.count + 1)]
    lines += ["", help.filled()]
    if !parameters.isEmpty {
      lines.append("")
      let width = parameters.map { $0.signature.count }.max() ?? 0
      for parameter in parameters {
        let padding = String(repeating: " ", count: width - parameter.signature.count)
        let notes = [parameter.kind.phrase, parameter.help].filter { !$0.isEmpty }
        lines.append(
          "  \(parameter.signature)\(padding)  \(notes.joined(separator: ". "))"
            .filled(hanging: width + 4))
      }
    }
    if !examples.isEmpty { lines += [""] + examples.map { "  " + $0 } }
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// The text with a line end in place of a space wherever a line would pass the width; lines after
  /// the first are indented. Spaces at the start stay.
  fileprivate func filled(hanging indent: Int = 0, width: Int = 80) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = String(prefix { $0 == " " })
    for word in dropFirst(line.count).split(separator: " ", omittingEmptySubsequences: false) {
      let isStart = line.allSatisfy { $0 == " " }
      if !isStart, line.count + 1 + word.count > width {
        lines.append(line)
        line = margin + word
      } else {
        line += (isStart ? "" : " ") + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}

extension Runtime {
  /// What `help(value)` and `?name` print.
  public func helpPage(for value: Value) -> String {
    if let function = value.object?.callable {
      if let builtin = function.builtin { return builtin.helpPage }
      let help = function.help ?? "It has no description: `##` lines above a definition are one."
      return "\(function.signature)\n\n\(help)"
    }
    var lines = ["\(value.kindPhrase): \(value.briefDisplay)"]
    let members = value.object?.memberNames ?? []
    if !members.isEmpty { lines.append("members: \(members.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }

  /// The page for a name, with a suggestion when nothing has it.
  public func helpPage(forName name: String) -> String {
    if let value = self[name] { return helpPage(for: value) }
    if let remedy = FalseFriend.remedy(forName: name) { return "`\(name)`: \(remedy)" }
    let near = nearest(to: name, among: names)
    return "There is no `\(name)`." + (near.map { " The nearest name is `\($0)`." } ?? "")
  }

  /// The library's functions, section by section.
  public var overview: String {
    var sections: [(title: String, names: [String])] = []
    for builtin in builtins {
      if let index = sections.firstIndex(where: { $0.title == builtin.section.title }) {
        sections[index].names.append(builtin.name)
      } else {
        sections.append((builtin.section.title, [builtin.name]))
      }
    }
    return sections.map { "\($0.title)\n  \($0.names.sorted().joined(separator: " "))" }
      .joined(separator: "\n")
  }

  /// The builtins whose name or help contains a word, one line each.
  public func apropos(_ word: String) -> [String] {
    let wanted = word.lowercased()
    return builtins.filter {
      $0.name.lowercased().contains(wanted) || $0.help.lowercased().contains(wanted)
    }
    .map { "\($0.signature): \($0.help)" }
  }

  /// The builtins under their own names, in the order of the names.
  public var builtins: [Builtin] {
    names.sorted().compactMap { name in
      guard isLibraryName(name), let builtin = self[name]?.asFunction?.builtin,
        builtin.name == name
      else { return nil }
      return builtin
    }
  }
}
