// Amounts of memory as people read them.

/// A number of bytes in three digits: `512 B`, `1.23 kB`, `45.6 MB`, `7.89 GB`, in powers of 1000.
public struct ByteText: CustomStringConvertible {
  public let bytes: Int

  public init(_ bytes: Int) { self.bytes = bytes }

  public var description: String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    var (value, unit) = (Double(bytes), 0)
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    while value >= 999.5, unit + 1 < units.count {
      value /= 1000
      unit += 1
    }
    let scale: Double = value < 9.995 ? 100 : value < 99.95 ? 10 : 1
    let rounded = (value * scale).rounded() / scale
    let text = scale == 1 ? String(Int(rounded)) : "\(rounded)"
    return "\(text) \(units[unit])"
  }
}
