// What `explain` gives: lines to read, shown as they are; a text would be shown in quotes.

import LatentLanguage

/// The inference chosen for a model, line by line.
final class ExplanationObject: Object {
  let lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  override var kind: String { "explanation" }
  override var memberNames: [String] { ["lines"] }

  override func member(_ name: String) throws -> Value? {
    name == "lines" ? .list(lines.map(Value.text)) : nil
  }

  override func display(_ style: DisplayStyle) -> String { lines.joined(separator: "\n") }
}
