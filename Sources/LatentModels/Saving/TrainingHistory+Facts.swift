// A history with all its details as tensors and texts. Details are facts, which may be nested: each
// leaf is kept under its path, `optima.0.value`, and each text of the file says what a path holds.

import LatentTensor

extension TrainingHistory {
  /// Everything of the history, every name beginning with `prefix`.
  public func flattened(_ prefix: String) -> (
    tensors: [(name: String, tensor: Tensor)], texts: [(name: String, text: String)]
  ) {
    var flat = FlatFact()
    for (name, value) in details { flat.add(value, "\(prefix)detail.\(name)") }
    flat.texts.append((prefix + "reason", reason))
    flat.texts.append(
      (prefix + "details", details.map(\.name).joined(separator: ",")))
    return (tensors(prefix) + flat.tensors, flat.texts)
  }

  /// - Throws: `L571` for a history with a part missing.
  public init(
    _ tensors: [(name: String, tensor: Tensor)], _ texts: [(name: String, text: String)],
    _ prefix: String
  ) throws {
    self.init(tensors.filter { !$0.name.hasPrefix(prefix + "detail.") }, prefix)
    let flat = FlatFact(tensors: tensors, texts: texts)
    reason = texts.first { $0.name == prefix + "reason" }?.text ?? ""
    let names = texts.first { $0.name == prefix + "details" }?.text.split(separator: ",") ?? []
    details = try names.map { (String($0), try flat.fact("\(prefix)detail.\($0)", depth: 0)) }
  }
}

/// Facts taken apart.
private struct FlatFact {
  var tensors: [(name: String, tensor: Tensor)] = []
  var texts: [(name: String, text: String)] = []

  mutating func add(_ fact: Fact, _ path: String) {
    switch fact {
    case .nothing: texts.append((path, "nothing"))
    case .bool(let bool): texts.append((path, "bool \(bool)"))
    case .text(let text): texts.append((path, "text \(text)"))
    case .number(let number):
      texts.append((path, "number"))
      tensors.append((path, Tensor(number)))
    case .tensor(let tensor):
      texts.append((path, "tensor"))
      tensors.append((path, tensor))
    case .list(let facts):
      texts.append((path, "list \(facts.count)"))
      for (place, fact) in facts.enumerated() { add(fact, "\(path).\(place)") }
    case .record(let fields):
      texts.append((path, "record \(fields.map(\.name).joined(separator: ","))"))
      for (name, value) in fields { add(value, "\(path).\(name)") }
    }
  }

  /// Nothing of ours nests deeper.
  private static let deepest = 16

  func fact(_ path: String, depth: Int) throws -> Fact {
    guard depth < FlatFact.deepest, let text = texts.first(where: { $0.name == path })?.text else {
      throw ModelState.malformed("it has no `\(path)`")
    }
    let kind = text.prefix { $0 != " " }
    let rest = String(text.dropFirst(kind.count + 1))
    func tensor() throws -> Tensor {
      guard let tensor = tensors.first(where: { $0.name == path })?.tensor else {
        throw ModelState.malformed("it has no `\(path)`")
      }
      return tensor
    }
    switch kind {
    case "nothing": return .nothing
    case "bool": return .bool(rest == "true")
    case "text": return .text(rest)
    case "number": return .number(try tensor().values.first ?? .nan)
    case "tensor": return .tensor(try tensor())
    case "list":
      guard let count = Int(rest), (0...texts.count).contains(count) else { break }
      return .list(try (0..<count).map { try fact("\(path).\($0)", depth: depth + 1) })
    case "record":
      return .record(
        try rest.split(separator: ",").map {
          (String($0), try fact("\(path).\($0)", depth: depth + 1))
        })
    default: break
    }
    throw ModelState.malformed("`\(path)` is \(text)")
  }
}
