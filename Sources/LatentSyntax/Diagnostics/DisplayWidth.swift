// How many columns of a terminal a character takes, so that carets stand under what they mean.

enum DisplayWidth {
  static let tabStop = 4

  /// East Asian wide and fullwidth ranges and emoji, from EastAsianWidth.txt, merged coarsely.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x2E80...0x303E,
    0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x1B2FF, 0x1F200...0x1F2FF, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]

  /// The columns of a character that is no tab; marks and joiners lie on the scalar before.
  static func of(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.value < 0x300 { return 1 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    let isEmoji = character.unicodeScalars.contains { $0.value == 0xFE0F }
    return isEmoji || wide.contains { $0.contains(first.value) } ? 2 : 1
  }

  /// A line as it may be shown: tabs as spaces, and what would command the terminal or turn the
  /// direction of writing as U+FFFD.
  static func shown(_ line: some StringProtocol) -> (text: String, width: Int) {
    var text = ""
    var width = 0
    for character in line {
      if character == "\t" {
        let step = tabStop - width % tabStop
        text += String(repeating: " ", count: step)
        width += step
      } else if character.unicodeScalars.contains(where: commandsTerminal) {
        text += "\u{FFFD}"
        width += 1
      } else {
        text.append(character)
        width += of(character)
      }
    }
    return (text, width)
  }

  private static func commandsTerminal(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
      || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }
}
