// `save`: models, distributions and data to files, from which `load` brings them back.

import LatentData
import LatentLanguage
import LatentTensor

extension Builtin {
  static let save = Builtin(
    "save", in: .data,
    help: """
      Writes a value to a file, from which `load(path)` brings it back. Models, distributions and \
      records of tensors go to .safetensors files, which other tools read as named tensors; a \
      model comes back to the last bit, with its history, and a model block brings its text along. \
      Tensors go to .npy, .csv, .tsv or .safetensors, tables to .csv or .tsv.
      """,
    parameters: [
      .any("value", "A model, a distribution, a tensor, a table, or a record of tensors."),
      .text("path", "The file; one that is there is replaced."),
    ],
    returns: .nothing
  ) { call in
    let (value, path) = (call.value("value"), try call.text("path"))
    let isSafetensors = path.lowercased().hasSuffix(".safetensors")
    switch value.object {
    case is ModelObject, is DistributionObject:
      guard isSafetensors else {
        throw Failure(
          "L722", "\(value.kindPhrase) is written to a file named .safetensors, not to `\(path)`",
          argument: "path", help: "write e.g. `\"model.safetensors\"`")
      }
      do {
        try SavedFile.write(value, to: path)
      } catch var failure as Failure {
        failure.argument = failure.argument ?? "value"
        throw failure
      }
    case let table as TableObject: try DataFile.save(table.table, to: path)
    case let record as RecordObject:
      let tensors = try record.fields.map { name, field in
        guard let tensor = field.asTensor else {
          throw Failure(
            "L570", "`\(name)` of the record is \(field.kindPhrase), not a tensor",
            argument: "value", help: "`save` takes records of tensors")
        }
        return (name: name, tensor: tensor)
      }
      guard isSafetensors else {
        throw Failure(
          "L722", "a record of tensors is written to a file named .safetensors, not to `\(path)`",
          argument: "path", help: "write e.g. `\"data.safetensors\"`")
      }
      try Safetensors(tensors: tensors).write(to: path)
    default:
      guard let tensor = value.asTensor else {
        throw Failure(
          "L570", "\(value.kindPhrase) cannot be kept in a file", argument: "value",
          help: "models, distributions, tensors, tables and records of tensors can")
      }
      if isSafetensors {
        try Safetensors(tensors: [("x", tensor)]).write(to: path)
      } else {
        try DataFile.save(tensor, to: path)
      }
    }
    return .nothing
  }
}
