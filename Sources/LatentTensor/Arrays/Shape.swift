// Arithmetic on shapes: element counts that cannot overflow, strides, axes counted from the end,
// and the broadcasting rule. Every operation that makes a tensor larger than its operands asks
// here first.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Shapes as plain arrays of axis lengths, outermost axis first.
public enum Shape {
  /// The most axes of a tensor; the walks over axes that recurse are this deep.
  public static let rankLimit = 64

  /// The most elements one tensor may have: half of the memory of this machine (or of the control
  /// group the process runs in) as float64, since a result stands beside its operand.
  public static let elementLimit: Int = {
    var bytes = UInt64.max
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    if pages > 0, pageSize > 0 { bytes = UInt64(pages).multipliedSaturating(UInt64(pageSize)) }
    if let file = fopen("/sys/fs/cgroup/memory.max", "r") {
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 32)
      if fgets(&line, 32, file) != nil {
        let digits = line.prefix { $0 >= 48 && $0 <= 57 }.map { UInt8($0) }
        if let limit = UInt64(String(decoding: digits, as: UTF8.self)) {
          bytes = min(bytes, limit)
        }
      }
    }
    return Int(min(bytes, 1 << 50) / 16)
  }()

  /// The number of elements of a shape, refused when it overflows or exceeds `elementLimit`.
  public static func count(_ shape: [Int], argument: String? = nil) throws -> Int {
    if let axis = shape.firstIndex(where: { $0 < 0 }) {
      throw Failure(
        .domain, "axis \(axis) of the shape \(text(shape)) is negative", argument: argument,
        help: "lengths are integers from 0")
    }
    guard shape.count <= rankLimit else {
      throw Failure(
        .tooLarge, "a tensor of \(shape.count) axes", argument: argument,
        help: "tensors have at most \(rankLimit) axes")
    }
    if shape.contains(0) { return 0 }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow || product > elementLimit { throw tooLarge(shape, argument: argument) }
      count = product
    }
    let bytes = count * 8
    if bytes >= MemoryClaim.threshold, let room = MemoryAccount.current?.room, bytes > room {
      throw tooLarge(shape, argument: argument, room: room / 8)
    }
    return count
  }

  private static func tooLarge(
    _ shape: [Int], argument: String?, room: Int? = nil
  ) -> Failure {
    let gigabytes = shape.reduce(8e-9) { $0 * Double($1) }
    let figure = gigabytes < 1000 ? "\(gigabytes.rounded())" : "\(Float(gigabytes))"
    let size = figure.hasSuffix(".0") ? String(figure.dropLast(2)) : figure
    return Failure(
      .tooLarge, "a tensor of shape \(text(shape)) would take \(size) GB", argument: argument,
      notes: [
        room.map { "at most \($0) more elements fit into the memory the program may use" }
          ?? "at most \(elementLimit) elements fit into the memory of this machine"
      ])
  }

  /// `(3, 4)`, `(3,)` and `()`, as shapes are written everywhere in the field.
  public static func text(_ shape: [Int]) -> String {
    let inner = shape.map(String.init).joined(separator: ", ")
    return shape.count == 1 ? "(\(inner),)" : "(\(inner))"
  }

  /// Row-major strides, in elements.
  public static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// An axis counted from the front; negative ones count from the end.
  public static func axis(
    _ axis: Int, of shape: [Int], argument: String? = "axis"
  ) throws -> Int {
    guard axis >= -shape.count, axis < shape.count else {
      let known =
        switch shape.count {
        case 0: "a number has no axes"
        case 1: "a vector has one axis, 0 (or -1)"
        default: "axes are 0...\(shape.count - 1), or -1 for the last"
        }
      throw Failure(
        .axis, "axis \(axis) of a tensor of shape \(text(shape))", argument: argument, help: known)
    }
    return axis < 0 ? axis + shape.count : axis
  }

  /// The shape of an elementwise result.
  ///
  /// Axes are aligned from the right, and one of length 1 or a missing one is repeated. The
  /// result must be the shape of one of the operands: `(n, 1) - (n,)`, which elsewhere silently
  /// makes an n × n table of differences, is an error here.
  public static func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    if a == b { return a }
    let rank = max(a.count, b.count)
    var result = [Int](repeating: 1, count: rank)
    for distance in 1..<(rank + 1) {
      let left = distance <= a.count ? a[a.count - distance] : 1
      let right = distance <= b.count ? b[b.count - distance] : 1
      guard left == right || left == 1 || right == 1 else {
        throw mismatch(a, b, distance: distance, left: left, right: right)
      }
      result[rank - distance] = left == 1 ? right : left
    }
    guard result == a || result == b else {
      throw Failure(
        .broadcast,
        "shapes \(text(a)) and \(text(b)) would make \(text(result)), which neither operand has",
        helps: [
          "for every pair of elements write `pairwise(a, b, f)`",
          "to combine them one by one give both the same shape with `reshape`",
        ])
    }
    return result
  }

  private static func mismatch(
    _ a: [Int], _ b: [Int], distance: Int, left: Int, right: Int
  ) -> Failure {
    var helps: [String] = []
    let (small, large) = a.count <= b.count ? (a, b) : (b, a)
    if small.count < large.count, !small.isEmpty, Array(large.prefix(small.count)) == small {
      let padded = small + [Int](repeating: 1, count: large.count - small.count)
      let shape = "[\(padded.map(String.init).joined(separator: ", "))]"
      helps.append(
        "axes are aligned from the right; to go along the first axis, write `reshape(v, \(shape))`")
    } else if a.count >= 2, b.count >= 2, a == b.reversed() {
      helps.append("`'` transposes; `@` is the matrix product")
    } else if a.count == 1, b.count == 1 {
      helps.append(
        "cut the longer one, `x[..<\(min(left, right))]`, or combine every pair of elements with "
          + "`pairwise(a, b, f)`")
    } else {
      helps.append("take the part that fits by an index, or give both one shape with `reshape`")
    }
    return Failure(
      .broadcast, "shapes \(text(a)) and \(text(b)) do not match",
      notes: ["axis -\(distance) has length \(left) on one side and \(right) on the other"],
      helps: helps)
  }

  /// The strides that walk an operand of shape `own` along an aligned result: 0 where repeated.
  static func strides(_ own: [Int], along result: [Int]) -> [Int] {
    let inner = strides(own)
    let missing = result.count - own.count
    return result.indices.map { axis in
      axis < missing || own[axis - missing] == 1 ? 0 : inner[axis - missing]
    }
  }
}

extension UInt64 {
  fileprivate func multipliedSaturating(_ other: UInt64) -> UInt64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
