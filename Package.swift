// swift-tools-version: 6.1
import PackageDescription

// CI sets LATENT_STRICT so that warnings are errors there, and only there: set here for
// everybody, they would break packages that depend on this one with a newer compiler.
let strict = Context.environment["LATENT_STRICT"] != nil
let settings: [SwiftSetting] = strict ? [.unsafeFlags(["-warnings-as-errors"])] : []

/// A Swift module of Latent. Imports point only downwards in the list below; a test reads them.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    resources: resources, swiftSettings: settings)
}

let package = Package(
  name: "latent",
  products: [
    .library(name: "Latent", targets: ["Latent"]),
    // The model library alone, without the language.
    .library(
      name: "LatentEngine",
      targets: ["LatentModels", "LatentDistributions", "LatentAutodiff", "LatentTensor"]),
    .executable(name: "latent", targets: ["LatentTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
  ],
  targets: [
    .executableTarget(
      name: "LatentTool",
      dependencies: [
        "LatentREPL", "LatentNotebook", "Latent",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),
    module("LatentREPL", ["Latent", "CReadline"]),
    module("LatentNotebook", ["Latent"]),
    module("Latent", ["LatentLibrary", "LatentLanguage"]),
    module("LatentLibrary", ["LatentLanguage", "LatentModels", "LatentData"]),
    module(
      "LatentModels", ["LatentDistributions", "LatentAutodiff", "LatentTensor", "CKernels"]),
    module("LatentDistributions", ["LatentAutodiff", "LatentTensor"]),
    module("LatentAutodiff", ["LatentTensor", "CKernels"]),
    module(
      "LatentLanguage",
      [
        "LatentSyntax", "LatentTensor",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    module("LatentSyntax"),
    module(
      "LatentData",
      ["LatentTensor", "CPackagedData", "CZlib", .product(name: "SwiftCSV", package: "SwiftCSV")]),
    module("LatentTensor", ["CKernels"]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m"), .linkedLibrary("dl")]),
    .target(
      name: "CPackagedData", exclude: ["sets"], cSettings: [.headerSearchPath("sets")]),
    .systemLibrary(
      name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // What several test targets share: the grammar's reader and its random sentences.
    .target(
      name: "LatentTestSupport", path: "Tests/LatentTestSupport", swiftSettings: settings),
    tests("LatentSyntax", ["LatentTestSupport"], resources: [.copy("Golden")]),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    tests("LatentTensor"),
    tests("LatentAutodiff", ["CKernels"]),
    tests("LatentDistributions"),
    tests("LatentModels", ["CAllocations"]),
    tests("LatentData"),
    tests("LatentLanguage", ["LatentTestSupport"]),
    tests("LatentNotebook"),
    tests("LatentREPL"),
    tests("LatentTool"),
    tests(
      "Latent", ["LatentNotebook", "LatentTestSupport"],
      resources: [.copy("Corpus"), .copy("Golden")]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
