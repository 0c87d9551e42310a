// The rows of an .npy file, read a range at a time: data of any size, with no more in memory than
// is being looked at. Read and not mapped, because mapped pages count as the memory of the process
// until the system wants them back.

import LatentTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A matrix in an .npy file of numbers in row-major order.
public final class NPYRows: Sendable {
  public let path: String
  public let rows: Int
  public let columns: Int
  private let descriptor: Int32
  private let type: ElementType
  private let isBigEndian: Bool
  /// Where the first element lies, in bytes.
  private let start: Int

  /// - Throws: a failure for what is no matrix, is stored by columns, or ends early.
  public init(path: String) throws {
    let file = open(FileBytes.expand(path), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw Failure(
        errno == ENOENT ? .notFound : .unreadable,
        "cannot read `\(path)`: \(FileBytes.reason(errno))")
    }
    do {
      var status = stat()
      guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw Failure(.unreadable, "`\(path)` is not a file whose rows can be read one by one")
      }
      let size = Int(status.st_size)
      var head = FileBytes(
        path: path, bytes: try NPYRows.bytes(file, at: 0, count: min(size, 1 << 16), path))
      let header = try DataFile.npyHeader(&head)
      guard header.shape.count == 2 else {
        throw Failure(
          .unsupported, "`\(path)` holds an array of shape \(Shape.text(header.shape)), no matrix")
      }
      guard !header.isFortran else {
        throw Failure(
          .unsupported, "`\(path)` is stored by columns, so its rows are not together",
          help: "save it with `numpy.ascontiguousarray`")
      }
      let (elements, isHuge) = header.shape[0].multipliedReportingOverflow(by: header.shape[1])
      let (bytes, isHuger) = elements.multipliedReportingOverflow(by: header.type.size)
      guard !isHuge, !isHuger, bytes <= size - head.position else {
        throw head.truncated("a body of shape \(Shape.text(header.shape))", needed: bytes)
      }
      (rows, columns) = (header.shape[0], header.shape[1])
      (type, isBigEndian, start) = (header.type, header.isBigEndian, head.position)
      self.path = path
      descriptor = file
    } catch {
      close(file)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// The values of some rows, row by row.
  public func read(_ range: Range<Int>) throws -> [Double] {
    let kept = range.clamped(to: 0..<rows)
    let width = columns * type.size
    var part = FileBytes(
      path: path,
      bytes: try NPYRows.bytes(
        descriptor, at: start + kept.lowerBound * width, count: kept.count * width, path))
    return try part.numbers(type, shape: [kept.count, columns], bigEndian: isBigEndian).values
  }

  private static func bytes(
    _ file: Int32, at offset: Int, count: Int, _ path: String
  ) throws -> [UInt8] {
    var done = 0
    var error: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while done < count, let base = buffer.baseAddress {
        let got = pread(file, base + done, count - done, off_t(offset + done))
        if got < 0, errno == EINTR { continue }
        if got <= 0 {
          error = got < 0 ? errno : EIO
          break
        }
        done += got
      }
      filled = done
    }
    guard done == count else {
      throw Failure(.unreadable, "cannot read `\(path)`: \(FileBytes.reason(error))")
    }
    return bytes
  }
}
