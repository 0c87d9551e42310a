// The order in which data are seen: a permutation per epoch, cut into batches; the data set itself
// is never moved or copied.

import LatentTensor

struct Minibatches {
  let count: Int
  let size: Int
  private var random: Philox
  private var order: [Int32] = []

  /// - Parameter seed: the key of the shuffling; epochs take consecutive parts of its stream.
  init(count: Int, size: Int, seed: UInt64) {
    self.count = count
    self.size = min(size, count)
    random = Philox(seed: seed, stream: 0xBA7C)
  }

  var perEpoch: Int { (count + size - 1) / size }

  /// Where the next order begins in the stream.
  var position: Int {
    get { random.position }
    set { random.position = max(newValue, 0) }
  }

  mutating func shuffle() { order = random.permutation(count) }

  /// The rows of a batch; the last of an epoch may be smaller.
  func rows(_ place: Int) -> Range<Int> { (place * size)..<min((place + 1) * size, count) }

  func withRows<Result>(_ range: Range<Int>, _ body: (UnsafePointer<Int32>?) throws -> Result)
    rethrows -> Result
  {
    try order.withUnsafeBufferPointer { try body($0.baseAddress.map { $0 + range.lowerBound }) }
  }
}
