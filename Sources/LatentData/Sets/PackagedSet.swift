// The small classic data sets inside the binary. Where they come from and under which terms:
// notebooks/data/README.md.

import CPackagedData
import LatentTensor

/// A data set of the package.
public struct PackagedSet: Sendable {
  /// n × d.
  public var x: Tensor
  /// The classes or the names of the rows, if the set has any.
  public var y: Labels?
  /// The names of the columns of `x`.
  public var names: [String]

  public enum Labels: Sendable {
    case numbers(Tensor)
    case texts([String])
  }

  /// Old Faithful geyser: 272 eruptions, duration and waiting time in minutes (R's version).
  public static func faithful() throws -> PackagedSet { try Stored.faithful.get() }

  /// Anderson's irises: 150 flowers, four lengths in cm, three species (R's version, which
  /// differs from UCI's in two rows).
  public static func iris() throws -> PackagedSet { try Stored.iris.get() }

  /// Arrests per 100,000 residents in the 50 states of the USA, 1973, and urban population in %.
  public static func usarrests() throws -> PackagedSet { try Stored.usarrests.get() }

  /// 1797 handwritten digits of 8 × 8 pixels in [0, 1], as bytes in sixteenths.
  public static func digits() throws -> PackagedSet { try Stored.digits.get() }

  /// Read once, when first asked for.
  private enum Stored {
    static let faithful = Result { try read(packaged_faithful_bytes(), "faithful") }
    static let iris = Result {
      try read(packaged_iris_bytes(), "iris", labels: "species")
    }
    static let usarrests = Result {
      try read(packaged_usarrests_bytes(), "usarrests", labels: "state")
    }
    static let digits = Result {
      var set = try read(packaged_digits_bytes(), "digits", labels: "digit")
      set.x = Tensor(
        shape: set.x.shape, storage: .bytes(set.x.values.map { UInt8($0) }, scale: 1.0 / 16))
      return set
    }

    private static func read(
      _ packaged: PackagedBytes, _ name: String,
      labels: String? = nil
    ) throws -> PackagedSet {
      let bytes = Array(
        UnsafeBufferPointer(start: packaged.start, count: packaged.end - packaged.start))
      let table = try DataFile.csv(FileBytes(path: name, bytes: bytes), delimiter: ",")
      let y: Labels? =
        switch labels.flatMap({ table[$0] }) {
        case .texts(let texts): .texts(texts)
        case .numbers(let numbers): .numbers(numbers)
        case nil: nil
        }
      return PackagedSet(
        x: try table.matrix(except: labels.map { [$0] } ?? []), y: y,
        names: table.names.filter { $0 != labels })
    }
  }
}
