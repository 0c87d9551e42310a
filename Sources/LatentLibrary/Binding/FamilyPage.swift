// What the reference says about each family of distributions.

import LatentDistributions

enum FamilyPage {
  static func help(_ name: String) -> String { texts[name] ?? name }

  private static let texts = [
    "normal": "N(mean, sd²). The shape of a draw is the broadcast shape of the parameters.",
    "mvnormal": """
    The normal of vectors, by one of: the covariance, its lower triangular Cholesky factor, the \
    precision (inverse covariance). `variance` gives the diagonal of the covariance.
    """,
    "bernoulli": "1 with probability `probs` (or sigmoid of `logits`), else 0.",
    "categorical": """
    One of 0 … K - 1, with the K probabilities along the last axis of `probs` (or the softmax of \
    `logits`).
    """,
    "binomial": "Successes in n trials of probability `probs` (or sigmoid of `logits`).",
    "multinomial": "Counts of K kinds in n trials: vectors with sum n.",
    "beta": "Density ∝ x^(a-1) (1-x)^(b-1) on [0, 1].",
    "gamma": "Density ∝ x^(shape-1) exp(-rate·x), with mean shape/rate.",
    "inverse_gamma": "1/x has gamma(shape, scale): density ∝ x^(-shape-1) exp(-scale/x).",
    "dirichlet": "Density ∝ Π x_k^(alpha_k-1) on vectors with sum 1, by all but one coordinate.",
    "poisson": "Counts with mean and variance `rate`.",
    "student_t": "Student's t with location and scale; its variance is scale²·df/(df-2).",
    "laplace": "Density exp(-|x-loc|/scale)/(2·scale).",
    "logistic": "The distribution function is sigmoid((x-loc)/scale).",
    "discretized_logistic": """
    A logistic rounded to `levels` values 0, 1/(levels-1), …, 1, as pixels in [0, 1] are; the \
    first and the last value take the tails.
    """,
    "lognormal": "exp of normal(mu, sigma).",
    "exponential": "Density rate·exp(-rate·x) for x from 0.",
    "uniform": "Constant density between `low` and `high`.",
    "inverse_wishart": """
    Covariance matrices X of d variables with density ∝ |X|^(-(df+d+1)/2) exp(-tr(scale X⁻¹)/2), \
    df > d - 1, and mean scale/(df-d-1).
    """,
    "normal_inverse_gamma": """
    A mean and a variance: mean ~ N(m, variance/kappa), variance ~ inverse_gamma(a, b). A draw is \
    a record `(mean:, variance:)`.
    """,
    "normal_inverse_wishart": """
    A mean vector and a covariance: mean ~ N(m, cov/kappa), cov ~ inverse_wishart(df, scale). A \
    draw is a record `(mean:, cov:)`.
    """,
    "beta_binomial": "binomial(n, p) with p drawn from beta(a, b).",
    "negative_binomial": """
    Failures before the n-th success of trials with probability `probs`; n need not be whole. \
    Also poisson with rate drawn from gamma(n, probs/(1-probs)).
    """,
    "dirichlet_multinomial": "multinomial(n, p) with p drawn from dirichlet(alpha).",
    "lomax": "exponential(rate) with the rate drawn from gamma(shape, scale).",
    "mvstudent_t": """
    Student's t of vectors, with location `loc` and the matrix `scale`; the covariance is \
    scale·df/(df-2).
    """,
  ]

  static let examples = [
    "normal": ["log_prob(normal(0, 1), 0)  #=> -0.9189385332046727"],
    "mvnormal": [
      "mean(mvnormal([1, 2], eye(2)))  #=> [1, 2]",
      "variance(mvnormal([0, 0], chol: [[2, 0], [3, 4]]))  #=> [4, 25]",
    ],
    "bernoulli": ["exp(log_prob(bernoulli(0.25), 1))  #=> 0.25"],
    "categorical": ["mean(categorical([0.5, 0.25, 0.25]))  #=> 0.75"],
    "binomial": ["mean(binomial(10, 0.5))  #=> 5"],
    "multinomial": ["mean(multinomial(4, [0.5, 0.25, 0.25]))  #=> [2, 1, 1]"],
    "beta": ["mean(beta(1, 3))  #=> 0.25"],
    "gamma": ["mean(gamma(2, 4))  #=> 0.5"],
    "inverse_gamma": ["mean(inverse_gamma(3, 4))  #=> 2"],
    "dirichlet": ["mean(dirichlet([1, 1, 2]))  #=> [0.25, 0.25, 0.5]"],
    "poisson": ["variance(poisson(3))  #=> 3"],
    "student_t": ["variance(student_t(4))  #=> 2"],
    "laplace": ["variance(laplace(0, 1))  #=> 2"],
    "logistic": ["cdf(logistic(0, 1), 0)  #=> 0.5"],
    "discretized_logistic": [
      "len(unique(sample(discretized_logistic(0.5, 1, levels: 3), 100, seed: 1)))  #=> 3"
    ],
    "lognormal": ["quantile(lognormal(0, 1), 0.5)  #=> 1"],
    "exponential": ["variance(exponential(2))  #=> 0.25"],
    "uniform": ["entropy(uniform(0, 1))  #=> 0"],
    "inverse_wishart": ["mean(inverse_wishart(5, eye(2)))[0]  #=> [0.5, 0]"],
    "normal_inverse_gamma": ["mean(normal_inverse_gamma(1, 1, 3, 4)).variance  #=> 2"],
    "normal_inverse_wishart": [
      "mean(normal_inverse_wishart([1, 2], 1, 5, eye(2))).mean  #=> [1, 2]"
    ],
    "beta_binomial": ["mean(beta_binomial(8, 1, 3))  #=> 2"],
    "negative_binomial": ["mean(negative_binomial(3, 0.5))  #=> 3"],
    "dirichlet_multinomial": ["mean(dirichlet_multinomial(4, [1, 1, 2]))  #=> [1, 1, 2]"],
    "lomax": ["mean(lomax(3, 4))  #=> 2"],
    "mvstudent_t": ["variance(mvstudent_t(4, [0, 0], eye(2)))  #=> [2, 2]"],
  ]
}
