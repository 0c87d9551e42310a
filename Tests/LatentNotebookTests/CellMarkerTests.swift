// The marker line of a cell: every rule of the percent format, one row each.

import Testing

@testable import LatentNotebook

struct CellMarkerTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var line: String
    var kind: Notebook.Cell.Kind?
    var title: String?
    var metadata: String

    init(
      _ line: String, _ kind: Notebook.Cell.Kind?, title: String? = nil, _ metadata: String = "{}"
    ) {
      self.line = line
      self.kind = kind
      self.title = title
      self.metadata = metadata
    }

    var testDescription: String { line }
  }

  static let rows = [
    Row("# %%", .code),
    Row("# %% ", .code),
    Row("# %% Fit", .code, title: "Fit"),
    Row("# %% [markdown]", .markdown),
    Row("# %% [md]", .markdown),
    Row("# %% [raw]", .raw),
    Row("# %% [markdown] id=\"intro\"", .markdown, #"{"id":"intro"}"#),
    Row("# %% [markdown] The title", .markdown, title: "The title"),
    Row("# %% The title [markdown]", .markdown, title: "The title"),
    Row("# %% a [markdown] b", .code, title: "a [markdown] b"),
    Row("# %% Fit id=\"fit-1\"", .code, title: "Fit", #"{"id":"fit-1"}"#),
    Row(
      "# %% Settings tags=[\"parameters\"]", .code, title: "Settings", #"{"tags":["parameters"]}"#),
    Row("# %% a=1 b=[1, 2] c={\"d\": null}", .code, #"{"a":1,"b":[1,2],"c":{"d":null}}"#),
    // What looks like a pair but is none, or has no pairs behind it, belongs to the title.
    Row("# %% Evidence = bound + gap", .code, title: "Evidence = bound + gap"),
    Row("# %% a=1 then b=2", .code, title: "a=1 then", #"{"b":2}"#),
    Row("# %% a=1 then b=x", .code, title: "a=1 then b=x"),
    Row("# %% x= 1", .code, title: "x= 1"),
    Row("# %% =1", .code, title: "=1"),
    Row("# %% a=1b=2", .code, title: "a=1b=2"),
    // A pair inside a text is part of the text.
    Row("# %% T note=\"say a=1\" k=true", .code, title: "T", #"{"note":"say a=1","k":true}"#),
    Row("# %% T note=\"say a=1", .code, title: "T note=\"say", #"{"a":1}"#),
    Row(
      "# %% title=\"From metadata\"", .code, title: "From metadata", #"{"title":"From metadata"}"#),
    Row("# %% Größe θ key=\"ü\\u00e9\"", .code, title: "Größe θ", #"{"key":"üé"}"#),
    // Comments.
    Row("# %%%", nil), Row("# %%time", nil), Row(" # %%", nil), Row("#%%", nil), Row("## %%", nil),
    Row("# \\%%", nil), Row("x # %%", nil),
  ]

  @Test(arguments: rows) func reads(_ row: Row) {
    let marker = CellMarker(line: row.line[...])
    #expect(marker?.kind == row.kind)
    #expect(marker?.title == row.title)
    if let marker { #expect(JSON.object(marker.metadata).description == row.metadata) }
  }

  @Test func aLongLineOfNearPairsIsReadInTime() {
    let line = "# %% " + String(repeating: "a=1 ", count: 50_000) + "end"
    let marker = CellMarker(line: line[...])
    #expect(marker?.metadata.isEmpty == true)
    let pairs = "# %% T " + String(repeating: "a=1 ", count: 50_000)
    #expect(CellMarker(line: pairs[...])?.metadata.entries.count == 50_000)
  }
}
