// `latent run`: what is printed where, which cell is named, and the exit codes.

import Foundation
import Testing

struct RunTests {
  static let notebook = """
    # ---
    # latent: 1
    # ---

    # %% [markdown]
    # # A notebook

    # %% Settings tags=["parameters"]
    count = 2       # how often
    word = "lo"
    data = "data.txt"

    # %% Say it
    for i in 1...count { print(word) }
    count * 10
    """

  @Test func cellsRunInOrderAndOnlyWhatTheyPrintIsOutput() throws {
    let folder = try Folder(["a.lvm": Self.notebook])
    let result = try Tool.run("run", folder.path + "/a.lvm")
    #expect(result.output == "lo\nlo\n")
    #expect(result.errors == "")
    #expect(result.status == 0)
  }

  @Test func theWordRunMayBeLeftOut() throws {
    let folder = try Folder(["a.lvm": "print(1 + 1)\n"])
    #expect(try Tool.run("a.lvm", folder: folder.path).output == "2\n")
  }

  @Test func parametersReplaceDefaults() throws {
    let folder = try Folder(["a.lvm": Self.notebook])
    let result = try Tool.run(
      "run", "a.lvm", "-p", "count=3", "-p", "word=la {x}", folder: folder.path)
    #expect(result.output == "la {x}\nla {x}\nla {x}\n")
    #expect(result.status == 0)
  }

  @Test func unknownParametersAreUsageErrors() throws {
    let folder = try Folder(["a.lvm": Self.notebook, "b.lvm": "print(1)\n"])
    let unknown = try Tool.run("run", "a.lvm", "-p", "counts=3", folder: folder.path)
    #expect(unknown.status == 2)
    #expect(unknown.output == "")
    #expect(unknown.errors.contains("error[L713]: the notebook has no parameter `counts`"))
    #expect(unknown.errors.contains("the nearest name is `count`"))
    #expect(unknown.errors.contains("`count = 2`, `word = \"lo\"`"))
    let badType = try Tool.run("run", "a.lvm", "-p", "count=many", folder: folder.path)
    #expect(badType.status == 2)
    #expect(badType.errors.contains("-p:1:7"))
    let none = try Tool.run("run", "b.lvm", "-p", "x=3", folder: folder.path)
    #expect(none.status == 2)
    #expect(none.errors.contains("b.lvm has no cell tagged `parameters`"))
    #expect(try Tool.run("run", "a.lvm", "-p", "count", folder: folder.path).status == 2)
  }

  @Test func aFailingCellIsNamedAndStopsTheRun() throws {
    let text = """
      # %% First
      print("before")

      # %% Fit
      x = 1

      print(x + nowhere)
      # %% Last
      print("after")
      """
    let folder = try Folder(["sub/a.lvm": text])
    let result = try Tool.run("run", "sub/a.lvm", folder: folder.path)
    #expect(result.status == 1)
    #expect(result.output == "before\n")
    #expect(result.errors.contains("--> sub/a.lvm:7:11"))
    #expect(result.errors.contains("cell *Fit*, line 3 (file line 7)"))
  }

  @Test func aCellIsResolvedAsAWholeBeforeItRuns() throws {
    let folder = try Folder(["a.lvm": "print(\"ran\")\nprint(nowhere)\n"])
    let result = try Tool.run("run", "a.lvm", folder: folder.path)
    #expect(result.output == "")
    #expect(result.status == 1)
    // A script without markers has no cells to name.
    #expect(!result.errors.contains("cell "))
  }

  @Test func anErrorAtRunTimeHasItsPlaceToo() throws {
    let folder = try Folder(["a.lvm": "# %%\n# %% B\nx = [1, 2]\nx[7]\n"])
    let result = try Tool.run("run", "a.lvm", folder: folder.path)
    #expect(result.status == 1)
    #expect(result.errors.contains("a.lvm:4:"))
    #expect(result.errors.contains("cell *B*, line 2 (file line 4)"))
  }

