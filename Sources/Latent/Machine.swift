// What the library found on this machine, for programs that embed it and for `latent doctor`.

import LatentLibrary

/// The machine as the engine sees it.
public enum Machine {
  /// Instruction set, threads, BLAS, measured speed, and what is not as it should be, a line each.
  /// Takes a tenth of a second.
  public static func report() -> [String] { Doctor.report() }
}
