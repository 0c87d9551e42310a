// MNIST and everything distributed in its four files: Fashion-MNIST, Kuzushiji-MNIST, EMNIST.

import LatentTensor

/// Images with their labels.
public struct ImageSet: Sendable {
  /// n × (rows · columns), grey values in [0, 1], held as bytes.
  public var x: Tensor
  /// n class numbers.
  public var y: Tensor

  public enum Part: String, CaseIterable, Sendable {
    case train, test

    /// How the files of the part begin.
    fileprivate var prefixes: [String] { self == .train ? ["train"] : ["t10k", "test"] }
  }

  /// Reads one part of a data set from a directory of IDX files, gzipped or not.
  ///
  /// - Throws: `L726` with the names looked for when a file is missing.
  public static func mnist(directory: String, part: Part = .train) throws -> ImageSet {
    let images = try read("images", axes: 3, part, directory)
    let labels = try read("labels", axes: 1, part, directory)
    guard images.tensor.shape[0] == labels.tensor.count else {
      throw Failure(
        .values,
        "`\(images.path)` has \(images.tensor.shape[0]) images and `\(labels.path)` "
          + "\(labels.tensor.count) labels", argument: "directory", helps: [])
    }
    let pixels = images.tensor.shape.dropFirst().reduce(1, *)
    let shape = [images.tensor.shape[0], pixels]
    guard case .bytes(let bytes, _) = images.tensor.storage else {
      throw Failure(
        .format, "the images of `\(images.path)` are not bytes", argument: "directory", helps: [])
    }
    // A set that was made binary holds 0 and 1, which are in [0, 1] already.
    let isBinary = !bytes.contains { $0 > 1 }
    return ImageSet(
      x: Tensor(shape: shape, storage: .bytes(bytes, scale: isBinary ? 1 : 1.0 / 255)),
      y: labels.tensor)
  }

  private static func read(
    _ what: String, axes: Int, _ part: Part, _ directory: String
  ) throws -> (path: String, tensor: Tensor) {
    let base = directory.hasSuffix("/") ? directory : directory + "/"
    let names = part.prefixes.flatMap { prefix in
      ["-", "."].flatMap { mark in
        ["", ".gz"].map { "\(prefix)-\(what)\(mark)idx\(axes)-ubyte\($0)" }
      }
    }
    guard let name = names.first(where: { FileBytes.exists(base + $0) }) else {
      let common = "`\(names[0])` and `\(names[1])`"
      guard FileBytes.exists(directory) else {
        throw Failure(
          .missingPart, "there is no directory `\(directory)`", argument: "directory",
          help: "it would hold \(common) and their like")
      }
      throw Failure(
        .missingPart, "`\(directory)` has no \(part.rawValue) \(what)", argument: "directory",
        helps: ["looked for \(common), and for the other spellings in use"])
    }
    let tensor = try DataFile.idx(FileBytes(reading: base + name))
    guard tensor.rank == axes else {
      throw Failure(
        .format,
        "`\(base + name)` has \(tensor.rank) axes where \(what) have \(axes)",
        argument: "directory", helps: [])
    }
    return (base + name, tensor)
  }
}
