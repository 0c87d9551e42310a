// The state of a training as named tensors and texts, the form in which a file keeps it.

import LatentTensor

extension TrainingState {
  private static let version = "latent training 1"

  /// All numbers that must come back to the last bit.
  public var tensors: [(name: String, tensor: Tensor)] {
    parameters.map { ("parameters.\($0.name)", $0.values) }
      + moments.enumerated().map { ("moments.\($0.offset)", $0.element) }
      + [("sums", Tensor(sums))]
      + earlier.tensors("earlier.") + history.tensors("history.")
  }

  public var metadata: [(name: String, text: String)] {
    let counts = [
      ("step", step), ("position", position), ("batches", batches), ("seen", seen),
      ("moments", moments.count),
    ]
    return [
      ("format", TrainingState.version), ("seed", "\(seed)"), ("data", "\(dataHash)"),
      ("history.reason", earlier.reason),
    ] + (rate.map { [("rate", "\($0)")] } ?? []) + counts.map { ($0.0, "\($0.1)") }
      + settings.map { ("setting.\($0.name)", $0.text) }
  }

  /// - Throws: `L519` when the tensors are not those of a training.
  public init(
    tensors: [(name: String, tensor: Tensor)], metadata: [(name: String, text: String)]
  ) throws {
    let texts = Dictionary(metadata.map { ($0.name, $0.text) }) { first, _ in first }
    let values = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    func number<Number: FixedWidthInteger>(_ name: String) throws -> Number {
      guard let number = texts[name].flatMap({ Number($0) }) else {
        throw TrainingState.malformed("it has no number `\(name)`")
      }
      return number
    }
    func count(_ name: String) throws -> Int {
      let value: Int = try number(name)
      guard value >= 0 else { throw TrainingState.malformed("`\(name)` is \(value)") }
      return value
    }
    guard texts["format"] == TrainingState.version else {
      throw TrainingState.malformed("its format is \(texts["format"] ?? "not told")")
    }
    seed = try number("seed")
    dataHash = try number("data")
    (step, position) = (try count("step"), try count("position"))
    (batches, seen) = (try count("batches"), try count("seen"))
    settings = metadata.compactMap { name, text in
      name.hasPrefix("setting.") ? (String(name.dropFirst("setting.".count)), text) : nil
    }
    parameters = tensors.compactMap { name, tensor in
      name.hasPrefix("parameters.") ? (String(name.dropFirst("parameters.".count)), tensor) : nil
    }
    let momentCount = try count("moments")
    guard momentCount <= tensors.count else {
      throw TrainingState.malformed("it has not all moments")
    }
    rate = texts["rate"].flatMap(Double.init)
    moments = try (0..<momentCount).map { place in
      guard let moment = values["moments.\(place)"] else {
        throw TrainingState.malformed("it has not all moments")
      }
      return moment
    }
    sums = values["sums"]?.values ?? []
    earlier = TrainingHistory(tensors, "earlier.")
    earlier.reason = texts["history.reason"] ?? ""
    history = TrainingHistory(tensors, "history.")
    history.steps = step
  }

  private static func malformed(_ what: String) -> Failure {
    Failure(
      "L519", "the file does not hold a training: \(what)", argument: "resume",
      help: "`fit(…, checkpoint: \"run.safetensors\")` writes such files")
  }
}

extension TrainingHistory {
  func tensors(_ prefix: String) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = [
      ("elbo", Tensor(elbo)), ("validation", Tensor(validation)),
      ("log_likelihood", Tensor(logLikelihood)), ("seconds", Tensor(seconds)),
      ("steps", Tensor(Double(steps))), ("converged", Tensor(converged ? 1 : 0)),
    ]
    if let start { result.append(("start", Tensor(start))) }
    if let rate { result.append(("lr", Tensor(rate))) }
    result += terms.map { ("term.\($0.name)", Tensor($0.values)) }
    return result.map { (prefix + $0.name, $0.tensor) }
  }

  init(_ tensors: [(name: String, tensor: Tensor)], _ prefix: String) {
    self.init()
    for (name, tensor) in tensors where name.hasPrefix(prefix) {
      let field = name.dropFirst(prefix.count)
      let values = tensor.values
      switch field {
      case "elbo": elbo = values
      case "validation": validation = values
      case "log_likelihood": logLikelihood = values
      case "seconds": seconds = values.first ?? 0
      case "steps": steps = Int(exactly: values.first ?? 0) ?? 0
      case "converged": converged = values.first == 1
      case "start": start = values.first
      case "lr": rate = values.first
      default:
        if field.hasPrefix("term.") { terms.append((String(field.dropFirst(5)), values)) }
      }
    }
    // A damaged file must not make later sums run out of entries.
    terms = terms.filter { $0.values.count == elbo.count }
  }
}
