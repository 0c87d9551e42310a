// The examples of the language's design parse, and its counter-examples do not.

import Testing

@testable import LatentSyntax

@Suite struct Examples {
  static let tour = #"""
    # %% [markdown]
    # ## The bound is tight at the true posterior
    # %% Mixture of two Gaussians, by EM
    model gmm(K, d) {
      param pi: simplex[K]
      param mu: real[K, d]
      param S:  cov[K, d, d]
      p(z)   = categorical(pi)
      p(x|z) = mvnormal(mu[z], cov: S[z])   # no q: the exact posterior is used
    }
    X = blobs(300, centers: 2, seed: 1).x
    m = fit(gmm(K: 2, d: 2), X, method: "em")
    # %% Evidence = bound + gap, line by line as on the slide
    use m                                    # opens p, q and the parameters by name
    x = X[0]
    bound = E(q(z|x), z => log p(x|z) + log p(z) - log q(z|x))
    gap   = kl(q(z|x) || p(z|x))             # p(z|x) and p(x) are derived, not defined
    check bound + gap == log p(x) within 1e-6
    # %% A variational autoencoder, spelled out; `vae(latent: 2)` is the same model from the library
    model digit_vae(latent: 2, hidden: 256, d: 64) {
      param dec = mlp(latent, hidden, d)
      param enc = mlp(d, hidden, 2 * latent)
      p(z)   = normal(zeros(latent), 1)
      p(x|z) = bernoulli(logits: dec(z))
      q(z|x) = { (m, s) = split(enc(x), 2); normal(m, exp(s)) }
    }
    v = fit(digit_vae(), binarize(digits().x, seed: 3), epochs: 10, batch: 128, seed: 7)
    v |> sample(16) |> images(columns: 4)
    print("bound {v.history.elbo[-1]:.2f} nats")
    check fit(digit_vae(), X, epochs: -1) fails "epochs"
    # %% The two lines everyone starts with
    model = vae(latent: 2)
    fit(model, digits().x, epochs: 10)
    """#

  @Test func tourParsesWhole() {
    let result = parsed(Self.tour)
    #expect(result.diagnostics.isEmpty)
    #expect(result.completeness == .complete)
    let lines = result.program.statements.map(\.sketch)
    #expect(lines.count == 15)
    #expect(
      lines[0]
        == "model gmm(K, d) { param pi: simplex[K]; param mu: real[K, d]; param S: cov[K, d, d]; "
        + "def p(z) = categorical(pi); def p(x) | z = mvnormal(mu[z], cov: S[z]) }")
    #expect(
      lines[5]
        == "bound = E(q(z | x), ((z) => (- (+ (log p(x | z)) (log p(z))) (log q(z | x)))))")
    #expect(lines[6] == "gap = kl(q(z | x) || p(z | x))")
    #expect(lines[7] == "check ((+ bound gap) == (log p(x))) within 1e-06")
    #expect(lines[10] == "((v |> sample(16)) |> images(columns: 4))")
    #expect(lines[13] == "model = vae(latent: 2)")
  }

  @Test(arguments: ["a b", "p(x|z", "x = = 2", "f(x) { 1 }", "(a, b)", "x = 3;;"])
  func counterExamplesAreRejected(_ text: String) {
    #expect(parsed(text).completeness != .complete)
    #expect(codes(text).count == 1)
  }
}
