// A term such as `p(x|z)` as a family of densities gets it: the names that choose the member, and
// the values that came with them.

import LatentSyntax

/// The arguments of a call of a family.
public struct DensityCall {
  public struct Argument {
    /// The name written before a colon, or the plain name that the argument is; nil for
    /// everything else.
    public var name: String?
    /// Whether the name stands before a colon.
    public var isNamed: Bool
    /// Nil when the name has no value.
    public var value: Value?

    public init(name: String?, isNamed: Bool, value: Value?) {
      self.name = name
      self.isNamed = isNamed
      self.value = value
    }
  }

  public var arguments: [Argument]
  /// How many arguments stand before the bar; nil without one.
  public var bar: Int?

  public init(_ arguments: [Argument], bar: Int?) {
    self.arguments = arguments
    self.bar = bar
  }

  public var subjects: ArraySlice<Argument> { arguments[..<(bar ?? arguments.count)] }
  public var givens: ArraySlice<Argument> { arguments[(bar ?? arguments.count)...] }
}

extension DensityCall {
  /// The call at a site, with `unset` where a name has no value.
  init(_ site: CallSite, _ values: [Value]) {
    self.init(
      values.enumerated().map { position, value in
        let known = value.isUnset ? nil : value
        if let name = site.argumentNames[position] {
          return Argument(name: name.text, isNamed: true, value: known)
        }
        return Argument(name: site.plainName(position), isNamed: false, value: known)
      },
      bar: site.bar?.kind == .given ? site.bar?.position : nil)
  }
}

extension CallSite {
  /// The argument as it is written, when that is a name and nothing else.
  func plainName(_ position: Int) -> String? {
    guard !isForeign, argumentNames[position] == nil else { return nil }
    let text = source.text(in: argumentSpan(position))
    let isName =
      text.first.map { $0.isLetter || $0 == "_" } == true
      && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    let words = ["true", "false", "nothing"]
    return isName && !words.contains(String(text)) ? String(text) : nil
  }
}
