// Options that every command shares: how diagnostics look.

import ArgumentParser
import Latent
import LatentREPL

struct Appearance: ParsableArguments {
  @Option(help: "Colours in messages: auto, always or never.")
  var color: TerminalStyle = .auto

  /// Diagnostics go to standard error, so that stream decides.
  var isColored: Bool { color.isColored(2) }

  var style: DiagnosticRenderer.Style { isColored ? .ansi : .plain }
}

extension TerminalStyle: ExpressibleByArgument {}
