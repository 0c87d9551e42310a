// What is being entered at the prompt: lines come together until they make a whole.

import Latent

/// The lines of one entry so far.
struct Entry {
  private(set) var lines: [String] = []

  var isEmpty: Bool { lines.isEmpty }
  var text: String { lines.joined(separator: "\n") }

  /// Adds what the user sent; several lines when they were pasted or recalled together.
  mutating func add(_ input: String) {
    lines += input.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  mutating func clear() { lines = [] }

  /// Whether the entry is to be run: it is complete or wrong in a way that more lines cannot
  /// mend, or two empty lines in a row say that it is to be tried as it is.
  func isReady(by verdict: (String) -> Completeness) -> Bool {
    let empty = lines.suffix(2).filter { $0.allSatisfy(\.isWhitespace) }
    if lines.count > 2, empty.count == 2 { return true }
    if case .incomplete = verdict(text) { return false }
    return true
  }

  /// The name in `?name` or `name?`; dots reach members.
  static func helpTopic(of text: String) -> String? {
    var topic = text.trimmingPrefix { $0.isWhitespace }
    while topic.last?.isWhitespace == true { topic.removeLast() }
    if topic.first == "?" {
      topic = topic.dropFirst().trimmingPrefix { $0.isWhitespace }
    } else if topic.last == "?" {
      topic.removeLast()
    } else {
      return nil
    }
    let isPath = topic.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      part.first.map { $0.isLetter || $0 == "_" } == true
        && part.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
    return isPath ? String(topic) : nil
  }
}
