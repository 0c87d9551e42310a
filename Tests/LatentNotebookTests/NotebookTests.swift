// Cutting a text into cells: exact source, exact line numbers, header, escapes.

import Latent
import Testing

@testable import LatentNotebook

struct NotebookTests {
  private func read(_ text: String) throws -> Notebook {
    try Notebook(reading: text, name: "a.lvm")
  }

  @Test func aTextWithoutMarkersIsOneCodeCell() throws {
    let cells = try read("a = 1\n\nb = 2\n").cells
    #expect(cells.map(\.text) == ["a = 1\n\nb = 2"])
    #expect(cells[0].kind == .code)
    #expect(!cells[0].isMarked)
    #expect(cells[0].label == "cell 1")
  }

  @Test func anEmptyTextHasNoCells() throws {
    #expect(try read("").cells.isEmpty)
    #expect(try read("\n \n").cells.isEmpty)
    #expect(try read("# %%").cells.map(\.text) == [""])
  }

  @Test func oneBlankLineSeparatesCellsAndFurtherOnesBelongToThem() throws {
    let notebook = try read("# %%\na = 1\n\n# %%\nb = 1\n\n\n# %%\nc = 1\n# %%\nd = 1\n\n")
    #expect(notebook.cells.map(\.text) == ["a = 1", "b = 1\n", "c = 1", "d = 1\n"])
  }

  @Test func cellsKnowTheirLines() throws {
    let text = """
      # ---
      # latent: 1
      # title: "A bound: tight"
      # ---

      # %% [markdown] id="intro"
      # # A bound
      #
      # Text.

      # %% Fit
      x = 1
      y = 2
      # %%
      z = 3
      """
    let notebook = try read(text)
    #expect(notebook.metadata["title"]?.text == "A bound: tight")
    #expect(notebook.metadata["latent"]?.integer == 1)
    #expect(notebook.cells.map(\.firstLine) == [7, 12, 15])
    #expect(notebook.cells.map(\.number) == [1, 2, 3])
    #expect(notebook.cells.map(\.label) == ["cell 1", "cell *Fit*", "cell 3"])
    #expect(notebook.cells[0].source == "# A bound\n\nText.")
    // The first line of every cell is where it says it is.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for cell in notebook.cells {
      #expect(cell.text.hasPrefix(lines[cell.firstLine - 1]))
    }
  }

  @Test func textBeforeTheFirstMarkerIsACell() throws {
    let notebook = try read("\nseed(1)\n\n# %%\nx = 1\n")
    #expect(notebook.cells.map(\.text) == ["\nseed(1)", "x = 1"])
    #expect(notebook.cells.map(\.firstLine) == [1, 5])
    #expect(notebook.cells.map(\.isMarked) == [false, true])
  }

  @Test func escapesAreUndoneInSourceAndKeptInText() throws {
    let notebook = try read("# %%\n# \\%% no marker\n# \\\\%% one slash\n#\\> kept\n#> output\nx\n")
    #expect(notebook.cells.count == 1)
    #expect(notebook.cells[0].source == "# %% no marker\n# \\%% one slash\n#> kept\nx")
    #expect(notebook.cells[0].text.hasPrefix("# \\%% no marker"))
    let markdown = try read("# %% [markdown]\n# \\%% percent\n#\n# text\nbare\n")
    #expect(markdown.cells[0].source == "%% percent\n\ntext\nbare")
  }

  @Test func otherLineEndsAndAByteOrderMarkAreTakenOffWithANote() throws {
    let notebook = try read("\u{FEFF}# %% A\r\nx = 1\r\n\r\n# %% B\r\ny = 2\r\n")
    #expect(notebook.cells.map(\.text) == ["x = 1", "y = 2"])
    #expect(notebook.notes.count == 2)
    #expect(try read("x = 1\n").notes.isEmpty)
  }

  @Test func aFirstRuleThatNothingClosesIsAComment() throws {
    let notebook = try read("# ---\n# just a line\n\nx = 1\n")
    #expect(notebook.metadata.isEmpty)
    #expect(notebook.cells.map(\.firstLine) == [1])
  }

  @Test(arguments: ["# title: bare", "# title \"x\"", "# : 1", "#title"])
  func aBadHeaderLineIsShown(_ line: String) {
    let error = #expect(throws: Diagnostic.self) {
      try read("# ---\n\(line)\n# ---\nx = 1\n")
    }
    #expect(error?.code == "L711")
    #expect(error?.primary.map { $0.source.position(of: $0.span.start).line } == 2)
  }

  @Test func aNewerFormatIsRefused() {
    let error = #expect(throws: Diagnostic.self) { try read("# ---\n# latent: 2\n# ---\n") }
    #expect(error?.code == "L712")
  }

  @Test func tagsAreTextsOnly() throws {
    let notebook = try read(
      "# %% A tags=[\"parameters\", \"x\"]\n# %% B tags=[1]\n# %% C tags=\"x\"\n")
    #expect(notebook.cells.map(\.tags) == [["parameters", "x"], [], []])
  }
}
