// GNU readline through its callback interface: we wait in `poll`, readline only ever gets a
// character that is there. The popular alternative, `readline()` with a signal hook that sets
// `rl_done`, swallows the keys typed after a Ctrl-C.

@preconcurrency import CReadline
@preconcurrency import Glibc

/// What readline's C callbacks reach. Readline is one per process and runs on the main thread.
nonisolated(unsafe) private var finishedLine: LineInput?
nonisolated(unsafe) private var earlierLines = ""
nonisolated(unsafe) private var completer: ((_ textBeforeCursor: String) -> Completion)?

struct ReadlineReader: LineReader {
  private let signals: SignalPipe
  /// How many entries of the session's history readline has been told of.
  private var known = 0

  /// - Parameters:
  ///   - echoesToOutput: whether prompts and echo go to standard output; else to standard error,
  ///     so that they do not end up in a pipe.
  ///   - complete: what may stand at the cursor, given the entry's text before it.
  init(
    signals: SignalPipe, echoesToOutput: Bool,
    complete: @escaping (_ textBeforeCursor: String) -> Completion
  ) {
    self.signals = signals
    completer = complete
    // Readline measures characters by the locale; one without UTF-8 would count bytes.
    let locale = setlocale(LC_CTYPE, "").map { String(cString: $0) }
    if locale == nil || locale == "C" || locale == "POSIX" { setlocale(LC_CTYPE, "C.UTF-8") }
    // The name in `$if latent` of an inputrc; readline keeps the pointer.
    rl_readline_name = UnsafePointer(strdup("latent"))
    rl_instream = stdin
    rl_outstream = echoesToOutput ? stdout : stderr
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    Self.bindKeys()
    // Inside a text the word is everything since its quote. Readline would still take a slash
    // directly behind the quote for the end of a word, if it were told that a slash is one.
    rl_completion_word_break_hook = {
      CursorContext(textBeforeCursor()).isInText ? wordBreaksInTexts : wordBreaks
    }
    rl_completer_quote_characters = UnsafePointer(strdup("\""))
    rl_attempted_completion_function = { _, _, _ in offerCompletions() }
    using_history()
  }

  /// Bound before readline reads the user's inputrc, so that what it says wins.
  private static func bindKeys() {
    rl_add_defun(
      "insert-newline",
      { _, _ in
        rl_insert_text("\n")
        return 0
      }, -1)
    let bindings: [(keys: String, command: @convention(c) (Int32, Int32) -> Int32)] = [
      ("\\e[A", rl_history_search_backward), ("\\eOA", rl_history_search_backward),
      ("\\e[B", rl_history_search_forward), ("\\eOB", rl_history_search_forward),
    ]
    for binding in bindings { rl_bind_keyseq(binding.keys, binding.command) }
    if let newline = rl_named_function("insert-newline") {
      rl_bind_keyseq("\\e\\C-m", newline)
      rl_bind_keyseq("\\e\\C-j", newline)
    }
  }

  mutating func read(prompt: String, after lines: [String], history: [String]) -> LineInput {
    earlierLines = lines.map { $0 + "\n" }.joined()
    for entry in history.dropFirst(known) { add_history(entry) }
    known = history.count
    finishedLine = nil
    rl_callback_handler_install(prompt) { line in
      // Removed at once: readline would show the prompt again before the line is evaluated.
      rl_callback_handler_remove()
      guard let line else {
        finishedLine = .end
        return
      }
      finishedLine = .line(String(cString: line))
      free(line)
    }
    while true {
      let ready = signals.wait(orFor: STDIN_FILENO)
      for case .signal(let number) in signals.take() {
        if let input = react(to: number) { return input }
      }
      if ready { rl_callback_read_char() }
      if let input = finishedLine {
        // With bracketed paste on, readline itself has ended the line.
        if input == .end, !Self.isOn("enable-bracketed-paste") { echo("\n") }
        return input
      }
    }
  }

  private func react(to signal: Int32) -> LineInput? {
    switch signal {
    case SIGWINCH:
      rl_resize_terminal()
      return nil
    case SIGCONT:
      // The shell has given the terminal back in its own mode.
      rl_prep_terminal(1)
      rl_forced_update_display()
      return nil
    case SIGINT:
      let wasEmpty = rl_end == 0
      // A search or a half-typed key sequence ends with the line.
      rl_free_line_state()
      rl_callback_sigcleanup()
      rl_replace_line("", 0)
      // Before the terminal is given back: that moves the cursor to the line's start.
      echo("^C\n")
      rl_callback_handler_remove()
      return .interrupted(wasEmpty: wasEmpty)
    default:
      rl_callback_handler_remove()
      echo("\n")
      return .terminated(signal)
    }
  }

  private static func isOn(_ variable: String) -> Bool {
    rl_variable_value(variable).map { String(cString: $0) == "on" } ?? false
  }

  private func echo(_ text: String) {
    fputs(text, rl_outstream)
    fflush(rl_outstream)
  }
}

/// Readline wants these as long as it runs, and never frees them.
nonisolated(unsafe) private let wordBreaks = strdup(" \t\n\"'`@$><=;|&{}(+-*/%^,:[]!?~).")
nonisolated(unsafe) private let wordBreaksInTexts = strdup("\n\"")

/// What stands before the cursor, with the lines of the entry above readline's.
private func textBeforeCursor() -> String {
  guard let buffer = rl_line_buffer else { return "" }
  let count = Int(min(max(0, rl_point), max(0, rl_end)))
  let line = UnsafeRawBufferPointer(start: buffer, count: count)
  return earlierLines + String(decoding: line, as: UTF8.self)
}

/// Readline's question for completions, answered in its own terms: an array of C strings that it
/// frees, first their common beginning, then each.
private func offerCompletions() -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
  guard let completer else { return nil }
  let completion = completer(textBeforeCursor())
  if completion.isPath {
    rl_completion_append_character = Int32(UInt8(ascii: "\""))
    return nil  // readline completes the names of files itself
  }
  rl_attempted_completion_over = 1
  guard let first = completion.candidates.first else { return nil }
  let suffix = completion.candidates.count == 1 ? first.suffix : ""
  rl_completion_append_character = Int32(suffix.utf8.first ?? 0)
  let texts = completion.candidates.map(\.text)
  let all = (texts.count > 1 ? [Completion.commonPrefix(of: texts)] : []) + texts
  let size = MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
  guard let array = calloc(all.count + 1, size) else { return nil }
  let result = array.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
  for (index, text) in all.enumerated() { result[index] = strdup(text) }
  return result
}
