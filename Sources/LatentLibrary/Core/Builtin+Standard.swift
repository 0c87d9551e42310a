// The functions every script has: the sections of the library in one array, which the interpreter
// installs before it runs anything.

import LatentLanguage

extension Builtin {
  /// All builtins. A section adds its own array here.
  public static let standard: [Builtin] = [
    core, mathematicsSection, reductionsSection, creationSection, shapesSection, orderingSection,
    linearAlgebraSection, derivatives, randomSection, dataSection, toysSection,
    distributions, models, networks, mixtures, linearModels, bayes, [fit, save, verify], queries, diagnosis,
    criteria,
  ].flatMap { $0 }

  /// The language-level builtins: output, help, texts, lists, time.
  static let core: [Builtin] = [output, texts, collections, sequences, system].flatMap { $0 }

  /// The names that are numbers.
  public static let constants: [(String, Double)] = [
    ("pi", .pi), ("π", .pi), ("e", 2.718281828459045), ("inf", .infinity), ("nan", .nan),
  ]
}
