// Unpacking what zlib's deflate packed: gzip files and the entries of npz archives.

import CZlib
import LatentTensor

/// What surrounds deflated data.
enum DeflateWrapper: Int32 {
  /// A gzip file, possibly of several members. zlib's window size 15, and 16 for the wrapper.
  case gzip = 31
  /// Nothing, as in a zip archive.
  case none = -15
}

/// The unpacked bytes.
func inflate(
  _ packed: [UInt8], _ wrapper: DeflateWrapper, _ path: String, expected: Int = 0
) throws -> [UInt8] {
  var stream = z_stream()
  guard
    inflateInit2_(&stream, wrapper.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      == Z_OK
  else { throw Failure(.unreadable, "cannot unpack `\(path)`: no memory") }
  defer { inflateEnd(&stream) }
  var packed = packed
  var result: [UInt8] = []
  // What the archive says is only a hint, so that a lie does not ask for all the memory.
  result.reserveCapacity(min(max(expected, 0), 1 << 28))
  var chunk = [UInt8](repeating: 0, count: 1 << 18)
  let size = packed.count
  let limit = Shape.elementLimit.multipliedReportingOverflow(by: 8).partialValue
  try packed.withUnsafeMutableBufferPointer { input in
    var offset = 0
    var status = Z_OK
    while true {
      // zlib counts in 32 bits.
      let window = min(size - offset, 1 << 30)
      stream.next_in = input.baseAddress.map { $0 + offset }
      stream.avail_in = UInt32(window)
      let produced = chunk.withUnsafeMutableBufferPointer { output in
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        status = CZlib.inflate(&stream, Z_NO_FLUSH)
        return output.count - Int(stream.avail_out)
      }
      offset += window - Int(stream.avail_in)
      result.append(contentsOf: chunk[..<produced])
      guard result.count <= limit else {
        throw Failure(.unreadable, "`\(path)` unpacks to more than the memory holds")
      }
      switch status {
      case Z_STREAM_END:
        // A gzip file may go on with another member; anything else after the end is padding.
        let more = wrapper == .gzip && size - offset > 2
        guard more, input[offset] == 0x1f, input[offset + 1] == 0x8b else { return }
        inflateReset(&stream)
      case Z_OK where produced > 0 || offset < size: continue
      case Z_OK, Z_BUF_ERROR:
        throw Failure(
          .truncated, "`\(path)` ends early: the packed data stop after \(size) bytes",
          help: "the file was not copied or downloaded completely")
      default:
        throw Failure(
          .format, "`\(path)` is damaged: its packed data do not unpack",
          help: "copy or download it again")
      }
    }
  }
  return result
}
