// Tables and data files through the language: files are written to a scratch folder first.

import Foundation
import Latent
import Testing

@Suite final class TableValueTests {
  private let folder = NSTemporaryDirectory() + "latent-table-\(UUID().uuidString)"
  private let latent = Interpreter()

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try "name,height,weight\nAnn,1.7,60\nBob,,80\n".write(
      toFile: folder + "/people.csv", atomically: true, encoding: .utf8)
    try latent.run("t = load(\"\(folder)/people.csv\");")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func code(_ text: String) -> String? {
    do {
      try latent.run(text)
      return nil
    } catch let diagnostic as Diagnostic { return diagnostic.code } catch { return "?" }
  }

  @Test(arguments: [
    ("t.rows", "2"), ("t.columns", "[\"name\", \"height\", \"weight\"]"),
    ("t.weight", "[60, 80]"), ("t[\"weight\"]", "[60, 80]"), ("t.name", "[\"Ann\", \"Bob\"]"),
    ("isnan(t.height)", "[false, true]"), ("len(t)", "2"), ("t.shape", "[2, 3]"),
    ("t[0]", "(name: \"Ann\", height: 1.7, weight: 60)"), ("t[-1].name", "\"Bob\""),
    ("t[t.weight > 70].name", "[\"Bob\"]"), ("t[..<1].rows", "1"), ("t[[1, 0]].weight", "[80, 60]"),
    ("t[[\"weight\", \"name\"]].columns", "[\"weight\", \"name\"]"),
    ("matrix(t).shape", "[2, 2]"), ("matrix(t, columns: [\"weight\"])", "[[60],\n [80]]"),
    ("matrix(t, except: [\"height\"])", "[[60],\n [80]]"), ("t == t", "true"),
    ("standardize(t)[0, 1]", "-1"), ("holdout(t, fraction: 0.5).test.rows", "1"),
    ("[r.weight for r in t]", "[60, 80]"), ("\"height\" in t.columns", "true"),
  ])
  func tablesInTheLanguage(_ text: String, _ shown: String) throws {
    #expect(try latent.run(text).display() == shown)
  }

  @Test func aTableIsShownInColumns() throws {
    #expect(
      try latent.run("t").display() == """
        table of 2 rows, 3 columns
        name  height  weight
         Ann     1.7      60
         Bob     nan      80
        """)
  }

  @Test func refusals() throws {
    #expect(code("t[\"weigt\"]") == "L728")
    #expect(code("matrix(t, columns: [\"name\"])") == "L728")
    #expect(code("matrix(t, columns: [1])") == "L402")
    #expect(code("t[5]") == "L423")
    #expect(code("t[0, 1]") == "L424")
    #expect(code("t.weigt") != nil)
  }
}
