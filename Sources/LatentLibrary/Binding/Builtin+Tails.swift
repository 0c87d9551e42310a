// Distribution functions, credible intervals and modes.

import LatentDistributions
import LatentLanguage
import LatentTensor

extension Builtin {
  static let tails: [Builtin] = [
    Builtin(
      "cdf", in: .distributions,
      help: """
        P(X <= x) of each element; `upper: true` gives P(X > x), whose digits 1 - cdf would lose. \
        The inverse is `quantile(d, q)`.
        """,
      parameters: [
        .distribution("d"), .tensor("x", "Broadcast against one draw."),
        .flag("upper", "The upper tail.").named,
      ],
      returns: .numeric,
      examples: [
        "cdf(uniform(0, 2), [0.5, 1])  #=> [0.25, 0.5]", "cdf(bernoulli(0.25), 0)  #=> 0.75",
      ]
    ) { call in
      let d = try call.plainDistribution("d").distribution
      return .tensor(try d.cumulative(try call.tensor("x"), upper: try call.flag("upper")))
    },
    Builtin(
      "interval", in: .distributions,
      help: """
        A credible interval, [low, high] along a new first axis: "equal" leaves the same probability \
        on both sides, "hdi" is the shortest (highest density), of a density with one peak.
        """,
      parameters: [
        .distribution("d"),
        .number("level", .open(0, 1), default: 0.95, "The probability within."),
        .choice("method", ["equal", "hdi"], default: "equal", "Which one."),
      ],
      returns: .tensor, examples: ["interval(uniform(0, 1), 0.5)  #=> [0.25, 0.75]"]
    ) { call in
      let d = try call.plainDistribution("d").distribution
      let level = try call.number("level")
      return .tensor(
        try call.text("method") == "hdi"
          ? try d.shortestInterval(level) : try d.centralInterval(level))
    },
    Builtin(
      "mode", in: .distributions,
      help: """
        Where the density or probability is largest: of a posterior, the MAP estimate. That depends \
        on the coordinates: "natural" takes the density as `log_prob` gives it, "unconstrained" \
        that of the logits of a probability or the logarithms of positive numbers, with Jacobian.
        """,
      parameters: [
        .distribution("d"),
        .choice(
          "space", Distribution.Space.allCases.map(\.rawValue), default: "natural",
          "The coordinates."),
      ],
      returns: .any,
      examples: [
        "mode(beta(8, 4))  #=> 0.7", "mode(beta(3, 1), space: \"unconstrained\")  #=> 0.75",
      ]
    ) { call in
      let object = try call.plainDistribution("d")
      let space = Distribution.Space(rawValue: try call.text("space")) ?? .natural
      return try object.value(ofDraw: try object.distribution.mode(in: space))
    },
  ]
}
