// What `verify` gives: a table of identities, and whether all of them hold.

import LatentLanguage
import LatentModels
import LatentTensor

/// The identities of a model as a value; in a `check` it is whether all of them hold.
public final class VerificationObject: Object {
  public let identities: [Identity]

  init(_ identities: [Identity]) { self.identities = identities }

  public override var kind: String { "verification" }
  public override var memberNames: [String] { ["passed", "identities", "failed"] }

  private var passed: Bool { identities.allSatisfy(\.passed) }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "passed": .bool(passed)
    case "identities": .list(identities.map(\.value))
    case "failed": .list(identities.filter { !$0.passed }.map { .text($0.name) })
    default: nil
    }
  }

  public override func display(_ style: DisplayStyle) -> String {
    let (count, failures) = (identities.count, identities.count { !$0.passed })
    let verdict =
      failures == 0
      ? "all \(count) identities hold"
      : "\(failures) of \(count) identities \(failures == 1 ? "fails" : "fail")"
    let head = ["", "identity", "left", "right", "difference", "tolerance"]
    let rows = identities.map { identity in
      [
        identity.passed ? "ok" : "FAILS", identity.name, significant(identity.left, 7),
        significant(identity.right, 7), significant(identity.difference, 2),
        significant(identity.tolerance, 2)
          + (identity.errors.map { " = \(significant($0, 2)) s.e." } ?? ""),
      ]
    }
    let widths = head.indices.map { column in
      ([head] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([head] + rows).map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    return (lines + [verdict]).joined(separator: "\n")
  }
}

extension Identity {
  fileprivate var value: Value {
    .record([
      ("name", .text(name)), ("left", .number(left)), ("right", .number(right)),
      ("difference", .number(difference)), ("tolerance", .number(tolerance)),
      ("errors", errors.map(Value.number) ?? .nothing), ("passed", .bool(passed)),
    ])
  }
}
