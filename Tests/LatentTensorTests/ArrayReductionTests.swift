// Reductions, orders and special functions against numbers computed with numpy, scipy and mpmath.

import LatentTensor
import Testing

func close(_ a: [Double], _ b: [Double], _ relative: Double = 1e-14) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      x == y || (x.isNaN && y.isNaN) || abs(x - y) <= relative * max(abs(x), abs(y), 1e-300)
    }
}

@Suite struct ArrayReductionTests {
  let x = Tensor(
    shape: [3, 4], [0.5, -1.25, 3, 7.5, 2, 0.1, -4, 1.5, 1e-3, 8, -0.7, 2.2])

  @Test func momentsAgreeWithNumpy() throws {
    #expect(close(try x.variance().values, [10.75326257638889]))
    #expect(
      close(
        try x.variance(axis: 0, correction: 1).values,
        [1.0825003333333332, 24.965833333333336, 12.263333333333334, 10.763333333333332]))
    #expect(
      close(
        try x.standardDeviation(axis: 1).values,
        [3.290018047062964, 2.356904749878535, 3.419164764602607]))
    #expect(close(try x.mean(axis: 1).values, [2.4375, -0.1, 2.37525]))
    #expect(try x.sum(axis: 0, keep: true).shape == [1, 4])
    #expect(try x.sum(axis: -1).shape == [3])
    #expect(try x.sum(keep: true).shape == [1, 1])
  }

  @Test func varianceSurvivesALargeMean() throws {
    let shifted = Tensor((0..<1000).map { 1e9 + Double($0 % 2) })
    #expect(try shifted.variance().values == [0.25])
  }

  @Test func sumsAreAccurate() throws {
    // A plain loop over 0.1 a million times is off by 1.3e-6.
    let sum = try Tensor(repeating: 0.1, shape: [1_000_000]).sum()[flat: 0]
    #expect(abs(sum - 100_000) < 1e-9)
    let running = try Tensor([1, 1e100, 1, -1e100]).cumulativeSum().values
    #expect(running == [1, 1e100, 1e100, 2])
    #expect(try Tensor([1, .infinity, 1]).cumulativeSum().values == [1, .infinity, .infinity])
  }

  @Test func othersAgreeWithNumpy() throws {
    #expect(close(try x.prod(axis: 1).values, [-14.0625, -1.2, -0.01232]))
    #expect(close(try x.logSumExp().values, [8.483540849137349]))
    #expect(
      close(
        try x.logSumExp(axis: 1).values,
        [7.512105768434534, 2.5645055456249466, 8.00352372320352]))
    #expect(
      close(
        try x.softmax().values.prefix(4) + [],
        [0.0009009094828083041, 0.0001565545935195, 0.010975324333452654, 0.9879672115902196]))
    #expect(close(try x.norm().values, [12.595733444305655]))
    #expect(
      close(
        try x.norm(axis: 0).values,
        [2.061553055344441, 8.097684854327193, 5.048762224545735, 7.958643100428615]))
    #expect(close(try x.cumulativeSum(axis: 0).values.suffix(4) + [], [2.501, 6.85, -1.7, 11.2]))
    #expect(close(try x.cumulativeSum().values.suffix(3) + [], [17.351, 16.651, 18.851]))
    #expect(try x.argmin(axis: 0).values == [2, 0, 1, 1])
    #expect(try x.argmax().values == [9])
    #expect(try x.minimum(axis: 1).values == [-1.25, -4, -0.7])
    #expect(try x.maximum(axis: 1, keep: true).shape == [3, 1])
  }

  @Test func extremesOfTheRange() throws {
    #expect(try Tensor([1e200, 1e200]).norm()[flat: 0] == 2.0.squareRoot() * 1e200)
    #expect(close(try Tensor([3e-200, 4e-200]).norm().values, [5e-200]))
    #expect(try Tensor([0, 0]).norm().values == [0])
    #expect(try Tensor([1000, 1000]).logSumExp()[flat: 0] > 1000)
    #expect(try Tensor([-.infinity, -.infinity]).logSumExp().values == [-.infinity])
    #expect(try Tensor([1e4, 0]).softmax().values == [1, 0])
    #expect(try Tensor([.nan, 1]).softmax().values.allSatisfy(\.isNaN))
  }

  @Test func nanPropagates() throws {
    let y = Tensor([1, .nan, -5])
    for result in [
      try y.minimum(), try y.maximum(), try y.median(), try y.quantile(0.2), try y.sum(),
      try y.logSumExp(), try y.norm(), try y.variance(),
    ] { #expect(result[flat: 0].isNaN) }
    #expect(try y.argmin().values == [1])
  }

  @Test func orderStatistics() throws {
    #expect(close(try x.median().values, [1]))
    #expect(close(try x.median(axis: 0).values, [0.5, 0.1, -0.7, 2.2]))
    #expect(close(try x.quantile(0.3).values, [0.0307]))
    #expect(close(try x.quantile(0.9, axis: 1).values, [6.15, 1.85, 6.26]))
    #expect(try x.quantile(1).values == [8])
    #expect(failure { try x.quantile(1.5) }?.code == "L426")
    #expect(failure { try x.quantile(.nan) }?.code == "L426")
    #expect(try x.argsort(axis: 0).values == [2, 0, 1, 1, 0, 1, 2, 2, 1, 2, 0, 0])
    #expect(try Tensor([2, 1, 2, 1]).argsort().values == [1, 3, 0, 2])
    #expect(try Tensor([2, 1, 2, 1]).argsort(descending: true).values == [0, 2, 1, 3])
    let sorted = try Tensor([.nan, 3, -.infinity, .infinity]).sorted().values
    #expect(close(sorted, [-.infinity, 3, .infinity, .nan]))
    let falling = try Tensor([.nan, 3, .infinity]).sorted(descending: true).values
    #expect(close(falling, [.infinity, 3, .nan]))
    #expect(try Tensor([.nan, 3, 5]).argsort(descending: true).values == [2, 1, 0])
    #expect(close(Tensor([3, .nan, 1, .nan, 3]).unique().values, [1, 3, .nan]))
  }

  @Test func truth() throws {
    let mask = Tensor(shape: [2, 2], mask: [true, false, true, true])
    #expect(try mask.all(axis: 1).values == [0, 1])
    #expect(try mask.any(axis: 1).isMask)
    #expect(try counting([0]).all().values == [1])
    #expect(try counting([0]).any().values == [0])
  }

  @Test func emptyReductions() throws {
    let empty = counting([0])
    #expect(try empty.sum().values == [0])
    #expect(try empty.prod().values == [1])
    #expect(try empty.logSumExp().values == [-.infinity])
    for refused in [
      failure { try empty.mean() }, failure { try empty.minimum() },
      failure { try empty.argmax() }, failure { try empty.median() },
      failure { try empty.variance() }, failure { try counting([2, 0]).mean(axis: 1) },
    ] { #expect(refused?.code == "L425") }
    #expect(try counting([0, 3]).sum(axis: 0).values == [0, 0, 0])
    #expect(try counting([0, 3]).mean(axis: 1).shape == [0])
    #expect(failure { try x.sum(axis: 2) }?.code == "L422")
    #expect(failure { try x.sum(axis: -3) }?.code == "L422")
    #expect(failure { try x.variance(correction: 12) }?.code == "L426")
  }

  /// Reducing any axis of any storage agrees with picking the lane apart by coordinates.
  @Test func lanesAgreeWithCoordinates() throws {
    for shape in smallShapes([1, 3, 20]) where !shape.isEmpty && shape.reduce(1, *) < 2000 {
      let count = shape.reduce(1, *)
      let bytes = Tensor(
        shape: shape, storage: .bytes((0..<count).map { UInt8($0 * 7 % 256) }, scale: 0.5))
      for axis in shape.indices {
        var rest = shape
        rest.remove(at: axis)
        var expected = [Double](repeating: 0, count: rest.reduce(1, *))
        for place in 0..<count {
          var at = coordinates(place, shape)
          at.remove(at: axis)
          expected[position(at, rest)] += bytes[flat: place]
        }
        #expect(try bytes.sum(axis: axis).values == expected, "\(shape) \(axis)")
        let sums = try bytes.cumulativeSum(axis: axis)
        let lasts = try sums.selecting(
          [AxisSelection](repeating: .all, count: axis) + [.index(-1)])
        #expect(lasts.values == expected)
      }
    }
  }

  @Test(arguments: [
    (0.1, -10.423754940411076232, 101.4332991507927477, 2.252712651734205902),
    (0.5, -1.9635100260214234794, 4.9348022005446793094, 0.57236494292470008707),
    (1, -0.57721566490153286061, 1.6449340668482264365, 0),
    (1.2, -0.28903989659218835183, 1.2673772054237791889, -0.085374090003315836884),
    (1.4616, -0.000031106251230341649658, 0.96770071146508354512, -0.12148629003589732842),
    (1.5, 0.036489973978576520559, 0.93480220054467930942, -0.12078223763524522235),
    (1.7, 0.20854787487349392145, 0.79323283016399840877, -0.095807697407065873788),
    (2, 0.42278433509846713939, 0.64493406684822643647, 0),
    (3.7, 1.1671535393615114409, 0.31003785767003830216, 1.4280723266653881292),
    (9.99, 2.250700372831201122, 0.10527695014824178439, 12.77931521435019336),
    (10.5, 2.3030010342976863753, 0.099916956059126733204, 13.940625219403763633),
    (100, 4.6001618527380874002, 0.010050166663333571395, 359.13420536957539878),
    (1e8, 18.420680738952365464, 1.0000000050000000167e-8, 1742068066.1038347093),
    (-0.5, 0.036489973978576520559, 8.9348022005446793094, 1.2655121234846453965),
    (-3.3, 3.6203534605921257857, 14.81773952551592878, -0.82435580501742646015),
    (1e-5, -100000.57719921567289, 10000000001.64490839, 11.512919692895825626),
  ])
  func gammaFunctions(_ x: Double, _ digamma: Double, _ trigamma: Double, _ lgamma: Double) {
    // Where x is negative the zeros are not expanded about: there the error is absolute.
    let slack = x < 0 ? 1e-14 : 0
    #expect(abs(SpecialFunction.digamma(x) - digamma) <= 1e-14 * abs(digamma) + slack)
    #expect(abs(SpecialFunction.trigamma(x) - trigamma) <= 2e-14 * abs(trigamma))
    #expect(abs(SpecialFunction.lgamma(x) - lgamma) <= 1e-14 * abs(lgamma) + 1e-15)
  }

  @Test func specialFunctionsAtTheEdges() {
    #expect(SpecialFunction.digamma(0) == -.infinity)
    #expect(SpecialFunction.digamma(-2).isNaN)
    #expect(SpecialFunction.digamma(.infinity) == .infinity)
    #expect(SpecialFunction.digamma(-1e300).isNaN)
    #expect(SpecialFunction.lgamma(-1) == .infinity)
    #expect(SpecialFunction.sigmoid(-800) == 0 && SpecialFunction.sigmoid(800) == 1)
    #expect(close([SpecialFunction.sigmoid(-40)], [4.248354255291589e-18]))
    #expect(SpecialFunction.softplus(1000) == 1000)
    #expect(close([SpecialFunction.softplus(-40)], [4.248354255291589e-18]))
    #expect(SpecialFunction.softplus(.nan).isNaN && SpecialFunction.relu(.nan).isNaN)
    #expect(SpecialFunction.round(2.5) == 2 && SpecialFunction.round(-1.5) == -2)
    #expect(SpecialFunction.sign(-3) == -1 && SpecialFunction.sign(.nan).isNaN)
  }
}
