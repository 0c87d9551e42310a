// Cholesky's factor of a matrix of symbols, by columns: a graph has no factorisation of its own,
// and for the sizes of latent variables d² nodes are few.

import LatentAutodiff

/// A lower triangular matrix with positive diagonal; leading axes are batches.
public struct TriangularFactor {
  /// Column j from its diagonal element down: … × (d − j).
  public let columns: [Symbol]

  public var size: Int { columns.count }

  /// The L with A = L·Lᵀ; of A the lower triangle is read. Not a number where A is indefinite.
  public init(factoring matrix: Symbol) {
    let size = matrix.shape.last ?? 0
    let flat = matrix.reshaped(matrix.shape.dropLast(2) + [size * size])
    // By symmetry row j from the diagonal on is column j, and it is a view.
    var rest = (0..<size).map { flat.columns(($0 * size + $0)..<(($0 + 1) * size)) }
    for j in 0..<size {
      let column = rest[j] * (1 / rest[j].columns(0..<1).squareRoot())
      rest[j] = column
      for k in (j + 1)..<max(size, j + 1) {
        let below = column.columns((k - j)..<(size - j))
        rest[k] = rest[k] - below * below.columns(0..<1)
      }
    }
    columns = rest
  }

  /// A factor that is given as a matrix.
  public init(_ factor: Symbol) {
    let size = factor.shape.last ?? 0
    let leading = Array(factor.shape.dropLast(2))
    columns = (0..<size).map { j in
      factor.columns(j..<(j + 1)).reshaped(leading + [size]).columns(j..<size)
    }
  }

  /// ½ log |A| = Σ log L_jj.
  public var logDeterminant: Symbol {
    columns.map { $0.last(0).log() }.reduce(columns[0].number(0)) { $0 + $1 }
  }

  /// L⁻¹ b along the last axis.
  public func solving(_ b: Symbol) -> Symbol {
    var rest = b
    var solution: [Symbol] = []
    for column in columns {
      let z = rest.columns(0..<1) / column.columns(0..<1)
      solution.append(z)
      let count = column.shape.last ?? 1
      if count > 1 {
        rest = rest.columns(1..<count) - column.columns(1..<count) * z
      }
    }
    return Symbol.concatenated(solution) ?? b
  }

  /// L⁻ᵀ b along the last axis.
  public func solvingTransposed(_ b: Symbol) -> Symbol {
    var tail: [Symbol] = []
    for (j, column) in columns.enumerated().reversed() {
      var z = b.columns(j..<(j + 1))
      if let below = Symbol.concatenated(tail) {
        z = z - (column.columns(1..<(size - j)) * below).sum(axis: -1, keep: true)
      }
      tail.insert(z / column.columns(0..<1), at: 0)
    }
    return Symbol.concatenated(tail) ?? b
  }

  /// Lᵀ b along the last axis.
  public func timesTransposed(_ b: Symbol) -> Symbol {
    Symbol.concatenated(
      columns.enumerated().map { j, column in
        (column * b.columns(j..<size)).sum(axis: -1, keep: true)
      }) ?? b
  }

  /// L b along the last axis.
  public func times(_ b: Symbol) -> Symbol {
    let parts = columns.enumerated().map { j, column in
      padded(column * b.columns(j..<(j + 1)), from: j)
    }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  }

  /// The columns as vectors of full length.
  var fullColumns: [Symbol] { columns.enumerated().map { padded($1, from: $0) } }

  /// The diagonal of L·Lᵀ.
  var squaredRows: Symbol {
    let squares = fullColumns.map { $0.square() }
    return squares.dropFirst().reduce(squares[0]) { $0 + $1 }
  }

  private func padded(_ part: Symbol, from start: Int) -> Symbol {
    if start == 0 { return part }
    let zeros = part.number(0).broadcast(to: part.shape.dropLast() + [start])
    return Symbol.concatenated([zeros, part]) ?? part
  }
}
