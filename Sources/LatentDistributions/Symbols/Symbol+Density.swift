// What densities are made of, on symbols. Every branch keeps infinities and nan out of the values
// and the gradients of the branch that is not taken.

import Foundation
import LatentAutodiff

extension Symbol {
  func number(_ value: Double) -> Symbol { graph.constant(value) }

  func logGamma() -> Symbol { applying(.logGamma) }
  func digamma() -> Symbol { applying(.digamma) }
  func log1p() -> Symbol { applying(.log1p) }
  func expm1() -> Symbol { applying(.expm1) }
  func absolute() -> Symbol { applying(.absolute) }

  func isLess(than other: Symbol) -> Symbol { applying(.less, other) }
  func isLess(than other: Double) -> Symbol { applying(.less, number(other)) }
  func isAbove(_ other: Double) -> Symbol { number(other).applying(.less, self) }
  func isEqual(to other: Symbol) -> Symbol { applying(.equal, other) }
  func isEqual(to other: Double) -> Symbol { applying(.equal, number(other)) }
  func isAtLeast(_ other: Symbol) -> Symbol { other.applying(.less, self) + isEqual(to: other) }
  func isAtLeast(_ other: Double) -> Symbol { isAtLeast(number(other)) }
  func isAtMost(_ other: Symbol) -> Symbol { other.isAtLeast(self) }
  func isAtMost(_ other: Double) -> Symbol { isAtMost(number(other)) }
  var isWhole: Symbol { isEqual(to: applying(.floor)) }

  func maximum(_ other: Double) -> Symbol { applying(.maximum, number(other)) }
  func minimum(_ other: Double) -> Symbol { applying(.minimum, number(other)) }

  /// This where the mask holds, −∞ elsewhere; nan where x is nan.
  func supported(where inside: Symbol, by x: Symbol) -> Symbol {
    inside.select(self, x.isEqual(to: x).select(number(-.infinity), x))
  }

  /// self · log y with 0 · log 0 = 0.
  func timesLog(_ y: Symbol) -> Symbol {
    let isZero = isEqual(to: 0)
    return isZero.select(number(0), self * isZero.select(number(1), y).log())
  }

  /// self · log(1 − y) with 0 · log 0 = 0.
  func timesLogComplement(_ y: Symbol) -> Symbol {
    let isZero = isEqual(to: 0)
    return isZero.select(number(0), self * (-isZero.select(number(0), y)).log1p())
  }

  /// log of a value that may be 0, with a gradient of 0 there instead of nan.
  func logOrMinusInfinity() -> Symbol {
    let positive = isAbove(0)
    return positive.select(positive.select(self, number(1)).log(), number(-.infinity))
  }

  /// log B(self, b).
  func logBeta(_ b: Symbol) -> Symbol { logGamma() + b.logGamma() - (self + b).logGamma() }

  /// log n!/(k!(n−k)!), of this n.
  func logChoose(_ k: Symbol) -> Symbol {
    (self + 1).logGamma() - (k + 1).logGamma() - (self - k + 1).logGamma()
  }

  /// log softmax of the last axis.
  func logNormalized() -> Symbol {
    self - logSumExp(axis: -1).withLastAxis
  }

  /// The same with a last axis of length 1.
  var withLastAxis: Symbol { reshaped(shape + [1]) }

  /// The element of the last axis at a place, without that axis.
  func last(_ place: Int) -> Symbol {
    columns(place..<(place + 1)).reshaped(shape.dropLast())
  }

  /// 0, 1, …, count − 1, made by doubling.
  func counting(_ count: Int) -> Symbol {
    var result = number(0).broadcast(to: [1])
    while (result.shape.last ?? 1) < count {
      let next = result + Double(result.shape.last ?? 1)
      result = Symbol.concatenated([result, next]) ?? result
    }
    return result.columns(0..<count)
  }

  /// Sums over the last axis after broadcasting to `shape`.
  func summedLast() -> Symbol { sum(axis: -1) }

  /// Gives this the shape that it and another have together.
  func sharing(_ others: Symbol...) -> Symbol {
    others.reduce(self) { $0 + 0 * $1 }
  }

  /// Uniform noise moved from [0, 1) into (0, 1): neither end would survive a logarithm.
  var interior: Symbol { maximum(0x1p-33).minimum(1 - 0x1p-24) }
}

/// ½ log 2π, the constant of a normal density.
let halfLogTwoPi = 0.5 * log(2 * Double.pi)
