// Text tables: quoting, missing values, what is a header, and every malformed line with its
// number.

import LatentTensor
import Testing

@testable import LatentData

@Suite struct TableTests {
  private func table(_ text: String, _ delimiter: Character = ",") throws -> Table {
    try DataFile.csv(FileBytes(path: "t.csv", bytes: Array(text.utf8)), delimiter: delimiter)
  }

  private func numbers(_ table: Table, _ name: String) -> [Double]? {
    if case .numbers(let tensor)? = table[name] { tensor.values } else { nil }
  }

  private func texts(_ table: Table, _ name: String) -> [String]? {
    if case .texts(let texts)? = table[name] { texts } else { nil }
  }

  @Test func columnsOfNumbersAndTexts() throws {
    let t = try table("a,b,name\n1,2.5,x\n-3e2, 4 ,\"y, z\"\n")
    #expect(t.rows == 2 && t.names == ["a", "b", "name"])
    #expect(numbers(t, "a") == [1, -300])
    #expect(numbers(t, "b") == [2.5, 4])
    #expect(texts(t, "name") == ["x", "y, z"])
  }

  @Test func quotesLineEndsAndMarks() throws {
    let t = try table("\u{FEFF}a,b\r\n\"say \"\"hi\"\"\",1\r\n\"two\nlines\",2\r\n")
    #expect(t.names == ["a", "b"])
    #expect(texts(t, "a") == ["say \"hi\"", "two\nlines"])
    #expect(numbers(t, "b") == [1, 2])
    #expect(try table("a\tb\n1\t2", "\t").names == ["a", "b"])
  }

  @Test func missingValuesAreNan() throws {
    let t = try table("a,b,c\n1,,NA\n,2,\n3,nan,")
    for (name, places) in [("a", [1]), ("b", [0, 2]), ("c", [0, 1, 2])] {
      let values = try #require(numbers(t, name))
      #expect(values.indices.filter { values[$0].isNaN } == places, "\(name)")
    }
    let single = try table("a\n1\n\n3\n\n")
    #expect(single.rows == 3 && numbers(single, "a")?[1].isNaN == true)
    #expect(try table("a,b\n1,2\n\n3,4\n").rows == 2)
    #expect(texts(try table("a\nx\n\ny"), "a") == ["x", "", "y"])
  }

  @Test func headersAreCompletedAndTheirAbsenceNoticed() throws {
    #expect(try table("x,,x\n1,2,3").names == ["x", "column1", "x_2"])
    let bare = try table("1,2\n3,4")
    #expect(bare.names == ["column0", "column1"] && bare.rows == 2)
    #expect(try table("a,b").rows == 0)
    #expect(texts(try table("id\n0x10\n7"), "id") == ["0x10", "7"])
  }

  @Test func malformedLinesAreNumbered() throws {
    let short = try #require(failure { try table("a,b\n1,2\n\"x\ny\",3\n4\n") })
    #expect(short.code == "L724" && short.message.contains("line 5"))
    let long = try #require(failure { try table("a,b\n1,2,3\n") })
    #expect(long.message.contains("line 2") && long.message.contains("3 cells"))
    let quote = try #require(failure { try table("a,b\n1,2\n3,x\"y\n") })
    #expect(quote.code == "L724" && quote.message.contains("line 3"))
    let open = try #require(failure { try table("a,b\n1,2\n3,\"y\n5,6\n") })
    #expect(open.code == "L724" && open.message.contains("not closed"))
    #expect(failure { try table("") }?.code == "L724")
    #expect(failure { try table("\n\n") }?.code == "L724")
    let latin = FileBytes(path: "t.csv", bytes: [0x61, 0xe9, 0x0a])
    #expect(failure { try DataFile.csv(latin, delimiter: ",") }?.code == "L722")
  }

  @Test func tablesSurviveWritingAndReading() throws {
    let text = "a,b\n1,\"x, y\"\n,\"he said \"\"no\"\"\"\n0.1,z\n"
    let t = try table(text)
    #expect(DataFile.csvText(t, delimiter: ",") == text)
  }

  @Test func matricesOfColumns() throws {
    let t = try table("a,b,name\n1,2,x\n3,4,y\n")
    #expect(try t.matrix().values == [1, 2, 3, 4])
    #expect(try t.matrix(columns: ["b", "a"]).values == [2, 1, 4, 3])
    #expect(try t.matrix(except: ["a"]).values == [2, 4])
    #expect(try t.matrix(except: ["name"]).shape == [2, 2])
    let wrong = try #require(failure { try t.matrix(columns: ["nam"]) })
    #expect(wrong.code == "L728" && wrong.helps.contains { $0.contains("`name`") })
    let text = try #require(failure { try t.matrix(columns: ["name"]) })
    #expect(text.code == "L728" && text.message.contains("\"x\""))
    #expect(failure { try t.matrix(except: ["a", "b"]) }?.code == "L728")
    #expect(failure { try t.matrix(except: ["zz"]) }?.code == "L728")
    let rows = try t.selecting(rows: [1])
    #expect(rows.rows == 1 && texts(rows, "name") == ["y"])
  }

  @Test func numbersBetweenBlanks() throws {
    func read(_ text: String) throws -> Tensor {
      try DataFile.whitespaceTable(FileBytes(path: "t.txt", bytes: Array(text.utf8)))
    }
    #expect(try read("  1 2\t3\n\n4 5e-1 nan\n").shape == [2, 3])
    let ragged = try #require(failure { try read("1 2\n3\n") })
    #expect(ragged.code == "L724" && ragged.message.contains("line 2"))
    #expect(failure { try read("1 x\n") }?.message.contains("\"x\"") == true)
    #expect(failure { try read("") }?.code == "L724")
  }
}
