// A model block costs what the library's model of the same meaning costs: told by the compiled
// programs, which are the same on every machine.

import Latent
import Testing

struct BlockCostTests {
  /// The line of `explain` that tells the size of a step's program.
  private func cost(of make: String) throws -> (calls: Double, gigaflop: Double) {
    let interpreter = Interpreter()
    let text =
      try interpreter.run(
        """
        grey = reshape(arange(128 * 784) % 251, [128, 784]) / 251
        model block_vae(latent, hidden, d: 784) {
          param dec = mlp(latent, hidden, d)
          param enc = mlp(d, hidden, 2 * latent)
          p(z) = normal(zeros(latent), 1)
          p(x|z) = bernoulli(logits: dec(z))
          q(z|x) = {
            (m, s) = split(enc(x), 2)
            normal(m, exp(s))
          }
        }
        m = fit(\(make), grey, epochs: 1, batch: 64, binarize: "dynamic", seed: 1, progress: false)
        text(explain(m))
        """
      ).asText ?? ""
    let line = text.split(separator: "\n").first { $0.contains("one step") } ?? ""
    let words = line.split(separator: " ")
    func number(before word: String) -> Double {
      guard let place = words.firstIndex(where: { $0.hasPrefix(word) }), place > 0 else {
        return .nan
      }
      return Double(words[place - 1]) ?? .nan
    }
    return (number(before: "kernel"), number(before: "GFLOP"))
  }

  @Test(arguments: [(latent: 2, hidden: 64), (20, 400)])
  func aBlockCostsWhatTheLibraryModelCosts(latent: Int, hidden: Int) throws {
    let model = try cost(
      of: "vae(latent: \(latent), hidden: [\(hidden)], likelihood: \"bernoulli\")")
    let block = try cost(of: "block_vae(\(latent), \(hidden))")
    #expect(block.calls <= 1.05 * model.calls)
    #expect(block.gigaflop <= 1.05 * model.gigaflop)
    #expect(block.gigaflop > 0.8 * model.gigaflop)
  }
}
