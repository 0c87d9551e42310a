// What a caught error has to say, in the one form that every way in can show.

import LatentSyntax
import LatentTensor

extension Diagnostics {
  /// The diagnostics of an error that running or checking threw: itself, or the one it is.
  public init(_ error: any Error) {
    switch error {
    case let several as Diagnostics: self = several
    case let one as Diagnostic: self.init([one])
    case let failure as Failure: self.init([Diagnostic(failure, at: nil)])
    default: self.init([Diagnostic("L700", "\(error)")])
    }
  }
}
