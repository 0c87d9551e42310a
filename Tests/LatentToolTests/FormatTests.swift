// `latent format` on files, standard input and notebooks.

import Foundation
import Testing

struct FormatTests {
  static let loose = "# %% A\nx=1 # one\n\n\n# %% [markdown]\n#  as it is\n# %% B\n\nprint( x )\n"
  static let canonical =
    "# %% A\nx = 1  # one\n\n# %% [markdown]\n#  as it is\n\n# %% B\nprint(x)\n"

  @Test func standardInputGoesToOutput() throws {
    let result = try Tool.run("format", "-", input: Self.loose)
    #expect(result.output == Self.canonical)
    #expect(result.errors == "" && result.status == 0)
    #expect(try Tool.run("format", "-", input: Self.canonical).output == Self.canonical)
    #expect(try Tool.run("format", "-", input: "").output == "")
    // A header, and the empty line below it, belong to the file.
    let header = "# ---\n# title: \"T\"\n# ---\n\nx=1"
    #expect(
      try Tool.run("format", "-", input: header).output == "# ---\n# title: \"T\"\n# ---\n\nx = 1\n"
    )
    #expect(try Tool.run("format", "-", input: "\u{FEFF}x=1\r\ny=2\r\n").output == "x = 1\ny = 2\n")
  }

  @Test func filesAreRewrittenOnlyWithoutCheck() throws {
    let folder = try Folder(["a.lvm": Self.loose, "b.lvm": Self.canonical])
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }
    let check = try Tool.run("format", "--check", "a.lvm", "b.lvm", folder: folder.path)
    #expect(check.status == 1)
    #expect(check.output == "a.lvm\n")
    #expect(try text("a.lvm") == Self.loose)
    #expect(try Tool.run("format", "a.lvm", "b.lvm", folder: folder.path).status == 0)
    #expect(try text("a.lvm") == Self.canonical)
    #expect(try text("b.lvm") == Self.canonical)
    #expect(try Tool.run("format", "--check", "a.lvm", folder: folder.path).status == 0)
  }

  @Test func filesWithMistakesAreLeftAlone() throws {
    let wrong = "x=1\ny = (2\n"
    let folder = try Folder(["wrong.lvm": wrong, "right.lvm": "x=1"])
    let result = try Tool.run("format", "wrong.lvm", "right.lvm", folder: folder.path)
    #expect(result.status == 1)
    #expect(result.errors.contains("error[L203]"))
    #expect(result.errors.contains("--> wrong.lvm:2:"))
    #expect(try String(contentsOfFile: folder.path + "/wrong.lvm", encoding: .utf8) == wrong)
    #expect(try String(contentsOfFile: folder.path + "/right.lvm", encoding: .utf8) == "x = 1\n")
    #expect(try Tool.run("format", "absent.lvm", folder: folder.path).status == 2)
    // A cell that must fail may be wrong on purpose.
    let meant = "# %% A\n#| error: L203\ny =  (2\n\n# %% B\nx = 1\n"
    #expect(try Tool.run("format", "-", input: meant).output == meant)
  }
}