  @Test func cellsMayBeMeantToFail() throws {
    let text = """
      # %%
      #| error: L301
      nowhere
      # %% tags=["raises-exception"]
      check 1 == 2
      # %%
      #| skip: true
      print("skipped")
      # %%
      print("end")
      """
    let folder = try Folder(["a.lvm": text, "b.lvm": "#| error: L301\nprint(1)\n"])
    let result = try Tool.run("run", "a.lvm", folder: folder.path)
    #expect(result.output == "end\n")
    #expect(result.status == 0)
    #expect(try Tool.run("check", "a.lvm", folder: folder.path).status == 0)
    let missing = try Tool.run("run", "b.lvm", folder: folder.path)
    #expect(missing.status == 1)
    #expect(missing.errors.contains("error[L716]"))
  }

  @Test func aCellOptionThatDoesNotExistIsAWarning() throws {
    let folder = try Folder(["a.lvm": "#| skipp: true\nprint(1)\n"])
    let result = try Tool.run("run", "a.lvm", folder: folder.path)
    #expect(result.output == "1\n")
    #expect(result.status == 0)
    #expect(result.errors.contains("warning[L715]"))
    #expect(result.errors.contains("the nearest name is `skip`"))
  }

  @Test func cellsRunInTheNotebooksFolder() throws {
    let folder = try Folder([
      "sub/a.lvm": "import \"other.lvm\"\nprint(twice(21))\n",
      "sub/other.lvm": "twice(x) = 2 * x\n",
    ])
    let result = try Tool.run("run", "sub/a.lvm", folder: folder.path)
    #expect(result.output == "42\n")
    #expect(result.errors == "")
  }

  @Test func aPathOfTheCallerIsFound() throws {
    let folder = try Folder([
      "sub/a.lvm": "# %% tags=[\"parameters\"]\ndata = \"x\"\n# %%\nprint(data)\n", "here.txt": "",
    ])
    let found = try Tool.run("run", "sub/a.lvm", "-p", "data=here.txt", folder: folder.path)
    #expect(found.output == folder.path + "/here.txt\n")
    let absent = try Tool.run("run", "sub/a.lvm", "-p", "data=gone.txt", folder: folder.path)
    #expect(absent.output == "gone.txt\n")
  }

  @Test func whatCannotBeReadIsAUsageError() throws {
    let folder = try Folder(["header.lvm": "# ---\n# title: bare\n# ---\n"])
    try Data([0x78, 0xFF, 0xFE]).write(to: URL(filePath: folder.path + "/binary.lvm"))
    for (file, reason) in [
      ("absent.lvm", "no such file or directory"), (".", "is a directory"),
      ("binary.lvm", "is not UTF-8 text"), ("header.lvm", "error[L711]"),
    ] {
      let result = try Tool.run("run", file, folder: folder.path)
      #expect(result.status == 2, "\(file)")
      #expect(result.errors.contains(reason), "\(file): \(result.errors)")
    }
  }

  @Test func anInterruptStopsTheRun() throws {
    let folder = try Folder(["a.lvm": "print(\"on\")\nwhile true { }\n# %%\nprint(\"never\")\n"])
    let result = try Tool.run("run", "a.lvm", folder: folder.path) { process in
      Thread.sleep(forTimeInterval: 1.5)
      process.interrupt()
    }
    #expect(result.status == 130)
    #expect(result.output == "on\n")
    #expect(result.errors.contains("L705"))
  }

  @Test func theSeedDecidesTheRandomNumbers() throws {
    let folder = try Folder(["a.lvm": "print(moons(3).x)\n"])
    let runs = try ["1", "1", "2"].map { seed in
      try Tool.run("run", "a.lvm", "--seed", seed, folder: folder.path).output
    }
    #expect(runs[0].contains("["))
    #expect(runs[0] == runs[1])
    #expect(runs[0] != runs[2])
  }

  @Test func windowsLineEndsAreReadWithANote() throws {
    let folder = try Folder(["a.lvm": "# %% A\r\nprint(1)\r\n\r\n# %% B\r\nprint(2)\r\n"])
    let result = try Tool.run("run", "a.lvm", folder: folder.path)
    #expect(result.output == "1\n2\n")
    #expect(result.errors.contains("CRLF"))
  }
}
