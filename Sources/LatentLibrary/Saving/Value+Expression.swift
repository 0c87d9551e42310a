// Values as the expressions that make them again, to the last bit: the form in which a file keeps
// what is no tensor. What is shown at the prompt may be shortened; this is not.

import LatentDistributions
import LatentLanguage
import LatentTensor

extension Value {
  /// The expression of the language whose value this is.
  ///
  /// - Throws: `L570` for values that have none: functions, networks, models, tables, …
  func expression() throws -> String {
    switch self {
    case .nothing, .bool, .short: return display()
    case .number(let number): return Value.expression(number)
    case .object(let object):
      switch object {
      case let tensor as TensorObject: return Value.expression(tensor.tensor)
      case is TextObject: return display()
      case let list as ListObject:
        return "[\(try list.items.map { try $0.expression() }.joined(separator: ", "))]"
      case let record as RecordObject where !record.fields.isEmpty:
        let fields = try record.fields.map { "\($0): \(try $1.expression())" }
        return "(\(fields.joined(separator: ", ")))"
      case is RangeObject: return "(\(display()))"
      case let distribution as DistributionObject:
        return try distribution.distribution.law.expression()
      default:
        throw Failure(
          "L570", "\(kindPhrase) cannot be kept in a file",
          help: "numbers, texts, tensors, lists, records and distributions can")
      }
    }
  }

  private static func expression(_ number: Double) -> String {
    let text = NumberText.shortest(number)
    return text.hasPrefix("-") ? "(\(text))" : text
  }

  private static func expression(_ tensor: Tensor) -> String {
    if tensor.rank == 0 { return expression(tensor[flat: 0]) }
    if tensor.count == 0 {
      return "zeros([\(tensor.shape.map(String.init).joined(separator: ", "))])"
    }
    let items = tensor.values.map {
      tensor.isMask ? ($0 != 0 ? "true" : "false") : NumberText.shortest($0)
    }
    return nested(items[...], tensor.shape[...])
  }

  private static func nested(_ items: ArraySlice<String>, _ shape: ArraySlice<Int>) -> String {
    guard let length = shape.first, shape.count > 1 else {
      return "[\(items.joined(separator: ", "))]"
    }
    let size = items.count / max(length, 1)
    let rows = (0..<length).map { row in
      let start = items.startIndex + row * size
      return nested(items[start..<(start + size)], shape.dropFirst())
    }
    return "[\(rows.joined(separator: ", "))]"
  }
}

extension Law<Tensor> {
  fileprivate func expression() throws -> String {
    switch self {
    case .family(let family, let parameters):
      let arguments = try zip(family.parameters, parameters).map {
        "\($0.name): \(try Value.tensor($1).expression())"
      }
      return "\(family.name)(\(arguments.joined(separator: ", ")))"
    case .mixture(let weights, let components):
      let parts = try components.map { try $0.expression() }
      return "mixture_of(\(try Value.tensor(weights).expression()), "
        + "[\(parts.joined(separator: ", "))])"
    case .independent(let inner, let count):
      return "independent(\(try inner.expression()), \(count))"
    }
  }
}
