// Lines without editing, for terminals that cannot move their cursor (TERM=dumb, as inside Emacs):
// readline would send them control sequences they show as garbage.

@preconcurrency import Glibc

struct PlainReader: LineReader {
  private let signals: SignalPipe
  private let output: Int32
  private var pending: [UInt8] = []

  /// - Parameter output: the descriptor that prompts go to.
  init(signals: SignalPipe, output: Int32) {
    self.signals = signals
    self.output = output
  }

  mutating func read(prompt: String, after lines: [String], history: [String]) -> LineInput {
    show(prompt)
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        return .line(line)
      }
      let ready = signals.wait(orFor: STDIN_FILENO)
      for case .signal(let number) in signals.take() {
        switch number {
        case SIGINT:
          let wasEmpty = pending.isEmpty
          pending = []
          show("\n")
          return .interrupted(wasEmpty: wasEmpty)
        case SIGWINCH, SIGCONT: break
        default: return .terminated(number)
        }
      }
      guard ready else { continue }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
      if count > 0 {
        pending += bytes.prefix(count)
      } else if count == 0 || errno != EINTR {
        guard !pending.isEmpty else { return .end }
        // A last line without its end.
        defer { pending = [] }
        return .line(String(decoding: pending, as: UTF8.self))
      }
    }
  }

  private func show(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
  }
}
