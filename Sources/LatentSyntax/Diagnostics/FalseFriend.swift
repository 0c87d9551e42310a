// What people write who come from another language, and how Latent writes it: looked up before
// any edit distance, because `None` is nobody's typing mistake.

/// The table of false friends; every remedy is a sentence for a `help:` line.
public enum FalseFriend {
  /// How Latent writes what other languages call `name`, for names nobody defined.
  public static func remedy(forName name: String) -> String? {
    names[name].map(sentence)
  }

  /// How Latent writes the member `.name` of other libraries, for members nobody defined.
  public static func remedy(forMember member: String) -> String? {
    members[member].map(sentence)
  }

  /// How Latent writes the construction that the word opens elsewhere (`def`, `elif`).
  public static func remedy(forWord word: String) -> String? {
    words[word].map(sentence)
  }

  /// Words of the table that are names or words of Latent as well, or that programs like to use.
  static func isNameToo(_ word: String) -> Bool {
    [
      "print", "param", "shared", "repeat", "target", "end", "case", "match", "real", "int",
      "float",
      "double", "vector", "matrix", "test", "data", "val", "new", "parameter", "parameters",
    ].contains(word)
  }

  /// An operator of another language.
  struct ForeignSymbol: Sendable {
    var spelling: String
    var bytes: [UInt8]
    var remedy: String
    /// What the parser goes on with; nil where nothing takes its place.
    var replacement: Token.Kind?
    /// Only before a space (or the end of a line) is it meant.
    var beforeSpace: Bool
  }

  /// Longest first, so that the first that fits is the one meant.
  static let symbols: [ForeignSymbol] =
    symbolTable.map { row in
      ForeignSymbol(
        spelling: row.0, bytes: Array(row.0.utf8), remedy: sentence(row.1), replacement: row.2,
        beforeSpace: row.0 == "<-")
    }
    .sorted { $0.bytes.count > $1.bytes.count }

  static let symbolsByFirstByte = Dictionary(grouping: symbols) { $0.bytes.first ?? 0 }

  private static func sentence(_ written: String) -> String {
    "in Latent this is written \(written)"
  }

