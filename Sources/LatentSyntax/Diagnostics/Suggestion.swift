// "Did you mean": the candidate that fewest slips of the fingers turn into what was typed.

/// The candidate nearest to `name`, when it is near enough to have been meant.
///
/// Damerau–Levenshtein distance (optimal string alignment), case and underscores folded, at most
/// max(1, length/3) and less than the whole name. Of equals the first wins, so put the names of
/// the same scope first.
public func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
  let typed = folded(name)
  guard !typed.isEmpty, typed.count <= 64 else { return nil }
  var best: String?
  var limit = max(1, typed.count / 3)
  for candidate in candidates where candidate != name {
    let letters = folded(candidate)
    guard abs(letters.count - typed.count) <= limit, letters.count <= 96 else { continue }
    let distance = alignmentDistance(typed, letters)
    guard distance <= limit, distance < typed.count, best == nil || distance < limit else {
      continue
    }
    best = candidate
    limit = distance
    if distance == 0 { break }
  }
  return best
}

private func folded(_ name: String) -> [Character] {
  name.lowercased().filter { $0 != "_" }
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
func alignmentDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      let substitution = last[j] + (a[i] == b[j] ? 0 : 1)
      var distance = min(substitution, last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        distance = min(distance, beforeLast[j - 1] + 1)
      }
      row.append(distance)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
