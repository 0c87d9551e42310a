// GNU readline through its callback interface: we wait in `poll`, readline only ever gets a
// character that is there. The popular alternative, `readline()` with a signal hook that sets
// `rl_done`, swallows the keys typed after a Ctrl-C.

@preconcurrency import CReadline
@preconcurrency import Glibc

/// What readline's C callbacks reach. Readline is one per process and runs on the main thread.
nonisolated(unsafe) private var finishedLine: LineInput?
nonisolated(unsafe) private var completer: ((_ textBeforeCursor: String) -> Completion)?

struct ReadlineReader: LineReader {
  private let signals: SignalPipe
  /// How many entries of the session's history readline has been told of.
  private var known = 0

  /// - Parameters:
  ///   - output: where prompts and echo go; standard error when standard output is a pipe.
  ///   - complete: what may stand at the cursor, given the entry's text before it.
  init(
    signals: SignalPipe, output: UnsafeMutablePointer<FILE>,
    complete: @escaping (_ textBeforeCursor: String) -> Completion
  ) {
    self.signals = signals
    completer = complete
    // The name in `$if latent` of an inputrc; readline keeps the pointer.
    rl_readline_name = UnsafePointer(strdup("latent"))
    rl_instream = stdin
    rl_outstream = output
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    Self.bindKeys()
    rl_completer_word_break_characters = UnsafePointer(
      strdup(" \t\n\"'`@$><=;|&{}(+-*/%^,:[]!?~)."))
    rl_attempted_completion_function = { _, _, end in offerCompletions(end: Int(end)) }
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
    let bindings: [(keys: String, command: rl_command_func_t)] = [
      ("\\e[A", rl_history_search_backward), ("\\eOA", rl_history_search_backward),
      ("\\e[B", rl_history_search_forward), ("\\eOB", rl_history_search_forward),
    ]
    for binding in bindings { rl_bind_keyseq(binding.keys, binding.command) }
    if let newline = rl_named_function("insert-newline") {
      rl_bind_keyseq("\\e\\C-m", newline)
      rl_bind_keyseq("\\e\\C-j", newline)
    }
  }

  mutating func read(prompt: String, history: [String]) -> LineInput {
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
        if input == .end { echo("\n") }
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
      rl_callback_handler_remove()
      echo("^C\n")
      return .interrupted(wasEmpty: wasEmpty)
    default:
      rl_callback_handler_remove()
      echo("\n")
      return .terminated(signal)
    }
  }

  private func echo(_ text: String) {
    fputs(text, rl_outstream)
    fflush(rl_outstream)
  }
}

/// Readline's question for completions, answered in its own terms: an array of C strings that it
/// frees, first their common beginning, then each.
private func offerCompletions(
  end: Int
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
  guard let completer, let buffer = rl_line_buffer else { return nil }
  let before = UnsafeRawBufferPointer(start: buffer, count: min(max(0, end), Int(max(0, rl_end))))
  let completion = completer(String(decoding: before, as: UTF8.self))
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
