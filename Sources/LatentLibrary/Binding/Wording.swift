// Numbers and counts as the library's own lines write them.

import Foundation

func fixed(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

func significant(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)g", value)
}

func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// A rate or count in three significant digits, with its thousands set apart: `46,700`.
func grouped(_ value: Double) -> String {
  guard value.isFinite, value >= 1, value < 1e15 else { return significant(value, 3) }
  var scale = 1.0
  while value / scale >= 1000 { scale *= 10 }
  var digits = String(Int((value / scale).rounded() * scale))
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return ([digits] + groups).joined(separator: ",")
}

/// `48 s`, `3 min 20 s`, `2 h 5 min`.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e7 else { return "a long time" }
  let whole = Int(seconds.rounded())
  if seconds < 10 { return fixed(max(seconds, 0), 1) + " s" }
  if whole < 120 { return "\(whole) s" }
  if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
