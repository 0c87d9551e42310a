// The other ways to call `latent`: standard input, `-e`, `check`, help and wrong usage.

import Testing

struct CommandTests {
  @Test func pipedTextIsAScript() throws {
    let result = try Tool.run(input: "x = 20\nprint(x + 1)\nx + 2\n")
    #expect(result.output == "21\n")
    #expect(result.errors == "")
    #expect(result.status == 0)
    #expect(try Tool.run("-", input: "print(1)").output == "1\n")
    #expect(try Tool.run("run", "-", input: "print(1)").output == "1\n")
    #expect(try Tool.run(input: "").status == 0)
  }

  @Test func aFailingScriptEndsWithOne() throws {
    let result = try Tool.run(input: "print(1)\nx = [1, 2][9]\nprint(2)\n")
    #expect(result.output == "1\n")
    #expect(result.status == 1)
    #expect(result.errors.contains("--> <stdin>:2:"))
  }

  @Test(arguments: [
    ("6 * 7", "42\n"), ("-1", "-1\n"), ("x = 3\nx + 1", "4\n"), ("6 * 7;", ""), ("print(1)", "1\n"),
    ("nothing", ""),
  ]) func codeShowsItsLastValue(_ code: String, _ output: String) throws {
    let result = try Tool.run("-e", code)
    #expect(result.output == output)
    #expect(result.errors == "")
    #expect(result.status == 0)
  }

  @Test func wrongCodeShowsItsPlace() throws {
    let result = try Tool.run("-e", "1 +\n")
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(result.errors.contains("--> -e:1:"))
    #expect(!result.errors.contains("\u{1B}"))
  }

  @Test func checkRunsNothing() throws {
    let folder = try Folder([
      "good.lvm": "# %% A\nx = 1\nprint(x)\n# %% B\nprint(x + 1)\n",
      "names.lvm": "# %% A\nprint(1)\n\n# %% B\nprint(nowhere)\n",
      "syntax.lvm": "# %% A\nx = (1\n# %% B\ny = = 2\n",
    ])
    let good = try Tool.run("check", "good.lvm", folder: folder.path)
    #expect(good.status == 0)
    #expect(good.output == "" && good.errors == "")
    let names = try Tool.run("check", "good.lvm", "names.lvm", folder: folder.path)
    #expect(names.status == 1)
    #expect(names.output == "")
    #expect(names.errors.contains("--> names.lvm:5:7"))
    // Both cells are wrong, and both are shown at their lines of the file.
    let syntax = try Tool.run("check", "syntax.lvm", folder: folder.path)
    #expect(syntax.status == 1)
    #expect(syntax.errors.contains("--> syntax.lvm:2:"))
    #expect(syntax.errors.contains("--> syntax.lvm:4:"))
    #expect(try Tool.run("check", "absent.lvm", folder: folder.path).status == 2)
    #expect(try Tool.run("check", "-", input: "1 +").status == 1)
  }

  @Test func versionAndHelpAreOutput() throws {
    let version = try Tool.run("--version")
    #expect(version.output.hasPrefix("latent 0."))
    #expect(version.status == 0)
    for arguments in [["help"], ["--help"]] {
      let help = try Tool.run(arguments[0])
      #expect(help.status == 0)
      #expect(help.output.contains("latent run <file>"))
      #expect(help.errors == "")
    }
  }

  @Test func wrongUsageEndsWithTwo() throws {
    for arguments in [["--nonsense"], ["run"], ["check"], ["nonsense"], ["run", "--seed"]] {
      let result =
        arguments.count == 1 ? try Tool.run(arguments[0]) : try Tool.run(arguments[0], arguments[1])
      #expect(result.status == 2, "\(arguments)")
      #expect(result.output == "", "\(arguments)")
      #expect(!result.errors.isEmpty, "\(arguments)")
    }
  }
}
