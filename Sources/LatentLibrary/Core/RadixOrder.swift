// The order of numbers by their bits: what `sort` with a key spends its time on. A comparison sort
// calls its closure n log n times; this passes eight times, at most, over keys and positions.

/// The positions of `numbers` in ascending or descending order; equal numbers keep theirs, and NaN
/// comes last in either direction.
///
/// A number becomes an integer of the same order: negative ones have all bits inverted, the others
/// the sign (IEEE 754 sorts magnitudes as integers). Least significant byte first, every pass is
/// stable, so the whole is; a byte in which all keys agree needs no pass.
func radixOrder(of numbers: [Double], descending: Bool) -> [Int] {
  var keys = numbers.map { number -> UInt64 in
    if number.isNaN { return .max }
    let bits = (number + 0).bitPattern  // -0 and 0 are equal
    let ascending = bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    return descending ? ~ascending : ascending
  }
  var order = Array(numbers.indices)
  var nextKeys = keys
  var nextOrder = order
  let first = keys.first ?? 0
  let differing = keys.reduce(0) { $0 | ($1 ^ first) }
  for shift in stride(from: UInt64(0), to: 64, by: 8) where (differing >> shift) & 255 != 0 {
    var counts = [Int](repeating: 0, count: 256)
    for key in keys { counts[Int(truncatingIfNeeded: (key >> shift) & 255)] += 1 }
    var start = 0
    for digit in counts.indices { (counts[digit], start) = (start, start + counts[digit]) }
    for position in keys.indices {
      let digit = Int(truncatingIfNeeded: (keys[position] >> shift) & 255)
      nextKeys[counts[digit]] = keys[position]
      nextOrder[counts[digit]] = order[position]
      counts[digit] += 1
    }
    swap(&keys, &nextKeys)
    swap(&order, &nextOrder)
  }
  return order
}
