// What values a parameter may have, and how an error says where they are not.

import LatentTensor

/// The values a parameter allows.
public enum Constraint: String, Sendable {
  case real, positive, probability, count, levels
  case vector, positiveVector, simplex
  case covariance, factor

  /// Axes of one event's parameter.
  var rank: Int {
    switch self {
    case .real, .positive, .probability, .count, .levels: 0
    case .vector, .positiveVector, .simplex: 1
    case .covariance, .factor: 2
    }
  }

  /// `positive and finite`, as in "`sd` must be positive and finite".
  public var phrase: String {
    switch self {
    case .real, .vector: "a finite number"
    case .positive, .positiveVector: "positive and finite"
    case .probability: "between 0 and 1"
    case .count: "a whole number from 0"
    case .levels: "a whole number from 2"
    case .simplex: "between 0 and 1, with sum 1"
    case .covariance: "a symmetric positive definite matrix"
    case .factor: "a lower triangular matrix with a positive diagonal"
    }
  }

  /// How to come to such a value.
  var remedy: String {
    switch self {
    case .real, .vector: "look where it comes from: `isfinite(x)` tells which elements are numbers"
    case .positive, .positiveVector: "`exp(x)` and `softplus(x)` are positive for every x"
    case .probability: "`sigmoid(x)` is between 0 and 1 for every x"
    case .count, .levels: "`round(x)` is the nearest whole number"
    case .simplex: "`softmax(x)` is positive with sum 1 for every x"
    case .covariance: "`a @ a' + 1e-6 * eye(n)` is one for every matrix a of n rows"
    case .factor: "`cholesky(cov)` is one; or give the covariance as `cov:`"
    }
  }

  private func allows(_ x: Double) -> Bool {
    switch self {
    case .real, .vector, .covariance, .factor: x.isFinite
    case .positive, .positiveVector: x > 0 && x.isFinite
    case .probability, .simplex: x >= 0 && x <= 1
    case .count: x >= 0 && x <= 0x1p53 && x == x.rounded()
    case .levels: x >= 2 && x <= 0x1p32 && x == x.rounded()
    }
  }

  /// Why a value is refused; nil for an allowed one.
  func refusal(of value: Tensor, as name: String, in family: String) -> Failure? {
    let place = "`\(name)` of `\(family)`"
    let elements = value.values
    if value.rank < rank {
      let noun = rank == 1 ? "a vector" : "a matrix"
      return Failure(
        "L520", "\(place) must be \(noun), not of shape \(Shape.text(value.shape))",
        argument: name,
        help: rank == 1
          ? "a vector is written `[a, b]`" : "a matrix is written `[[a, b], [c, d]]`")
    }
    if let wrong = elements.firstIndex(where: { !allows($0) }) {
      let number = NumberText.shortest(elements[wrong])
      let element = value.isScalar ? "" : " (element \(Self.index(wrong, in: value.shape)))"
      // What is to be a matrix has elements that are numbers.
      let phrase = rank == 2 ? Constraint.real.phrase : phrase
      return Failure(
        "L520", "\(place) must be \(phrase), not \(number)\(element)", argument: name,
        help: elements[wrong].isNaN ? Constraint.real.remedy : remedy)
    }
    if rank >= 1, value.shape.suffix(rank).contains(0) {
      return Failure("L520", "\(place) has no elements", argument: name, help: "give at least one")
    }
    switch self {
    case .simplex: return unnormalised(value, place, name)
    case .covariance, .factor: return badMatrix(value, place, name)
    default: return nil
    }
  }

  /// Probabilities may be off by what float32 rounds away.
  private func unnormalised(_ value: Tensor, _ place: String, _ name: String) -> Failure? {
    let width = value.shape.last ?? 1
    let elements = value.values
    for row in 0..<(elements.count / width) {
      let total = elements[(row * width)..<((row + 1) * width)].reduce(0, +)
      guard abs(total - 1) > 1e-6 else { continue }
      let which = value.rank > 1 ? " in row \(row)" : ""
      return Failure(
        "L520",
        "\(place) must have the sum 1, but it is \(NumberText.rounded(total))\(which)",
        argument: name,
        help: "divide by the sum (`p / sum(p)`), or give unnormalised logs as `logits:`")
    }
    return nil
  }

  private func badMatrix(_ value: Tensor, _ place: String, _ name: String) -> Failure? {
    let n = value.shape.last ?? 0
    guard value.shape[value.rank - 2] == n else {
      return Failure(
        "L520", "\(place) must be square, not of shape \(Shape.text(value.shape))",
        argument: name, help: remedy)
    }
    if self == .covariance {
      do { _ = try value.cholesky() } catch let failure as Failure {
        return Failure(
          "L520", "\(place): \(failure.message)", argument: name, helps: failure.helps)
      } catch { return Failure("L520", "\(place) cannot be factored", argument: name) }
      return nil
    }
    let elements = value.values
    for matrix in 0..<(elements.count / (n * n)) {
      for i in 0..<n {
        for j in i..<n {
          let x = elements[(matrix * n + i) * n + j]
          if i == j ? x > 0 : x == 0 { continue }
          return Failure(
            "L520",
            "\(place) must be \(phrase), but element [\(i), \(j)] is \(NumberText.shortest(x))",
            argument: name, help: remedy)
        }
      }
    }
    return nil
  }

  /// `[1, 0]` of a position in row-major order.
  private static func index(_ position: Int, in shape: [Int]) -> String {
    let strides = Shape.strides(shape)
    let places = zip(shape, strides).map { (position / max($1, 1)) % max($0, 1) }
    return "\(places)"
  }
}

extension Constraint {
  /// `A vector between 0 and 1, with sum 1`, for the reference.
  public var sentence: String {
    switch self {
    case .vector: "A vector of finite numbers, along the last axis"
    case .positiveVector: "A vector of positive finite numbers, along the last axis"
    case .simplex: "A vector of numbers between 0 and 1 with sum 1, along the last axis"
    default: phrase.prefix(1).uppercased() + phrase.dropFirst()
    }
  }
}
