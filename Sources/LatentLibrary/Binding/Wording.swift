// Numbers and counts as the library's own lines write them.

import Foundation

func fixed(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

func significant(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)g", value)
}

func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// `48 s`, `3 min 20 s`, `2 h 5 min`.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e7 else { return "a long time" }
  let whole = Int(seconds.rounded())
  if seconds < 10 { return fixed(max(seconds, 0), 1) + " s" }
  if whole < 120 { return "\(whole) s" }
  if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
