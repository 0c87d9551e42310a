// A network: layers one after the other, with names for their numbers.

import LatentAutodiff
import LatentTensor

/// Layers one after the other.
public struct Network: Sendable {
  /// What the names of its numbers begin with.
  public var name: String
  public var layers: [Layer]

  public init(_ name: String, _ layers: [Layer]) {
    self.name = name
    self.layers = layers
  }

  /// A layer that has numbers, with their places in a graph.
  private struct Part {
    var layer: Layer
    var slots: [Graph.Slot]
  }

  /// All layers that have numbers, those inside skips too, in the order of the computation.
  private var parts: [Part] {
    var parts: [Part] = []
    func add(_ layers: [Layer]) {
      for layer in layers {
        if case .skip(let inner) = layer { add(inner) }
        let numbers = layer.numbers
        if numbers.isEmpty { continue }
        parts.append(
          Part(
            layer: layer,
            slots: numbers.map {
              Graph.Slot("\(name).\(parts.count).\($0.role)", shape: $0.shape)
            }))
      }
    }
    add(layers)
    return parts
  }

  /// The numbers of all layers: `name.0.weights`, `name.0.bias`, `name.1.…`.
  public var slots: [Graph.Slot] { parts.flatMap(\.slots) }

  /// The shape it gives for an input of a shape.
  /// - Throws: L411 where a layer does not take its input, which names the layer and both sizes.
  public func shape(for input: [Int]) throws -> [Int] {
    try layers.reduce(input) { try $1.shape(for: $0) }
  }

  /// The network's output, its numbers parameters of the graph.
  public func callAsFunction(_ x: Symbol, isTraining: Bool = false) -> Symbol {
    self(x, isTraining: isTraining) { x.graph.parameter($0.name, shape: $0.shape) }
  }

  /// The network's output, its numbers from elsewhere.
  ///
  /// - Parameters:
  ///   - x: An input whose shape ``shape(for:)`` takes.
  ///   - isTraining: Whether the step that is recorded trains: only then elements drop out.
  public func callAsFunction(
    _ x: Symbol, isTraining: Bool = false, weights: (Graph.Slot) -> Symbol
  ) -> Symbol {
    var waiting = parts[...]
    var place = 0
    func applied(_ layers: [Layer], _ x: Symbol) -> Symbol {
      layers.reduce(x) { h, layer in
        if case .skip(let inner) = layer { return h + applied(inner, h) }
        var numbers: [Symbol] = []
        if !layer.numbers.isEmpty, let part = waiting.popFirst() {
          numbers = part.slots.map(weights)
          place += 1
        }
        return h.graph.within("\(name), layer \(max(place, 1))") {
          layer(h, numbers: numbers, isTraining: isTraining)
        }
      }
    }
    return applied(layers, x)
  }

  /// Numbers to start with, the same for the same state of the stream.
  public func initialise(_ parameters: ParameterBuffer, _ random: inout Philox) {
    for part in parts {
      for (slot, number) in zip(part.slots, part.layer.numbers) {
        parameters[slot.name] = part.layer.start(number.role, slot.shape, &random)
      }
    }
  }
}