  private static let symbolTable: [(String, String, Token.Kind?)] = [
    ("<-", "`x = 3`", .symbol(.define)),
    ("<<-", "`x = 3`; a function never writes outer names", .symbol(.define)),
    (":=", "`x = 3`", .symbol(.define)),
    ("&&", "`a and b`", .keyword(.and)),
    ("&", "`a and b`", .keyword(.and)),
    ("!", "`not a`; a factorial is `exp(lgamma(n + 1))`", .keyword(.not)),
    ("**", "`x^2`", .symbol(.caret)),
    ("//", "`floor(a / b)`; a comment starts with `#`", .symbol(.slash)),
    ("/*", "`# …` on every line of a comment", nil),
    ("%*%", "`a @ b`", .symbol(.at)),
    ("%in%", "`a in b`", .keyword(.in)),
    ("%%", "`a % b`", .symbol(.percent)),
    ("%/%", "`floor(a / b)`", .symbol(.slash)),
    ("%>%", "`x |> f`", .symbol(.pipe)),
    (".*", "`a * b`: operators work elementwise", .symbol(.star)),
    ("./", "`a / b`: operators work elementwise", .symbol(.slash)),
    (".^", "`a^b`: operators work elementwise", .symbol(.caret)),
    ("->", "`x => x + 1`", .symbol(.arrow)),
    ("===", "`a == b`", .symbol(.equal)),
    ("!==", "`a != b`", .symbol(.notEqual)),
    ("<>", "`a != b`", .symbol(.notEqual)),
    ("~=", "`a != b`", .symbol(.notEqual)),
    ("=<", "`a <= b`", .symbol(.lessOrEqual)),
    ("..", "`0..<n` without the end or `1...n` with it", .symbol(.through)),
    ("..=", "`1...n`", .symbol(.through)),
    ("^=", "`x = x^2`", .symbol(.define)),
    ("%=", "`x = x % 2`", .symbol(.define)),
    ("**=", "`x = x^2`", .symbol(.define)),
    ("//=", "`x = floor(x / 2)`", .symbol(.define)),
    ("@=", "`x = x @ y`", .symbol(.define)),
    ("?", "`if c { a } else { b }`; `?name` is for the prompt, and `help(name)` here", nil),
    ("$", "`table.column`", .symbol(.dot)),
    (
      "\\",
      "`x => x + 1`, and `solve(a, b)` for a system; a statement goes on after an operator or "
        + "inside brackets", nil
    ),
    ("`", "`\"text\"`, and a name without quotes", nil),
    ("≤", "`a <= b`", .symbol(.lessOrEqual)),
    ("≥", "`a >= b`", .symbol(.greaterOrEqual)),
    ("≠", "`a != b`", .symbol(.notEqual)),
    ("×", "`a * b`", .symbol(.star)),
    ("·", "`a * b`, and `a @ b` for matrices", .symbol(.star)),
    ("÷", "`a / b`", .symbol(.slash)),
    ("−", "`a - b` with the minus of the keyboard", .symbol(.minus)),
    ("–", "`a - b` with the minus of the keyboard", .symbol(.minus)),
    ("…", "`1...n` with three dots", .symbol(.through)),
    ("∈", "`a in b`", .keyword(.in)),
    ("≈", "`check a == b within 1e-6`", .symbol(.equal)),
    ("←", "`x = 3`", .symbol(.define)),
    ("⋅", "`a * b`, and `a @ b` for matrices", .symbol(.star)),
    ("⊙", "`a * b`: operators work elementwise", .symbol(.star)),
    ("√", "`sqrt(x)`", nil),
    ("∑", "`sum(x)`", nil),
    ("∏", "`prod(x)`", nil),
    ("∫", "`E(d, f)`", nil),
    ("∇", "`grad(f)`", nil),
    ("∂", "`grad(f)`", nil),
    ("∞", "`inf`", nil),
    ("‖", "`norm(x)`, and `kl(q(z|x) || p(z))` with two bars", nil),
    ("′", "`x'` with the quote of the keyboard", .symbol(.quote)),
    ("²", "`x^2`", nil),
    ("³", "`x^3`", nil),
    ("∥", "`kl(q(z|x) || p(z))` with two bars", .symbol(.doubleBar)),
    ("∣", "`p(x|z)` with the bar of the keyboard", .symbol(.bar)),
    ("∧", "`a and b`", .keyword(.and)),
    ("∨", "`a or b`", .keyword(.or)),
    ("¬", "`not a`", .keyword(.not)),
    ("→", "`x => x + 1`", .symbol(.arrow)),
    ("∼", "`z ~ q(z|x)` with the tilde of the keyboard", .symbol(.tilde)),
    ("“", "`\"text\"` with the quotes of the keyboard", nil),
    ("”", "`\"text\"` with the quotes of the keyboard", nil),
    ("‘", "`\"text\"` with the quotes of the keyboard", nil),
    ("’", "`\"text\"` with the quotes of the keyboard", nil),
  ]

  private static let parameter = "`param mu: real` in a model block, and `x = 3` elsewhere"
  private static let value = "`x = 3`"
  private static let observe = "`fit(m, X)`, which binds the data to what is observed"
  private static let contents =
    "`model name(n) { … }`: arguments in parentheses, `param` and densities in braces"

  private static let function = "`f(x) = x + 1`, or `f(x) = { … }` over several lines"

