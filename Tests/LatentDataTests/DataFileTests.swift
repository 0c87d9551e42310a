// Readers and writers, on files of numpy and on files damaged in every way there is.

import Foundation
import LatentTensor
import Testing

@testable import LatentData

/// A directory that is gone after the test.
final class Scratch {
  let path = NSTemporaryDirectory() + "latent-data-\(UUID().uuidString)/"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try FileBytes.store(bytes, at: path + name)
    return path + name
  }

  func file(_ name: String, _ text: String) throws -> String {
    try file(name, Array(text.utf8))
  }
}

func failure(_ body: () throws -> Any) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch { return error as? Failure }
}

func fixture(_ name: String) throws -> [UInt8] {
  let text = try #require(NumpyFixtures.files[name])
  let packed = try #require(Data(base64Encoded: text))
  return try inflate(Array(packed), .gzip, name)
}

@Suite struct DataFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func tensor(_ name: String, _ bytes: [UInt8]) throws -> Tensor {
    guard case .tensor(let tensor) = try DataFile.load(try scratch.file(name, bytes)) else {
      throw Failure("L000", "not a tensor")
    }
    return tensor
  }

  // MARK: - NPY

  @Test(arguments: [
    ("f8", [0, 0.5, 1, 1.5, 2, 2.5]), ("f4be", [-2.25, -1.25, -0.25, 0.75, 1.75, 2.75]),
    ("f8f", [0, 1.5, 3, 4.5, 6, 7.5]), ("i2", [-3, -2, -1, 0, 1, 2]),
    ("i1", [-3, -2, -1, 0, 1, 2]), ("i8", [0, 1e12, 2e12, 3e12, 4e12, 5e12]),
    ("u1", [0, 1, 2, 3, 4, 5]), ("b1", [1, 0, 1, 0, 1, 0]), ("v2", [0, 1, 2, 3, 4, 5]),
  ])
  func numpyArrays(_ name: String, _ values: [Double]) throws {
    let read = try tensor(name + ".npy", try fixture(name))
    #expect(read.shape == [2, 3])
    #expect(read.values == values)
  }

  @Test func numpyStorageIsKept() throws {
    guard case .bytes(_, scale: 1) = try tensor("a.npy", try fixture("u1")).storage,
      case .float32 = try tensor("b.npy", try fixture("f4be")).storage,
      try tensor("c.npy", try fixture("b1")).isMask
    else {
      Issue.record("the storage differs from the file's type")
      return
    }
    #expect(try tensor("s.npy", try fixture("scalar")).values == [2.5])
    #expect(try tensor("s.npy", try fixture("scalar")).shape == [])
    let halves = try tensor("h.npy", try fixture("f2")).values
    #expect(halves == [0.5, -65504, 5.960464477539063e-08, .infinity])
  }

  @Test func numpyArchives() throws {
    for (name, x) in [("npz", [0, 1, 2, 3, 4, 5]), ("npzc", [Double](repeating: 0, count: 200))] {
      guard
        case .record(let entries) = try DataFile.load(
          try scratch.file(name + ".npz", try fixture(name)))
      else {
        Issue.record("not a record")
        return
      }
      #expect(entries.map(\.name) == ["x", "y"])
      #expect(entries[0].tensor.values == x)
      #expect(entries[1].tensor.values == [1, 2])
    }
  }

  @Test func whatNumpyWroteOtherwiseIsNamed() throws {
    let complex = try #require(failure { try tensor("c.npy", try fixture("c16")) })
    #expect(complex.code == "L725" && complex.message.contains("<c16"))
    #expect(failure { try tensor("r.npy", try fixture("rec")) }?.code == "L725")
    #expect(failure { try tensor("r.npy", Array("not numpy at all".utf8)) }?.code == "L722")
    var newer = try fixture("f8")
    newer[6] = 9
    #expect(failure { try tensor("r.npy", newer) }?.code == "L725")
  }

  /// Cut anywhere, a file is refused and never read as something else.
  @Test(arguments: ["f8", "v2", "npz", "npzc"])
  func everyTruncationIsRefused(_ name: String) throws {
    let bytes = try fixture(name)
    let end = name.hasPrefix("npz") ? ".npz" : ".npy"
    for length in 0..<bytes.count {
      let error = failure {
        try DataFile.load(try scratch.file("cut" + end, Array(bytes[..<length])))
      }
      #expect(["L722", "L723"].contains(error?.code), "\(name) cut to \(length)")
    }
  }

  /// Changed anywhere, a file is read or refused; nothing traps or asks for all the memory.
  @Test(arguments: ["f8", "f8f", "npz", "npzc"])
  func everyChangedByteIsSurvived(_ name: String) throws {
    let bytes = try fixture(name)
    var refused = 0
    for place in bytes.indices {
      for change in [0x01, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[place] ^= change
        let file = FileBytes(path: name, bytes: changed)
        let error = failure {
          name.hasPrefix("npz") ? try DataFile.npz(file).count : try DataFile.npy(file).count
        }
        if error != nil { refused += 1 }
      }
    }
    #expect(refused > bytes.count / 10)
  }

  @Test func hugeHeadersAreRefusedBeforeMemoryIsTaken() throws {
    for shape in ["(4000000000000, 8)", "(9223372036854775807, 9)", "(99999999999999999999,)"] {
      let header = "{'descr': '<f8', 'fortran_order': False, 'shape': \(shape), }\n"
      let bytes: [UInt8] =
        [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      let error = failure { try tensor("huge.npy", bytes) }
      #expect(["L427", "L722"].contains(error?.code), "\(shape)")
    }
    let idx: [UInt8] = [0, 0, 8, 3] + [UInt8](repeating: 0xff, count: 12)
    #expect(failure { try tensor("huge-ubyte", idx) }?.code == "L427")
    let long: [UInt8] = [0, 0, 8, 255] + [UInt8](repeating: 1, count: 100)
    #expect(failure { try tensor("long-ubyte", long) }?.code == "L723")
  }

  @Test func arraysAreWrittenAsTheyAreRead() throws {
    let parts: [Tensor] = [
      Tensor(shape: [2, 2], [0.1, .nan, -.infinity, 3] as [Double]),
      Tensor(shape: [3], floats: [0.1, 2, 3]), Tensor(shape: [], [7] as [Double]),
      Tensor(shape: [2], mask: [true, false]),
      Tensor(shape: [2], storage: .bytes([3, 255], scale: 1)),
      Tensor(shape: [2], storage: .bytes([3, 255], scale: 0.5)),
    ]
    for part in parts {
      let path = scratch.path + "a.npy"
      try DataFile.save(part, to: path)
      guard case .tensor(let read) = try DataFile.load(path) else { return }
      #expect(read.shape == part.shape)
      #expect(read.values.map(\.bitPattern) == part.values.map(\.bitPattern))
      #expect(try FileBytes(reading: path).bytes.count % 64 != 1)
    }
    #expect(failure { try DataFile.save(parts[0], to: "/no/such/place.npy") }?.code == "L727")
    #expect(failure { try DataFile.save(parts[0], to: "a.xls") }?.code == "L722")
  }

  // MARK: - IDX and MNIST

  private func idx(_ axes: [Int], _ values: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(axes.count)]
      + axes.flatMap { n in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: n >> $0) } } + values
  }

  @Test func idxFiles() throws {
    let read = try tensor("t-idx2-ubyte", idx([2, 3], [0, 1, 2, 3, 254, 255]))
    #expect(read.shape == [2, 3] && read.values == [0, 1, 2, 3, 254, 255])
    let shorts: [UInt8] = [0, 0, 0x0b, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 0]
    #expect(try tensor("s.idx", shorts).values == [-2, 256])
    #expect(failure { try tensor("t-ubyte", idx([2, 3], [0, 1])) }?.code == "L723")
    #expect(failure { try tensor("t-ubyte", [0, 0, 8]) }?.code == "L723")
    #expect(failure { try tensor("t-ubyte", [0, 0, 7, 1, 0, 0, 0, 0]) }?.code == "L722")
    #expect(failure { try tensor("t-ubyte", Array("PNG image".utf8)) }?.code == "L722")
  }

  @Test func mnistFromAnyDirectory() throws {
    let images = idx([3, 2, 2], [0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8])
    _ = try scratch.file("train-images-idx3-ubyte", images)
    _ = try scratch.file("train-labels-idx1-ubyte", idx([3], [7, 8, 9]))
    let set = try ImageSet.mnist(directory: scratch.path)
    #expect(set.x.shape == [3, 4])
    let scale = 1.0 / 255
    let expected: [Double] = [0, 51 * scale, 102 * scale, 1]
    #expect(Array(set.x.values.prefix(4)) == expected)
    #expect(set.y.values == [7, 8, 9])
    guard case .bytes = set.x.storage else {
      Issue.record("images are not bytes")
      return
    }
    let missing = try #require(failure { try ImageSet.mnist(directory: scratch.path, part: .test) })
    #expect(missing.code == "L726")
    #expect(missing.helps.contains { $0.contains("t10k-images-idx3-ubyte.gz") })
    _ = try scratch.file("t10k-images.idx3-ubyte", images)
    _ = try scratch.file("t10k-labels-idx1-ubyte", idx([2], [7, 8]))
    #expect(
      failure { try ImageSet.mnist(directory: scratch.path, part: .test) }?.code == "L729")
    #expect(failure { try ImageSet.mnist(directory: "/no/such/place") }?.code == "L726")
    _ = try scratch.file("train-labels-idx1-ubyte", images)
    #expect(failure { try ImageSet.mnist(directory: scratch.path) }?.code == "L722")
  }

  @Test func gzippedFilesOfSeveralMembersAndDamagedOnes() throws {
    let packed = Data(base64Encoded: NumpyFixtures.files["f8"] ?? "").map(Array.init) ?? []
    #expect(try tensor("a.npy.gz", packed).values == [0, 0.5, 1, 1.5, 2, 2.5])
    #expect(try inflate(packed + packed, .gzip, "two").count == 352)
    #expect(try inflate(packed + [0, 0, 0], .gzip, "padded").count == 176)
    #expect(failure { try tensor("b.npy.gz", Array(packed.dropLast(20))) }?.code == "L723")
    var damaged = packed
    damaged[packed.count - 6] ^= 0xff
    #expect(failure { try tensor("c.npy.gz", damaged) }?.code == "L722")
  }

  // MARK: - Paths

  @Test func wrongPathsAreExplained() throws {
    let missing = try #require(failure { try DataFile.load("no/such/file.csv") })
    #expect(missing.code == "L720" && missing.helps.contains { $0.contains("relative to") })
    #expect(failure { try DataFile.load(scratch.path + "none.docx") }?.code == "L720")
    #expect(failure { try DataFile.load(try scratch.file("a.docx", "x")) }?.code == "L722")
    #expect(failure { try DataFile.load(try scratch.file("csv", "x")) }?.code == "L722")
    #expect(failure { try DataFile.load("") } != nil)
    try FileManager.default.createDirectory(
      atPath: scratch.path + "d.csv", withIntermediateDirectories: true)
    #expect(failure { try DataFile.load(scratch.path + "d.csv") }?.code == "L721")
  }

  @Test func everyCodeHasItsOwnMeaning() {
    let codes = DataFailure.allCases
    #expect(Set(codes.map(\.meaning)).count == codes.count)
    #expect(codes.allSatisfy { $0.rawValue.hasPrefix("L7") })
  }
}
