// The q that the library made for a block, in a file: its kind, what it is given, and the numbers by
// which these are standardised. The weights of its network are parameters like others.

import LatentModels
import LatentTensor

extension AmortisedPosterior {
  private static let list = "amortised"
  private var place: String { "\(AmortisedPosterior.list).\(latent)" }

  func write(to state: inout ModelState) {
    let before = (try? state.text(AmortisedPosterior.list)).map { $0 + "," } ?? ""
    state.texts.removeAll { $0.name == AmortisedPosterior.list }
    state.texts += [
      (AmortisedPosterior.list, before + latent), ("\(place).kind", kind.rawValue),
      ("\(place).shape", shape.map(String.init).joined(separator: ",")),
      ("\(place).given", inputs.map(\.name).joined(separator: ",")),
      (
        "\(place).masked",
        inputs.filter(\.hasMask).map(\.name).joined(separator: ",")
      ),
    ]
    state.tensors += [
      ("\(place).center", Tensor(center)), ("\(place).scale", Tensor(scale)),
    ]
    for input in inputs {
      state.tensors += [
        ("\(place).\(input.name).center", Tensor(input.center)),
        ("\(place).\(input.name).scale", Tensor(input.scale)),
      ]
    }
  }

  /// Those that a state holds for a block.
  ///
  /// - Throws: `L571` for what is none of the block's.
  static func all(of model: BlockModel, in state: ModelState) throws -> [AmortisedPosterior] {
    guard state.texts.contains(where: { $0.name == list }) else { return [] }
    return try state.text(list).split(separator: ",").map { name in
      try AmortisedPosterior(String(name), of: model, in: state)
    }
  }

  private init(_ latent: String, of model: BlockModel, in state: ModelState) throws {
    let place = "\(AmortisedPosterior.list).\(latent)"
    func names(_ role: String) throws -> [String] {
      try state.text("\(place).\(role)").split(separator: ",").map(String.init)
    }
    let (given, masked) = (try names("given"), Set(try names("masked")))
    let shape = try state.counts("\(place).shape")
    guard let kind = Kind(rawValue: try state.text("\(place).kind")),
      let head = model.posteriorHead(of: latent, given),
      given.allSatisfy(model.variables.contains),
      let count = try? Shape.count(shape), count > 0, count <= 1_000_000
    else { throw ModelState.malformed("`q(\(latent))` is none of the block") }
    func numbers(_ name: String, _ count: Int? = nil) throws -> [Double] {
      let tensor = try state.tensor("\(place).\(name)", shape: count.map { [$0] })
      guard tensor.rank == 1 else {
        throw ModelState.malformed("`\(place).\(name)` is no list of numbers")
      }
      return tensor.values
    }
    let columns = kind == .categorical ? shape.dropLast().reduce(1, *) : count
    self.init(
      latent: latent, kind: kind, shape: shape, center: try numbers("center", columns),
      scale: try numbers("scale", columns),
      inputs: try given.map { name in
        let center = try numbers("\(name).center")
        return Input(
          name: name, center: center, scale: try numbers("\(name).scale", center.count),
          hasMask: masked.contains(name))
      }, density: head)
  }
}