  private static let words: [String: String] = [
    "def": function, "func": function, "fun": function, "fn": function, "function": function,
    "lambda": "`x => x + 1`",
    "elif": "`if a { … } else if b { … }`", "elseif": "`if a { … } else if b { … }`",
    "elsif": "`if a { … } else if b { … }`",
    "let": "`x = 3`", "var": "`x = 3`", "const": "`x = 3`", "local": "`x = 3`",
    "val": value, "mut": value, "static": value, "new": value, "auto": value,
    "int": parameter, "float": parameter, "double": parameter, "real": parameter,
    "vector": parameter, "matrix": parameter, "parameter": parameter,
    "parameters": contents, "data": contents,
    "observe": observe,
    "with": "`model name(K) { … }`; `use m` opens the densities of a model that is made",
    "begin": "`{ … }`: blocks stand in braces",
    "async": function, "await": "`f(x)`: a call returns when it is done",
    "test": "`check a == b`",
    "global": "`x = 3`; a function never writes outer names",
    "nonlocal": "`x = 3`; a function never writes outer names",
    "class": "`model name(K) { … }` for models, and `(a: 1, b: 2)` for records",
    "struct": "`(a: 1, b: 2)`",
    "from": "`import \"file.lvm\"`; the library needs no import",
    "using": "`import \"file.lvm\"`; the library needs no import",
    "is": "`a == b`",
    "isnt": "`a != b`",
    "xor": "`a != b`",
    "mod": "`a % b`",
    "div": "`floor(a / b)`",
    "then": "`if c { a } else { b }`", "unless": "`if not c { … }`",
    "do": "`while c { … }`", "repeat": "`while true { … }`", "until": "`while not c { … }`",
    "foreach": "`for x in xs { … }`", "loop": "`while true { … }`",
    "switch": "`if x == 1 { … } else if x == 2 { … }`",
    "match": "`if x == 1 { … } else if x == 2 { … }`",
    "case": "`if x == 1 { … } else if x == 2 { … }`",
    "end": "`}`: blocks stand in braces",
    "assert": "`check a == b`",
    "raise": "`check c`, which fails when `c` does not hold",
    "throw": "`check c`, which fails when `c` does not hold",
    "try": "`check e fails \"text\"`; nothing else catches an error",
    "del": "`x = nothing`", "delete": "`x = nothing`",
    "print": "`print(x)`", "echo": "`print(x)`", "puts": "`print(x)`",
    "param": "`param mu: real = 0` on a line of its own in a model block",
    "shared": "`shared` inside `model name { … }`",
    "yield": "`return x`, or a comprehension `[f(x) for x in xs]`",
    "target": "`p(x|z) = …` in a model block",
  ]

