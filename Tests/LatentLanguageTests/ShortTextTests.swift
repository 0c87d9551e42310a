// Texts that stand in the value itself against the `String`s they are: nobody may notice which
// of the two a text is.

import Foundation
import LatentSyntax
import LatentTensor
import LatentTestSupport
import Testing

@testable import LatentLanguage

struct ShortTextTests {
  /// Characters of one to four bytes, marks that combine with the character before, line ends, zero.
  private static let alphabet: [Unicode.Scalar] = [
    "a", "b", "z", "A", "0", " ", "\r", "\n", "\u{0}", "e", "é", "\u{301}", "ñ", "€", "\u{212B}",
    "Å", "😀", "\u{1F1E9}", "\u{1F1EA}", "\u{7F}", "{", "\"",
  ]

  private static func texts(_ count: Int, seed: UInt64) -> [String] {
    var generator = SeededGenerator(state: seed)
    return (0..<count).map { _ in
      var text = ""
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        // Half of them plain, so that short texts are as often of one byte per character.
        let many = Bool.random(using: &generator) ? 6 : alphabet.count
        text.unicodeScalars.append(alphabet[Int.random(in: 0..<many, using: &generator)])
      }
      return text
    }
  }

  @Test func aTextIsShortWhenItHasAtMostEightBytesAndNoZero() {
    for text in Self.texts(3000, seed: 1) {
      let fits = text.utf8.count <= 8 && !text.utf8.contains(0)
      let short = ShortText(text)
      #expect((short != nil) == fits, "\(text.debugDescription)")
      guard let short else { continue }
      #expect(Array(short.string.utf8) == Array(text.utf8))
      #expect(short.count == text.utf8.count)
      #expect(short.withUTF8 { Array($0) } == Array(text.utf8))
    }
  }

  /// Every operation on two texts, each of them both as it is made and as an object.
  @Test func theOperatorsTellNoFormFromTheOther() throws {
    let texts = Self.texts(60, seed: 2)
    for x in texts {
      for y in texts {
        for a in [Value.text(x), .object(TextObject(x))] {
          for b in [Value.text(y), .object(TextObject(y))] {
            let name = "\(x.debugDescription), \(y.debugDescription)"
            #expect(a.isSame(as: b) == (x == y), "\(name)")
            #expect(try truth(.equal, a, b) == (x == y), "\(name)")
            #expect(try truth(.notEqual, a, b) == (x != y), "\(name)")
            #expect(try truth(.less, a, b) == (x < y), "\(name)")
            #expect(try truth(.lessOrEqual, a, b) == (x <= y), "\(name)")
            #expect(try truth(.greater, a, b) == (x > y), "\(name)")
            #expect(try truth(.greaterOrEqual, a, b) == (x >= y), "\(name)")
            let both = try Operators.arithmetic(.add, a, b)
            #expect(both.asText.map { Array($0.utf8) } == Array((x + y).utf8), "\(name)")
          }
        }
      }
    }
  }

  private func truth(_ operation: ComparisonOperator, _ a: Value, _ b: Value) throws -> Bool? {
    try Operators.comparison(operation, a, b).asBool
  }

  @Test func bothFormsHaveTheSameElementsAndDisplay() throws {
    for text in Self.texts(800, seed: 3) {
      let (short, object) = (Value.text(text), Value.object(TextObject(text)))
      for value in [short, object] {
        #expect(value.kind == "text" && value.asText == text && value.printed == text)
        #expect(value.display() == text.quotedForDisplay)
        #expect(value.length == text.count && value.object?.length == text.count)
        #expect(try value.elements()?.map(\.printed) == text.map(String.init))
        #expect(!value.isSymbolic && value.asTensor == nil && value.asNumber == nil)
        #expect(value.asList == nil && value.asBool == nil && value.depth == 0)
      }
    }
  }

  @Test func joiningIsJoiningOfStrings() throws {
    var generator = SeededGenerator(state: 4)
    let texts = Self.texts(400, seed: 5)
    for count in [0, 1, 2, 3, 10, 50, 400] {
      for separator in ["", ",", ", ", "é", "123456789"] {
        let items = texts.prefix(count).map { text in
          Bool.random(using: &generator) ? Value.text(text) : .object(TextObject(text))
        }
        let joined = try Value.list(items).joined(separator)?.asText
        let expected = texts.prefix(count).joined(separator: separator)
        #expect(joined.map { Array($0.utf8) } == Array(expected.utf8))
      }
    }
    let mixed: [Value] = [1, 2.5, true, .nothing, "x", -7, .number(-0.0), 12_345_678, .vector([1])]
    #expect(
      try Value.list(mixed).joined("|")?.asText == "1|2.5|true|nothing|x|-7|-0|12345678|[1]")
  }

  @Test func aNumberIsWrittenAsEverywhere() {
    var numbers: [Double] = [
      0, -0.0, 1, -1, 9, 10, 99, 100, 9_999_999, -9_999_999, 10_000_000, -10_000_000, 0.5, 1e-300,
      1e300, .nan, .infinity, -.infinity, 1e7 - 0.5, .leastNonzeroMagnitude,
    ]
    var generator = SeededGenerator(state: 6)
    for _ in 0..<3000 {
      let size = Double.random(in: -1.3e7...1.3e7, using: &generator)
      numbers += [size, size.rounded(), (size / 1000).rounded(), (size / 1e6).rounded()]
    }
    for number in numbers {
      let expected = NumberText.shortest(number)
      if let short = ShortText(number) { #expect(short.string == expected) }
      #expect(Value.text(of: number).asText == expected)
      let isWhole = number == number.rounded() && number.magnitude < 1e7
      #expect((ShortText(number) != nil) == (isWhole && expected != "-0"), "\(expected)")
    }
  }
}

struct DecimalTextTests {
  /// Rounded by whole numbers or by the C library, a number has the same digits.
  @Test func fixedPlacesAreThoseOfTheLibrary() {
    var numbers: [Double] = [
      0, -0.0, 0.5, 1.5, 2.5, 0.125, 0.375, -0.125, 2.675, 1.005, 0.045, 0.285, 1e15, 1e16, 1e22,
      4_503_599_627_370_495, 4_503_599_627_370_497, -0.001, .leastNonzeroMagnitude, 9.995, 99.5,
      0.05, 1e300, 8.5,
    ]
    var generator = SeededGenerator(state: 7)
    for _ in 0..<2000 {
      let size = Double.random(in: -1000...1000, using: &generator)
      // With few digits after the point many are halves, or as near as a number can be.
      let half = (size * 8).rounded() / 8
      let decimal = (size * 100).rounded() / 100 + 0.005
      numbers += [size, half, decimal, decimal.nextUp, decimal.nextDown, size * 1e-6, size * 1e9]
    }
    for number in numbers {
      for places in [0, 1, 2, 3, 6, 12, 15, 20] {
        #expect(
          DecimalText.fixed(number, places: places) == printed(number, places),
          "\(number), \(places)")
      }
    }
  }

  private func printed(_ number: Double, _ places: Int) -> String {
    String(format: "%.\(places)f", number)
  }
}
