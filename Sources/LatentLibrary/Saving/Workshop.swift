// Expressions that come with a file. They may compute and make models and distributions, and can do
// nothing else: names that read, write, print or wait are not known where they are evaluated, so
// that opening somebody's model is not running somebody's program.

import LatentLanguage
import LatentModels
import LatentSyntax
import LatentTensor

struct Workshop {
  /// Sections whose functions only compute.
  private static let sections: Set<Builtin.Section> = [
    .texts, .collections, .mathematics, .reductions, .arrays, .linearAlgebra, .random,
    .distributions, .models, .calculus,
  ]

  private let runtime: Runtime
  /// Knows the names that only compute, where they mean for the user what they mean here.
  private let bare: Runtime

  init(_ runtime: Runtime) {
    self.runtime = runtime
    bare = Runtime(console: runtime.console)
    for builtin in Builtin.standard
    where Workshop.sections.contains(builtin.section) && runtime.isLibraryName(builtin.name)
      && builtin.name != "seed"
    {
      bare.install(builtin.name, .function(builtin))
    }
    for (name, value) in Builtin.constants where runtime.isLibraryName(name) {
      bare.install(name, .number(value))
    }
  }

  /// The names that a text uses and that are not known here.
  ///
  /// - Throws: a `Diagnostic` where the text is wrong otherwise.
  func unknownNames(in text: String) throws -> [String] {
    let source = Source(name: "the file", text: text)
    for token in lex(source).tokens {
      if case .keyword(.import) = token.kind {
        throw Diagnostic("L570", "it imports a file", at: nil)
      }
    }
    var names: [String] = []
    // A cell tells twenty errors at most: asked again until there is no other.
    while true {
      let errors = bare.check(source, mode: .file, directory: "/").filter { $0.severity == .error }
      if errors.isEmpty { return names }
      let found = errors.filter { $0.code == "L301" }.compactMap { error in
        error.primary.map { String(source.text(in: $0.span)) }
      }
      let fresh = found.filter { !names.contains($0) }
      guard !fresh.isEmpty else { throw errors[0] }
      for name in fresh where !names.contains(name) {
        names.append(name)
        bare.install(name, .nothing)
      }
    }
  }

  /// The value of an expression, which uses the known names only.
  ///
  /// - Throws: `L571`.
  func value(of text: String) throws -> Value {
    func malformed(_ what: String) -> Failure {
      Failure("L571", "what the file holds cannot be made: \(what)", argument: "path")
    }
    do {
      if let name = try unknownNames(in: text).first {
        let isShadowed = runtime[name] != nil && !runtime.isLibraryName(name)
        throw malformed(
          isShadowed
            ? "it uses the library's `\(name)`, which has another value here"
            : "it uses `\(name)`, which nothing in a file may")
      }
      return try runtime.run(
        Source(name: "the file", text: text), mode: .file, directory: "/")
    } catch let failure as Failure {
      throw failure.code == "L571" || failure.code == "L705"
        ? failure : malformed(failure.message)
    } catch let diagnostics as Diagnostics {
      throw malformed(diagnostics.all.first?.message ?? "it is no expression")
    } catch let diagnostic as Diagnostic {
      if ["L702", "L703", "L705"].contains(diagnostic.code) { throw diagnostic }
      throw malformed(diagnostic.message)
    }
  }
}
