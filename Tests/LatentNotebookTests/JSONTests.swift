// JSON against its grammar (RFC 8259): what is a value, what is not, and what is kept.

import Foundation
import Testing

@testable import LatentNotebook

struct JSONTests {
  /// A text and how it is written back.
  static let accepted: [(String, String)] = [
    ("null", "null"), ("true", "true"), ("false", "false"),
    ("0", "0"), ("-0", "0"), ("12", "12"), ("-7", "-7"), ("1.5", "1.5"), ("1e3", "1000.0"),
    ("2.5E-1", "0.25"), ("9223372036854775807", "9223372036854775807"),
    ("\"\"", "\"\""), ("\"a\\n\\t\\\"\\\\\\/\"", "\"a\\n\\t\\\"\\\\/\""),
    ("\"\\u0041\"", "\"A\""), ("\"\\ud83d\\ude00\"", "\"😀\""), ("\"\\ud83d\"", "\"\u{FFFD}\""),
    ("\"\\u0001\"", "\"\\u0001\""),
    ("[]", "[]"), ("[ 1 , [ ] , {} ]", "[1,[],{}]"), ("{}", "{}"),
    ("{ \"b\" : 1 , \"a\" : [true] }", "{\"b\":1,\"a\":[true]}"), (" 1 ", "1"),
  ]

  @Test(arguments: accepted) func accepts(_ text: String, _ written: String) {
    #expect(JSONReader.value(of: text)?.description == written)
  }

  static let refused = [
    "", " ", "tru", "01", "-", "1.", ".5", "1e", "+1", "0x10", "nan", "'a'", "\"", "\"\n\"",
    "\"\\x\"",
    "\"\\u12\"", "\"\\u+123\"", "[", "[1", "[1,]", "[,]", "[1 2]", "{", "{a:1}", "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}", "1 2", "[1]]",
  ]

  @Test(arguments: refused) func refuses(_ text: String) {
    #expect(JSONReader.value(of: text) == nil)
  }

  @Test func nestingIsLimited() {
    #expect(JSONReader.value(of: String(repeating: "[", count: 100_000)) == nil)
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(JSONReader.value(of: deep)?.description == deep)
  }

  @Test func aRepeatedKeyHasItsLastValue() {
    guard case .object(let object) = JSONReader.value(of: "{\"a\":1,\"a\":2}") else {
      Issue.record("no object")
      return
    }
    #expect(object["a"]?.integer == 2)
  }

  /// Foundation reads what we write as the same value.
  @Test func agreesWithFoundation() throws {
    let text = #"{"t":"é\u2028\"\\","n":[1,-2.5,1e300],"b":[true,false,null]}"#
    let value = try #require(JSONReader.value(of: text))
    let ours = try JSONSerialization.jsonObject(with: Data(value.description.utf8)) as? NSDictionary
    let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
    #expect(ours == theirs)
  }
}
