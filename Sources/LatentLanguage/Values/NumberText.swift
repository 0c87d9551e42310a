// How numbers are written: the shortest text that reads back to the same number.

import LatentTensor

extension Double {
  /// `6`, `0.1`, `1e-7`, `1.5e20`, `inf`, `nan`.
  public var displayText: String { NumberText.shortest(self) }
}