  private static let names: [String: String] = [
    "exit": "Ctrl-D, which leaves the prompt", "quit": "Ctrl-D, which leaves the prompt",
    "assert": "`check a == b`", "mod": "`a % b`", "div": "`floor(a / b)`", "echo": "`print(x)`",
    "end": "`}` behind a block, and `x[-1]` for the last element",
    "param": "`param mu: real = 0` on a line of its own in a model block",
    "target": "`p(x|z) = …` in a model block", "function": function, "observe": observe,
    "None": "`nothing`", "NULL": "`nothing`", "null": "`nothing`", "nil": "`nothing`",
    "undefined": "`nothing`", "missing": "`nan` in data, `nothing` elsewhere",
    "NA": "`nan` in data, `nothing` elsewhere",
    "True": "`true`", "TRUE": "`true`", "T": "`true`, and the transpose `x'`",
    "False": "`false`", "FALSE": "`false`",
    "library": "`import \"file.lvm\"`; the library needs no import",
    "require": "`import \"file.lvm\"`; the library needs no import",
    "set": "`unique(x)`, and `set.seed(n)` is `seed(n)`",
    "expit": "`sigmoid(x)`", "logistic": "`sigmoid(x)`", "logit": "`log(p / (1 - p))`",
    "NaN": "`nan`", "Inf": "`inf`", "Infinity": "`inf`", "infinity": "`inf`",
    "self": "the name of the model", "this": "the name of the model",
    "pass": "an empty block `{ }`",
    "np": "without a prefix: `mean(x)`", "numpy": "without a prefix: `mean(x)`",
    "torch": "without a prefix: `mean(x)`", "jnp": "without a prefix: `mean(x)`",
    "math": "without a prefix: `sqrt(x)`", "jax": "without a prefix: `mean(x)`",
    "plt": "`print(x)`; there are no figures yet", "plot": "`print(x)`; there are no figures yet",
    "random": "`rand()`, and `seed(n)` for its seed",
    "randint": "`floor(n * rand())`", "pd": "`load(path)`, which gives a table for a .csv file",
    "error": "`check c`, which fails when `c` does not hold",
    "stop": "`check c`, which fails when `c` does not hold",
    "isclose": "`abs(a - b) <= 1e-6`, and `check a == b within 1e-6`",
    "allclose": "`all(abs(a - b) <= 1e-6)`, and `check a == b within 1e-6`",
    "isna": "`isnan(x)`", "isnull": "`x == nothing`", "is": "`isnan(x)`, or `x == nothing`",
    "maximum": "`max(a, b)`", "minimum": "`min(a, b)`", "fmax": "`max(a, b)`",
    "fmin": "`min(a, b)`", "substr": "`t[a..<b]`", "substring": "`t[a..<b]`",
    "sorted": "`sort(xs)`", "reversed": "`reverse(xs)`", "expect": "`E(d, f)`",
    "open": "`load(path)`", "read_csv": "`load(path)`", "loadtxt": "`load(path)`",
    "N": "`normal(mean, sd)`", "gaussian": "`normal(mean, sd)`", "Gaussian": "`normal(mean, sd)`",
    "MultivariateNormal": "`mvnormal(mean, cov: S)`",
    "multivariate_normal": "`mvnormal(mean, cov: S)`", "mvn": "`mvnormal(mean, cov: S)`",
    "GaussianMixture": "`gmm(k)`", "PCA": "`ppca(k)`", "pca": "`ppca(k)`",
    "dnorm": "`exp(log_prob(normal(0, 1), x))`", "pnorm": "`cdf(normal(0, 1), x)`",
    "qnorm": "`quantile(normal(0, 1), p)`", "factorial": "`exp(lgamma(n + 1))`",
    "c": "`[1, 2, 3]`", "array": "`[1, 2, 3]`", "vector": "`[1, 2, 3]`", "list": "`[1, 2, 3]`",
    "tensor": "`[1, 2, 3]`", "dict": "`(a: 1, b: 2)`", "tuple": "`[a, b]`",
    "matrix": "`[[1, 2], [3, 4]]`",
    "length": "`len(x)`", "size": "`len(x)` or `x.shape`", "dim": "`x.shape`",
    "shape": "`x.shape`", "nrow": "`x.shape[0]`", "ncol": "`x.shape[1]`",
    "pow": "`x^2`", "log2": "`log(x) / log(2)`", "log10": "`log(x) / log(10)`",
    "ln": "`log(x)`", "power": "`x^2`", "matmul": "`a @ b`", "dot": "`a @ b`",
    "str": "`text(x)`", "string": "`text(x)`", "paste": "`\"{a} {b}\"`",
    "int": "`round(x)`, or `number(t)` for a text", "float": "`number(t)`",
    "seq": "`1...n` or `linspace(a, b, n)`", "fabs": "`abs(x)`",
    "lapply": "`map(xs, f)`", "sapply": "`map(xs, f)`", "apply": "`map(xs, f)`",
    "println": "`print(x)`", "cat": "`print(x)`", "printf": "`print(\"{x:.3}\")`",
    "set_seed": "`seed(n)`", "manual_seed": "`seed(n)`", "transposed": "`x'`",
    "inv": "`inverse(a)`, or better `solve(a, b)`", "eig": "`eigh(a)`",
    "eigen": "`eigh(a)`", "chol": "`cholesky(a)`", "logsumexp_": "`logsumexp(x)`",
    "rnorm": "`sample(normal(0, 1), n)`", "randn": "`sample(normal(0, 1), n)`",
    "runif": "`sample(uniform(0, 1), n)`", "rand": "`sample(uniform(0, 1), n)`",
    "type": "`help(x)`, which says what a value is",
    "typeof": "`help(x)`, which says what a value is",
    "isinstance": "`help(x)`, which says what a value is",
    "KL": "`kl(a || b)`", "expectation": "`E(d, f)`",
  ]

