// A question about a model block records the block once, however many draws answer it.

import Latent
import Testing

struct RecordingTests {
  /// How often the density of the data is run by a question.
  private func runs(_ question: String) throws -> Int {
    let console = CapturedConsole()
    let latent = Interpreter(console: console)
    try latent.run(
      """
      model m(d) {
        param w: real[d]
        p(z) = normal(0, 1)
        p(x|z) = { print("run"); normal(w * z, 1) }
        q(z|x) = normal(0.1 * sum(x), 1)
      }
      X = [[1, 2], [0, 1], [2, 2]]
      v = fit(m(d: 2), X, epochs: 1, seed: 1, progress: false)
      """)
    let before = console.output.split(separator: "\n").count
    try latent.run("answer = \(question)")
    return console.output.split(separator: "\n").count - before
  }

  @Test(arguments: [
    "elbo(v, X, samples: SAMPLES, seed: 1)", "log_likelihood(v, X, samples: SAMPLES, seed: 1)",
    "log_likelihood(v, X, method: \"elbo\", samples: SAMPLES, seed: 1)",
  ])
  func drawsDoNotRecordAnew(question: String) throws {
    let few = try runs(question.replacing("SAMPLES", with: "2"))
    #expect(few > 0)
    #expect(try runs(question.replacing("SAMPLES", with: "40")) == few)
  }

  /// The mean over draws is that of the draws one by one.
  @Test func theMeanIsThatOfTheDraws() throws {
    let latent = Interpreter(console: CapturedConsole())
    try latent.run(
      """
      model m() {
        param w = 2
        p(z) = normal(0, 1)
        p(x|z) = normal(w * z, 1)
        q(z|x) = normal(0.4 * x, 0.5)
      }
      v = m()
      fit(v, [1, 2], epochs: 0, progress: false)
      # E_q[log p(x|z)] - KL in closed form at x = 1
      exact = -0.5 * log(2 * pi) - 0.5 * ((1 - 0.8)^2 + 4 * 0.25)
      kl = 0.5 * (0.25 + 0.16 - 1 - log(0.25))
      check elbo(v, [1], samples: 20000, seed: 3)[0] == exact - kl within 0.03
      check elbo(v, [1], samples: 1, seed: 3) != elbo(v, [1], samples: 2, seed: 3)
      """)
  }
}
