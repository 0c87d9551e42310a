// What Latent found on this machine: the first thing to look at when something is slow.

import LatentAutodiff
import LatentLanguage
import LatentTensor

public enum Doctor {
  /// Lines of `latent doctor`: what was found, and what to do about what is not as it should be.
  /// Measures for a tenth of a second.
  public static func report() -> [String] {
    let engine = EngineReport()
    var lines = [
      "vector instructions: \(engine.instructions)",
      "threads: \(engine.threads) (LATENT_THREADS sets another number)",
      "memory: \(ByteText(Shape.elementLimit * 16)), of which a program may take "
        + "\(ByteText(Limits.standardMemory))",
      "products, float32: \(fixed(engine.singlePrecision, 0)) GFLOP/s on all threads",
    ]
    guard let name = BLAS.name else {
      return lines + [
        "BLAS: none found, so large matrices are slower; install libopenblas0-pthread"
      ]
    }
    lines.append("BLAS: \(name)\(BLAS.core.isEmpty ? "" : ", kernels for \(BLAS.core)")")
    lines.append("products, float64, by BLAS: \(fixed(engine.doublePrecision, 0)) GFLOP/s")
    if !BLAS.remark.isEmpty { lines.append("note: \(BLAS.remark)") }
    return lines
  }
}
