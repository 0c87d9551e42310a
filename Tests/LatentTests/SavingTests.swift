// Models in files: what comes back answers with the same bits, what is damaged is refused by name,
// and no file makes the reader's machine do more than compute.

import Foundation
import Latent
import LatentData
import LatentTensor
import Testing

struct SavingTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("latent-\(UUID().uuidString).safetensors").path

  /// Each makes a model `m` and answers a question to a model by numbers.
  static let models: [(name: String, make: String, ask: String)] = [
    (
      "vae",
      """
      m = fit(vae(latent: 2, hidden: [8, 5], activation: "tanh", posterior: "full"), iris(),
        epochs: 2, seed: 1, progress: false)
      """, "elbo(k, iris().x, samples: 2, seed: 3)"
    ),
    (
      "vae of a learned prior in float64",
      """
      m = fit(vae(hidden: 4, prior: "vamp", components: 3), digits(), epochs: 1, seed: 1,
        binarize: "threshold", precision: "float64", progress: false)
      """, "log_likelihood(k, binarize(digits().x, seed: 1)[..<20], samples: 3, seed: 2).per_datum"
    ),
    (
      "mixture", "m = fit(mixture(components: 3), iris(), restarts: 2, seed: 1, progress: false)",
      "log_prob(k, iris().x)"
    ),
    (
      "mixture with a prior",
      """
      m = fit(mixture(components: 2, covariance: "tied", prior: (shrinkage: 0.1)), faithful(),
        restarts: 2, seed: 1, progress: false)
      """, "log_prob(k, faithful().x)"
    ),
    (
      "mixture of categories",
      "m = fit(gmm(components: 2, family: \"categorical\"), [[0, 2], [1, 0], [1, 1]], seed: 1, "
        + "progress: false)", "log_prob(k, [[0, 1], [1, nan]])"
    ),
    ("ppca", "m = fit(ppca(latent: 2), iris(), progress: false)", "log_prob(k, iris().x)"),
    (
      "factor analysis", "m = fit(factor_analysis(latent: 1), usarrests(), progress: false)",
      "log_prob(k, usarrests().x)"
    ),
    (
      "bayes", "m = fit(bayes(normal_inverse_gamma(0, 1, 2, 2)), [1, 2.5, 3.1], progress: false)",
      "append(log_prob(k, [0.3, 2]), k.log_evidence)"
    ),
    (
      "bayes of a binomial", "m = fit(bayes(beta(0.3, 1), trials: 7), [1, 2], progress: false)",
      "log_prob(k, [3, 0])"
    ),
    (
      "regression",
      """
      m = fit(linear_regression(normal(0, 3), noise: 0.4), (x: iris().x, y: iris().x[:, 3]),
        progress: false)
      """, "predict(k, iris().x).mean"
    ),
    (
      "block",
      """
      width = 1.5
      shift = [0.1, 0.2]
      model two(K, d: 2) {
        param pi: simplex[K]
        param mu: real[K, d] = zeros([K, d]) + shift + [[0, 1], [2, 3]]
        param S: cov[K, d, d]
        wide(s) = width * s   # } not the end
        p(z) = categorical(pi)
        p(x|z) = mvnormal(mu[z], cov: wide(S[z]))
      }
      m = fit(two(2), standardize(faithful().x), epochs: 3, seed: 1, progress: false)
      use m
      """, "log_prob(k, standardize(faithful().x))"
    ),
    (
      "block with networks",
      """
      model small(latent: 2, d: 4) {
        param dec = mlp(latent, 6, d)
        param enc = mlp(d, 6, 2 * latent)
        start = sample(normal(0, 1))
        p(z) = normal(zeros(latent), 1)
        p(x|z) = normal(dec(z) + start, 1)
        q(z|x) = { (m, s) = split(enc(x), 2); normal(m, exp(s)) }
      }
      seed(5)
      m = fit(small(), iris().x, epochs: 2, seed: 1, progress: false)
      """, "elbo(k, iris().x, samples: 2, seed: 3)"
    ),
    (
      "block whose q is the library's",
      """
      model chain {
        p(a) = normal(zeros(2), 1)
        p(b|a) = gamma(exp(a[0]), 1)
        p(x|a, b) = normal(stack([sin(a[1]), log(b), b]), 0.5)
      }
      m = fit(chain(), iris().x[:, 0...2], epochs: 2, seed: 1, progress: false)
      """, "elbo(k, iris().x[:, 0...2], samples: 2, seed: 3)"
    ),
  ]

  @Test(arguments: models.indices) func comesBackToTheLastBit(_ place: Int) throws {
    let (name, make, ask) = Self.models[place]
    let latent = Interpreter()
    latent["path"] = .text(path)
    try latent.run(make)
    try latent.run("save(m, path)")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let before = try latent.run(
      ask.replacingOccurrences(of: "(k", with: "(m")
        .replacingOccurrences(of: "k.", with: "m."))
    // In another interpreter, which knows nothing of the script; and once more from there.
    let other = Interpreter()
    other["path"] = .text(path)
    for round in 1...2 {
      try other.run("k = load(path)")
      let after = try other.run(ask)
      let (a, b) = (try #require(before.asTensor), try #require(after.asTensor))
      #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern), "\(name), round \(round)")
      #expect(
        try other.run("\"{k}\"").asText == latent.run("\"{m}\"").asText, "\(name)")
      #expect(try other.run("k.history.reason").asText == latent.run("m.history.reason").asText)
      #expect(
        try other.run("keys(k.history)").display()
          == latent.run(
            "[n for n in keys(m.history) if not (n in [\"memory\", \"compile_seconds\"])]"
          ).display())
      try other.run("save(k, path)")
    }
  }

  @Test func aLoadedModelTrainsOn() throws {
    let latent = Interpreter()
    latent["path"] = .text(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try latent.run(
      """
      m = fit(vae(hidden: 6), iris(), epochs: 2, seed: 1, progress: false)
      save(m, path)
      k = load(path)
      for n in [m, k] { fit(n, iris(), epochs: 2, seed: 9, progress: false) }
      check all(m.history.elbo == k.history.elbo)
      check len(k.history.elbo) == 4
      """)
  }

  @Test func dataAndDistributionsComeBack() throws {
    let latent = Interpreter()
    latent["path"] = .text(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try latent.run(
      """
      for d in [normal(0.1, 2), mvnormal([0, 1], cov: [[2, 0.3], [0.3, 1]]),
          mixture_of([0.25, 0.75], [gamma(2, 1), gamma(1/3, 7)]), independent(beta(1, 2), 3)] {
        save(d, path)
        check load(path) == d
      }
      save((a: [1, 2], b: [[1/3]]), path)
      check load(path) == (a: [1, 2], b: [[1/3]])
      """)
  }

  /// Cut anywhere, or with any byte of the header changed, a file is refused or holds the same.
  @Test func damagedFilesAreRefused() throws {
    let latent = Interpreter()
    latent["path"] = .text(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try latent.run("save(fit(mixture(), faithful(), restarts: 1, seed: 1, progress: false), path)")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    var random = Philox(seed: 1, stream: 0)
    for round in 0..<150 {
      let draws = random.uniforms(2)
      var bytes = whole
      let place = Int(draws[0] * Double(whole.count - 1))
      if round % 3 == 0 {
        bytes = bytes.prefix(place)
      } else {
        bytes[place] = UInt8(draws[1] * 255)
      }
      try bytes.write(to: URL(fileURLWithPath: path))
      do {
        try latent.run("m = load(path); m")
      } catch let error as Diagnostic {
        #expect(
          ["L571", "L722", "L723", "L725", "L427"].contains(error.code), "\(error.code) \(error)")
      }
    }
  }

  /// What somebody else's file may not do.
  @Test(arguments: [
    ("print(1)", "print"), ("load(\"/etc/passwd\")", "load"), ("save(1, \"x.npy\")", "save"),
    ("import \"/etc/passwd\"", "import"), ("seed(3)", "seed"), ("own", "own"), ("1 +", ""),
    ("f(x) = f(x) + 1\nf(1)", ""),
  ])
  func filesOnlyCompute(_ expression: String, _ named: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Safetensors(metadata: [("format", "latent 1"), ("expression", expression)]).write(to: path)
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    latent["path"] = .text(path)
    latent["own"] = .number(3)
    let error = #expect(throws: Diagnostic.self) { try latent.run("load(path)") }
    #expect(error?.code == "L571")
    #expect(error?.message.contains(named) == true || named.isEmpty)
    #expect(console.output.isEmpty)
  }
}
