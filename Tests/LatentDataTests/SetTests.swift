// The packaged sets against numbers taken from their sources with numpy, the toys against their
// geometry, and what `standardize`, `binarize` and `holdout` promise.

import Foundation
import LatentData
import LatentTensor
import Testing

@Suite struct SetTests {
  private func close(_ a: [Double], _ b: [Double], _ error: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= error }
  }

  // MARK: - Packaged sets

  @Test func packagedSetsAreTheirSources() throws {
    let faithful = try PackagedSet.faithful()
    #expect(faithful.x.shape == [272, 2] && faithful.names == ["eruptions", "waiting"])
    #expect(faithful.y == nil)
    #expect(
      close(try faithful.x.mean(axis: 0).values, [3.4877830882352936, 70.8970588235294], 1e-12))
    #expect(
      close(
        try faithful.x.variance(axis: 0).values, [1.2979388904492855, 184.14381487889264], 1e-10))

    let iris = try PackagedSet.iris()
    #expect(iris.x.shape == [150, 4])
    // The rows in which R's version differs from UCI's.
    #expect(try iris.x.row(34).values == [4.9, 3.1, 1.5, 0.2])
    #expect(try iris.x.row(37).values == [4.9, 3.6, 1.4, 0.1])
    guard case .texts(let species)? = iris.y else {
      Issue.record("iris has no species")
      return
    }
    #expect(species.count == 150 && Set(species) == ["setosa", "versicolor", "virginica"])

    let arrests = try PackagedSet.usarrests()
    #expect(arrests.names == ["Murder", "Assault", "UrbanPop", "Rape"])
    #expect(close(try arrests.x.mean(axis: 0).values, [7.788, 170.76, 65.54, 21.232], 1e-12))
    guard case .texts(let states)? = arrests.y else { return }
    #expect(states.last == "Wyoming")
  }

  @Test func digitsAreBytesInSixteenths() throws {
    let digits = try PackagedSet.digits()
    #expect(digits.x.shape == [1797, 64] && digits.names.count == 64)
    guard case .bytes(_, scale: 0.0625) = digits.x.storage, case .numbers(let y)? = digits.y else {
      Issue.record("digits are stored otherwise")
      return
    }
    #expect(try digits.x.sum()[flat: 0] == 561718.0 / 16)
    #expect(close(try digits.x.variance().values, [0.14141301721037994], 1e-12))
    let counts = (0..<10).map { digit in y.values.filter { $0 == Double(digit) }.count }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
  }

  // MARK: - Toys

  private static let n = 20_000
  private static let random = Philox(seed: 11, stream: 3)

  /// Points as pairs.
  private func points(_ toy: Toy) -> [(x: Double, y: Double, part: Double)] {
    (0..<toy.y.count).map { (toy.x[flat: 2 * $0], toy.x[flat: 2 * $0 + 1], toy.y[flat: $0]) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func sd(_ values: [Double]) -> Double {
    let m = mean(values)
    return mean(values.map { ($0 - m) * ($0 - m) }).squareRoot()
  }

  @Test func moonsAreHalfCircles() throws {
    let exact = points(try Toy.moons(1000, noise: 0, from: Self.random))
    for p in exact {
      let (x, y) = p.part == 0 ? (p.x, p.y) : (1 - p.x, 0.5 - p.y)
      #expect(abs(hypot(x, y) - 1) < 1e-12 && y >= -1e-12)
    }
    // t is uniform on [0, π]: cos t has mean 0 and variance 1/2, sin t mean 2/π.
    let noisy = points(try Toy.moons(Self.n, from: Self.random)).filter { $0.part == 0 }
    #expect(noisy.count == Self.n / 2)
    #expect(abs(mean(noisy.map(\.x))) < 0.03)
    #expect(abs(mean(noisy.map(\.y)) - 2 / .pi) < 0.015)
    #expect(abs(sd(noisy.map(\.x)) - (0.5 + 0.01).squareRoot()) < 0.02)
  }

  @Test func circlesHaveTheirRadii() throws {
    let toy = points(try Toy.circles(Self.n, from: Self.random))
    for (part, radius) in [(0.0, 3.0), (1.0, 1.5)] {
      let own = toy.filter { $0.part == part }.map { hypot($0.x, $0.y) }
      // E|r + noise| ≈ r + σ²/2r.
      #expect(abs(mean(own) - radius - 0.24 * 0.24 / 2 / radius) < 0.01)
      #expect(abs(sd(own) - 0.24) < 0.01)
    }
  }

  @Test func eightGaussiansLieOnACircle() throws {
    let toy = points(try Toy.eightGaussians(Self.n, from: Self.random))
    for part in 0..<8 {
      let own = toy.filter { $0.part == Double(part) }
      #expect(own.count == Self.n / 8)
      let angle = Double(part) * .pi / 4
      #expect(abs(mean(own.map(\.x)) - 4 / 1.414 * cos(angle)) < 0.035)
      #expect(abs(mean(own.map(\.y)) - 4 / 1.414 * sin(angle)) < 0.035)
      #expect(abs(sd(own.map(\.x)) - 0.5 / 1.414) < 0.025)
    }
  }

  /// The mean of −log p under the known density is the entropy of §3.17.
  @Test func entropyOfTheEightGaussians() throws {
    let toy = points(try Toy.eightGaussians(Self.n, from: Self.random))
    let sigma = 0.5 / 1.414
    let losses = toy.map { p in
      let density = (0..<8).reduce(0.0) { sum, part in
        let angle = Double(part) * .pi / 4
        let (dx, dy) = (p.x - 4 / 1.414 * cos(angle), p.y - 4 / 1.414 * sin(angle))
        return sum + exp(-(dx * dx + dy * dy) / 2 / sigma / sigma)
      }
      return -log(density / 8 / (2 * .pi * sigma * sigma))
    }
    #expect(abs(mean(losses) - 2.831880) < 4 * sd(losses) / Double(Self.n).squareRoot())
  }

  @Test func entropyOfTheMoonsAndCircles() throws {
    // Densities by the trapezoidal rule over t, which is exact enough where noise smooths.
    func loss(
      _ p: (x: Double, y: Double, part: Double), _ sigma: Double, _ span: Double,
      _ curves: [(Double) -> (Double, Double)]
    ) -> Double {
      let steps = 400
      var density = 0.0
      for curve in curves {
        for i in 0...steps {
          let (x, y) = curve(span * Double(i) / Double(steps))
          let weight = i == 0 || i == steps ? 0.5 : 1.0
          let square = (p.x - x) * (p.x - x) + (p.y - y) * (p.y - y)
          density += weight * exp(-square / 2 / sigma / sigma)
        }
      }
      return -log(density / Double(steps * curves.count) / (2 * .pi * sigma * sigma))
    }
    let moons = points(try Toy.moons(4000, from: Self.random)).map {
      loss($0, 0.1, .pi, [{ (cos($0), sin($0)) }, { (1 - cos($0), 0.5 - sin($0)) }])
    }
    #expect(abs(mean(moons) - 1.007585) < 4 * sd(moons) / 4000.0.squareRoot())
    let circles = points(try Toy.circles(4000, from: Self.random)).map {
      loss(
        $0, 0.24, 2 * .pi,
        [{ (3 * cos($0), 3 * sin($0)) }, { (1.5 * cos($0), 1.5 * sin($0)) }])
    }
    #expect(abs(mean(circles) - 3.268136) < 4 * sd(circles) / 4000.0.squareRoot())
  }

  @Test func theCheckerboardFillsItsSquaresEvenly() throws {
    var counts: [String: Int] = [:]
    for p in points(try Toy.checkerboard(Self.n, from: Self.random)) {
      #expect(abs(p.x) <= 4 && abs(p.y) <= 4)
      let (column, row) = (Int((p.x + 4) / 2), Int((p.y + 4) / 2))
      #expect((column + row) % 2 == 0)
      counts["\(column),\(row)", default: 0] += 1
    }
    #expect(counts.count == 8 && counts.values.allSatisfy { $0 == Self.n / 8 })
  }

  @Test func thePinwheelUnwinds() throws {
    let toy = points(try Toy.pinwheel(Self.n, from: Self.random))
    for part in 0..<5 {
      let own = toy.filter { $0.part == Double(part) }
      // Turning changes no radius: r²/4 = along² + across², of mean 1 + 0.3² + 0.1².
      #expect(abs(mean(own.map { ($0.x * $0.x + $0.y * $0.y) / 4 }) - 1.1) < 0.04)
      // Turned back by the angle of its radius, an arm lies along the first axis.
      let across = own.map { p -> Double in
        let radius = hypot(p.x, p.y) / 2
        let angle = 2 * .pi / 5 * Double(part) + 0.25 * exp(radius)
        return (p.x * sin(angle) + p.y * cos(angle)) / 2
      }
      #expect(abs(mean(across)) < 0.01 && abs(sd(across) - 0.1) < 0.01)
    }
  }

  @Test func spiralsAndRollWindOutwards() throws {
    for p in points(try Toy.spirals(2000, from: Self.random)) {
      #expect(hypot(p.x, p.y) < (3 * .pi + 0.71) / 3 + 0.6)
    }
    let spirals = points(try Toy.spirals(Self.n, from: Self.random))
    #expect(abs(mean(spirals.map(\.x))) < 0.04)  // one is the other turned by π
    let roll = points(try Toy.swissRoll(Self.n, from: Self.random))
    #expect(roll.allSatisfy { $0.part >= 1.5 * .pi && $0.part <= 4.5 * .pi })
    #expect(abs(sd(roll.map { $0.x - $0.part * cos($0.part) / 5 }) - 0.2) < 0.005)
    #expect(abs(mean(roll.map(\.part)) - 3 * .pi) < 0.08)
  }

  @Test func blobsClusterAboutTheirCentres() throws {
    let toy = try Toy.blobs(9000, centers: 3, dim: 4, from: Self.random)
    #expect(toy.x.shape == [9000, 4])
    for part in 0..<3 {
      let mask = try Tensor.compare(.equal, toy.y, Tensor(Double(part)))
      let own = try toy.x.selecting([AxisSelection(mask)])
      #expect(own.shape == [3000, 4])
      #expect(close(try own.variance(axis: 0).values, [1, 1, 1, 1], 0.12))
    }
    #expect(failure { try Toy.blobs(10, centers: 0, from: Self.random) }?.code == "L729")
  }

  @Test func toysRepeatAndRefuse() throws {
    let (a, b) = (try Toy.pinwheel(50, from: Self.random), try Toy.pinwheel(50, from: Self.random))
    #expect(a.x.values == b.x.values)
    let longer = try Toy.pinwheel(80, from: Self.random)
    #expect(longer.x.values.prefix(100) == a.x.values[...])
    #expect(
      try Toy.pinwheel(50, from: Philox(seed: 12, stream: 3)).x.values != a.x.values)
    #expect(try Toy.moons(0, from: Self.random).x.shape == [0, 2])
    #expect(failure { try Toy.moons(-1, from: Self.random) }?.code == "L426")
    #expect(failure { try Toy.moons(.max, from: Self.random) }?.code == "L427")
  }

  // MARK: - Preparation

  @Test func standardizedColumns() throws {
    let x = Tensor([1, 7, 3, 2, 7, .nan, 6, 7, 5]).reshaped([3, 3])
    let z = try Preparation.standardize(x)
    let first = try z.selecting([.all, .index(0)])
    #expect(close(try first.mean().values + first.variance().values, [0, 1], 1e-15))
    #expect(try z.selecting([.all, .index(1)]).values == [0, 0, 0])
    #expect(z[flat: 5].isNaN)
    #expect(close([z[flat: 2], z[flat: 8]], [-1, 1], 1e-15))
    #expect(try Preparation.standardize(Tensor([1, 3])).values == [-1, 1])
    #expect(try Preparation.standardize(Tensor([0.1, 0.1, 0.1])).values == [0, 0, 0])
    #expect(failure { try Preparation.standardize(Tensor(1)) }?.code == "L729")
  }

  @Test func binarizedValuesAreBernoulli() throws {
    let p = Tensor((0..<30_000).map { Double($0 % 3) / 2 })
    let bits = try Preparation.binarize(p, from: Self.random)
    #expect(Set(bits.values) == [0, 1])
    for (rest, expected, error) in [(0, 0.0, 0.0), (1, 0.5, 0.02), (2, 1.0, 0.0)] {
      let own = (0..<10_000).map { bits[flat: 3 * $0 + rest] }
      #expect(abs(mean(own) - expected) <= error)
    }
    let refused = try #require(
      failure { try Preparation.binarize(Tensor([0, 255]), from: Self.random) })
    #expect(refused.code == "L729" && refused.helps.contains { $0.contains("255") })
    #expect(failure { try Preparation.binarize(Tensor([-0.1]), from: Self.random) } != nil)
    #expect(try Preparation.binarize(Tensor([.nan, 1]), from: Self.random)[flat: 0].isNaN)
  }

  @Test func heldOutRowsPartTheData() throws {
    let (train, test) = try Preparation.holdout(rows: 101, fraction: 0.2, from: Self.random)
    #expect(test.count == 20 && train == train.sorted() && test == test.sorted())
    #expect((train + test).sorted() == Array(0..<101))
    #expect(test != Array(0..<20))
    #expect(try Preparation.holdout(rows: 2, fraction: 0.01, from: Self.random).test.count == 1)
    for fraction in [0, 1, -1, 2, Double.nan] {
      #expect(
        failure { try Preparation.holdout(rows: 10, fraction: fraction, from: Self.random) }
          != nil)
    }
    #expect(
      failure { try Preparation.holdout(rows: 1, fraction: 0.5, from: Self.random) } != nil)
  }
}
