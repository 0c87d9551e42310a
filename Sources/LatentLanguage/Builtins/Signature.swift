// What a call must know of the function it calls, for functions of the language and builtins
// alike: the resolver checks calls of known functions with it before anything runs, the evaluator
// checks all others.

import LatentSyntax

struct Signature {
  struct Entry {
    var name: String
    var isOptional = false
    var isVariadic = false
    var isNamedOnly = false
    /// Whether it takes a list of sizes, which other languages take as several arguments.
    var isShape = false
    /// What it takes, for the help of a message; empty when the declaration does not say.
    var note = ""
  }

  var name: String?
  var entries: [Entry]
  var bar: Builtin.BarRule = .none

  /// How the function is called in a message.
  var title: String { name.map { "`\($0)`" } ?? "the function" }
}

/// Which argument each parameter gets.
struct ArgumentPlan {
  /// By parameter: the position of its argument; nil when left out (or variadic).
  var sources: [Int?]
  /// The positions of the variadic parameter's arguments.
  var rest: [Int] = []
}

extension Signature {
  /// Distributes the arguments of a call.
  /// - Throws: A ``Diagnostic`` at the argument at fault: L302 unknown name, L304 missing, L305 too
  ///   many, L306 twice, L309 a bar that does not belong there.
  func plan(for site: CallSite) throws -> ArgumentPlan {
    try checkBar(site)
    var plan = ArgumentPlan(sources: Array(repeating: nil, count: entries.count))
    var next = 0
    var namedAt: Int?
    for (position, name) in site.argumentNames.enumerated() {
      if let name {
        guard let entry = entries.firstIndex(where: { $0.name == name.text && !$0.isVariadic })
        else { throw unknown(name, site) }
        if plan.sources[entry] != nil { throw twice(name, site) }
        plan.sources[entry] = position
        namedAt = namedAt ?? position
        continue
      }
      while next < entries.count, entries[next].isNamedOnly || plan.sources[next] != nil {
        next += 1
      }
      guard next < entries.count else { throw tooMany(position, site) }
      if entries[next].isVariadic {
        plan.rest.append(position)
      } else {
        plan.sources[next] = position
        next += 1
      }
    }
    for (entry, source) in zip(entries, plan.sources) where source == nil {
      if !entry.isOptional && !entry.isVariadic { throw missing(entry, site) }
    }
    return plan
  }

  private func checkBar(_ site: CallSite) throws {
    guard let bar = site.bar else { return }
    switch (bar.kind, self.bar) {
    case (.given, .given): return
    case (.divergence, .divergence):
      if bar.position == 1, site.argumentSpans.count > 1 { return }
      throw Diagnostic(
        "L309", "`||` stands between the two arguments of \(title)",
        at: Diagnostic.Label(site.source, bar.span))
    default:
      throw Diagnostic(
        "L309",
        bar.kind == .given
          ? "`|` (given) is for densities, and \(title) is not one"
          : "`||` stands between the arguments of a divergence, and \(title) is not one",
        at: Diagnostic.Label(site.source, bar.span), helps: ["the logical operator is `or`"])
    }
  }

  private func unknown(_ name: Name, _ site: CallSite) -> Diagnostic {
    let names = entries.filter { !$0.isVariadic }.map(\.name)
    var help: String
    let known = parameterSynonyms[name.text]?.first(where: names.contains)
    if let meant = known ?? nearest(to: name.text, among: names),
      let entry = entries.first(where: { $0.name == meant })
    {
      help = known == nil ? "the nearest name is `\(meant)`" : "in Latent it is called `\(meant)`"
      help += entry.note.isEmpty ? "" : " (\(entry.note))"
    } else if names.isEmpty {
      help = "\(title) has no named parameters"
    } else {
      help = "its parameters are " + names.map { "`\($0)`" }.joined(separator: ", ")
    }
    return Diagnostic(
      "L302", "\(title) has no parameter `\(name.text)`",
      at: Diagnostic.Label(site.source, name.span, "unknown parameter"), helps: [help])
  }

  private func twice(_ name: Name, _ site: CallSite) -> Diagnostic {
    Diagnostic(
      "L306", "the argument `\(name.text)` of \(title) is given twice",
      at: Diagnostic.Label(site.source, name.span), helps: ["it is written `\(written)`"])
  }

  private func tooMany(_ position: Int, _ site: CallSite) -> Diagnostic {
    let allowed = entries.filter { !$0.isNamedOnly }.count
    let named = entries.filter(\.isNamedOnly).map { "`\($0.name):`" }
    let only = entries.count == 1 ? entries.first : nil
    let note = only.map { $0.note.isEmpty ? "" : "; \($0.name): \($0.note)" } ?? ""
    var helps = ["it is written `\(written)`" + note]
    if entries.last(where: { !$0.isNamedOnly })?.isShape == true {
      helps.append("sizes go into one list, like `[2, 3]`")
    }
    if !named.isEmpty { helps.append("\(named.joined(separator: ", ")) must be named") }
    let count = site.argumentNames.count { $0 == nil }
    return Diagnostic(
      "L305",
      "\(title) takes \(Signature.count(allowed, "argument")), not \(count)",
      at: Diagnostic.Label(site.source, site.argumentSpan(position)), helps: helps)
  }

  private func missing(_ entry: Entry, _ site: CallSite) -> Diagnostic {
    Diagnostic(
      "L304", "\(title) needs the argument `\(entry.name)`",
      at: Diagnostic.Label(site.source, site.span),
      helps: [
        "it is written `\(written)`" + (entry.note.isEmpty ? "" : "; \(entry.name): \(entry.note)")
      ])
  }

  static func count(_ number: Int, _ noun: String) -> String {
    switch number {
    case 0: "no \(noun)s"
    case 1: "one \(noun)"
    default: "\(number) \(noun)s"
    }
  }

  /// `f(a, b: …)`; of many parameters the first ones.
  var written: String {
    var list = entries.map { entry in
      entry.isVariadic ? entry.name + "…" : entry.isOptional ? entry.name + ": …" : entry.name
    }
    if list.count > 8 { list = list.prefix(6) + ["…"] }
    return "\(name ?? "f")(\(list.joined(separator: ", ")))"
  }
}

// MARK: - Where signatures come from

extension Signature {
  init(_ builtin: Builtin) {
    self.init(
      name: builtin.name,
      entries: builtin.parameters.map { parameter in
        let note = [parameter.help.asNote, parameter.kind.phrase].filter { !$0.isEmpty }
        return Entry(
          name: parameter.name, isOptional: parameter.isOptional,
          isVariadic: parameter.isVariadic, isNamedOnly: parameter.isNamedOnly,
          isShape: parameter.name == "shape",
          note: note.joined(separator: ", "))
      },
      bar: builtin.bar)
  }

  init(_ code: FunctionCode) {
    self.init(
      name: code.name,
      entries: code.parameters.map { Entry(name: $0.name, isOptional: $0.fallback != nil) })
  }

  init(name: String?, _ parameters: [LatentSyntax.Parameter]) {
    self.init(
      name: name,
      entries: parameters.map { Entry(name: $0.name.text, isOptional: $0.fallback != nil) })
  }

  init?(_ function: FunctionObject) {
    if let builtin = function.builtin {
      self.init(builtin)
    } else if let code = function.code {
      self.init(code)
    } else {
      return nil
    }
  }
}

extension String {
  /// A help sentence as part of a longer one: no capital, no full stop.
  fileprivate var asNote: String {
    let body = hasSuffix(".") ? dropLast() : self[...]
    return body.prefix(1).lowercased() + body.dropFirst()
  }
}
