// Safetensors files: bytes written by hand from the format's description, what Python's package
// writes, and files damaged in every way there is.

import Foundation
import LatentTensor
import Testing

@testable import LatentData

@Suite struct SafetensorsTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private let sample = Safetensors(
    tensors: [
      ("bits", Tensor(shape: [2], mask: [true, false])),
      ("f", Tensor(shape: [1, 2], floats: [1, -2])), ("d", Tensor(shape: [], [0.5])),
    ], metadata: [("kind", "a \"test\" é\n")])

  /// A file with this header, filled up by spaces, and this body.
  private func file(_ header: String, _ body: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
      + body
  }

  @Test func everyByteIsAsTheFormatSays() {
    var header =
      #"{"__metadata__":{"kind":"a \"test\" é\u000a"},"#
      + #""bits":{"dtype":"BOOL","shape":[2],"data_offsets":[16,18]},"#
      + #""f":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"#
      + #""d":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}"#
    while header.utf8.count % 8 != 0 { header += " " }
    let body: [UInt8] = [
      0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 0,
    ]
    #expect(sample.bytes() == file(header, body))
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let path = scratch.path + "a.safetensors"
    try sample.write(to: path)
    try sample.write(to: path)
    let read = try Safetensors(reading: path)
    #expect(read.tensors.map(\.name) == ["bits", "f", "d"])
    #expect(read["f"]?.shape == [1, 2] && read["f"]?.values == [1, -2])
    #expect(read["d"]?.isScalar == true && read["d"]?.values == [0.5])
    #expect(read["bits"]?.isMask == true && read["bits"]?.values == [1, 0])
    #expect(read.text("kind") == "a \"test\" é\n" && read.metadata.count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a.safetensors"])
    guard case .record(let fields) = try DataFile.load(path) else {
      Issue.record("no record")
      return
    }
    #expect(fields.map(\.name) == ["bits", "f", "d"])
  }

  /// `save_file({"b": bfloat…, "i": int64…, "h": float16…}, …, metadata=…)` of safetensors.numpy.
  @Test func otherTypesAreRead() throws {
    let header =
      #"{"__metadata__":{"\u006b\ud83d\ude00":"\/"} , "i":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"#
      + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]},"#
      + #""h":{"dtype":"F16","shape":[1],"data_offsets":[20,22]},"#
      + #""none":{"dtype":"F32","shape":[0,3],"data_offsets":[22,22]}}  "#
    let minusTwo: [UInt8] = [0xFE] + [UInt8](repeating: 0xFF, count: 7)
    let body = [3, 0, 0, 0, 0, 0, 0, 0] + minusTwo + [0x80, 0x3F, 0x20, 0xC0, 0x00, 0x3C]
    let read = try Safetensors(reading: try scratch.file("b.safetensors", file(header, body)))
    #expect(read["i"]?.values == [3, -2])
    #expect(read["b"]?.values == [1, -2.5])
    #expect(read["h"]?.values == [1])
    #expect(read["none"]?.shape == [0, 3])
    #expect(read.text("k😀") == "/")
  }

  @Test func damagedFilesAreRefused() throws {
    let whole = sample.bytes()
    for length in 0..<whole.count {
      let cut = try scratch.file("cut.safetensors", Array(whole[..<length]))
      #expect(failure { try Safetensors(reading: cut) } != nil, "\(length) bytes")
    }
    for place in 0..<whole.count {
      var bytes = whole
      bytes[place] ^= 0x15
      let path = try scratch.file("flipped.safetensors", bytes)
      _ = try? Safetensors(reading: path)
    }
    let one = #""dtype":"F32","shape":[1],"data_offsets":"#
    let wrong: [(String, [UInt8], DataFailure)] = [
      ("{}", [0], .format), ("[]", [], .format), ("{\"a\":1}", [], .format), ("{", [], .format),
      ("{\"a\":{\(one)[0,4]}}", [0, 0, 0], .truncated),
      ("{\"a\":{\(one)[0,8]}}", [UInt8](repeating: 0, count: 8), .format),
      ("{\"a\":{\(one)[1,5]}}", [UInt8](repeating: 0, count: 5), .format),
      ("{\"a\":{\(one)[0,4]},\"b\":{\(one)[0,4]}}", [0, 0, 0, 0], .format),
      ("{\"a\":{\(one)[0,4]},\"a\":{\(one)[4,8]}}", [UInt8](repeating: 0, count: 8), .format),
      ("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", [0, 0, 0, 0], .format),
      ("{\"a\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,4]}}", [], .unsupported),
      ("{\"a\":{\(one)[0,4]}}x", [0, 0, 0, 0], .format),
      ("{\"a\":{\(one)[0,99999999999999999999]}}", [], .format),
    ]
    for (header, body, kind) in wrong {
      let path = try scratch.file("wrong.safetensors", file(header, body))
      #expect(failure { try Safetensors(reading: path) }?.code == kind.rawValue, "\(header)")
    }
    let huge =
      "{\"a\":{\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}"
    let path = try scratch.file("huge.safetensors", file(huge))
    #expect(failure { try Safetensors(reading: path) }?.code == "L427")
    let long = [UInt8](repeating: 0xFF, count: 8)
    let endless = try scratch.file("long.safetensors", long)
    #expect(failure { try Safetensors(reading: endless) }?.code == "L722")
  }
}