  private static let members: [String: String] = [
    "T": "`x'`", "t": "`x'`", "mT": "`x'`",
    "mean": "`mean(x)`", "sum": "`sum(x)`", "std": "`std(x)`", "var": "`var(x)`",
    "min": "`min(x)`", "max": "`max(x)`", "argmax": "`argmax(x)`", "argmin": "`argmin(x)`",
    "all": "`all(x)`", "any": "`any(x)`", "prod": "`prod(x)`", "cumsum": "`cumsum(x)`",
    "exp": "`exp(x)`", "log": "`log(x)`", "sqrt": "`sqrt(x)`", "abs": "`abs(x)`",
    "reshape": "`reshape(x, [-1, 784])`", "view": "`reshape(x, [-1, 784])`",
    "flatten": "`flatten(x)`", "ravel": "`flatten(x)`", "squeeze": "`reshape(x, [n])`",
    "transpose": "`x'` or `transpose(x)`", "dot": "`a @ b`", "matmul": "`a @ b`",
    "append": "`xs = append(xs, x)`", "push": "`xs = append(xs, x)`", "sort": "`sort(x)`",
    "count": "`len(x)`", "len": "`len(x)`", "tolist": "the value itself",
    "to_list": "the value itself", "forEach": "`for x in xs { … }`",
    "foreach": "`for x in xs { … }`", "pop": "`x = x[..<-1]`", "remove": "`filter(xs, f)`",
    "extend": "`a + b` for lists, `concat([a, b])` for tensors", "get": "`r[\"name\"]`",
    "startswith": "`t[..<len(s)] == s`", "hasPrefix": "`t[..<len(s)] == s`",
    "nrow": "`x.shape[0]`", "ncol": "`x.shape[1]`", "iloc": "`x[i]`", "loc": "`x[i]`",
    "grad": "`grad(f)`, which is a function of x",
    "format": "`\"{x:.3}\"`", "join": "`join(xs, \", \")`", "split": "`split(t, \",\")`",
    "length": "`len(x)`", "size": "`x.shape`, or `len(x)`", "ndim": "`len(x.shape)`",
    "dim": "`len(x.shape)`", "numel": "`prod(x.shape)`", "copy": "`copy(m)`",
    "clone": "`copy(m)`", "item": "the value itself", "numpy": "the value itself",
    "keys": "`keys(r)`", "values": "`values(r)`", "items": "`zip(keys(r), values(r))`",
    "fit": "`fit(m, X)`", "predict": "`m.q(z|x: X)`", "transform": "`m.q(z|x: X)`",
    "fit_transform": "`fit(m, X)`", "score": "`mean(log m.p(x: X))`",
    "log_prob": "`log_prob(d, x)`, or `log m.p(x: X)`",
    "logpdf": "`log_prob(d, x)`, or `log m.p(x: X)`",
    "pdf": "`exp(log_prob(d, x))`, or `exp(log m.p(x: X))`",
    "sample": "`sample(d, n)`", "rsample": "`sample(d, n)`", "rvs": "`sample(d, n)`",
    "map": "`map(xs, f)`", "filter": "`filter(xs, f)`", "lower": "`lower(t)`",
    "upper": "`upper(t)`", "strip": "`trim(t)`", "replace": "`replace(t, \"a\", \"b\")`",
    "parameters": "`m.theta` and `m.phi`", "backward": "`grad(f)`",
    "cuda": "the value itself", "detach": "the value itself",
  ]
}
