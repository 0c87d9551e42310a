// The order of numbers by their bits: what `sort` with a key spends its time on. A comparison sort
// calls its closure n log n times; this passes eight times, at most, over keys and positions.

/// The positions of `numbers` in ascending or descending order; equal numbers keep theirs, and NaN
/// comes last in either direction.
///
/// A number becomes an integer of the same order: negative ones have all bits inverted, the others
/// the sign (IEEE 754 sorts magnitudes as integers). Least significant byte first, every pass is
/// stable, so the whole is; a byte in which all keys agree needs no pass.
func radixOrder(of numbers: [Double], descending: Bool) -> [Int] {
  guard let last = UInt32(exactly: numbers.count), last > 0 else {
    return numbers.isEmpty ? [] : longOrder(of: numbers, descending: descending)
  }
  var items = [RadixItem](repeating: RadixItem(key: 0, position: 0), count: numbers.count)
  var next = items
  var differing: UInt64 = 0
  for position in numbers.indices {
    let key = radixKey(numbers[position], descending)
    items[position] = RadixItem(key: key, position: UInt32(truncatingIfNeeded: position))
    differing |= key ^ items[0].key
  }
  // Wide digits need fewer passes, but their counts must be worth clearing.
  let width: UInt64 = numbers.count < 4096 ? 8 : 11
  let mask: UInt64 = 1 << width - 1
  var counts = [Int](repeating: 0, count: 1 << Int(width))
  for shift in stride(from: UInt64(0), to: 64, by: Int(width))
  where (differing >> shift) & mask != 0 {
    items.withUnsafeBufferPointer { items in
      next.withUnsafeMutableBufferPointer { next in
        counts.withUnsafeMutableBufferPointer { counts in
          counts.update(repeating: 0)
          for item in items { counts[Int(truncatingIfNeeded: (item.key >> shift) & mask)] += 1 }
          var start = 0
          for digit in counts.indices { (counts[digit], start) = (start, start + counts[digit]) }
          for item in items {
            let digit = Int(truncatingIfNeeded: (item.key >> shift) & mask)
            next[counts[digit]] = item
            counts[digit] += 1
          }
        }
      }
    }
    swap(&items, &next)
  }
  return items.map { Int($0.position) }
}

private struct RadixItem {
  let key: UInt64
  let position: UInt32
}

private func radixKey(_ number: Double, _ descending: Bool) -> UInt64 {
  if number.isNaN { return .max }
  let bits = (number + 0).bitPattern  // -0 and 0 are equal
  let ascending = bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  return descending ? ~ascending : ascending
}

/// The same for more numbers than 32 bits count, which only fit into very large machines.
private func longOrder(of numbers: [Double], descending: Bool) -> [Int] {
  let keys = numbers.map { radixKey($0, descending) }
  return keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
}
