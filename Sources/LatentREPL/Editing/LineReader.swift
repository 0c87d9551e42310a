// One line from the user, by whichever way the terminal allows.

/// Reads lines after showing a prompt.
protocol LineReader {
  /// Shows the prompt and waits for a line.
  ///
  /// - Parameters:
  ///   - lines: the lines of the same entry above this one.
  ///   - history: the earlier entries, oldest first.
  mutating func read(prompt: String, after lines: [String], history: [String]) -> LineInput
}

/// What the user did at a prompt.
enum LineInput: Equatable {
  /// A line, or several when they were pasted or recalled together; without the last line end.
  case line(String)
  /// Ctrl-C: the line is dropped. Whether anything had been typed on it.
  case interrupted(wasEmpty: Bool)
  /// Ctrl-D on an empty line, or the end of the input.
  case end
  /// A signal that ends the process.
  case terminated(Int32)
}
