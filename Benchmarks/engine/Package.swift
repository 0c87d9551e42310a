// swift-tools-version: 6.1
import PackageDescription

let engine = Target.Dependency.product(name: "LatentEngine", package: "latent")

let package = Package(
  name: "engine-benchmarks",
  dependencies: [.package(name: "latent", path: "../..")],
  targets: [
    .target(name: "TrainingSteps", dependencies: [engine]),
    .target(name: "CPlain", dependencies: [engine]),
    .executableTarget(name: "steps", dependencies: ["TrainingSteps"]),
    .executableTarget(name: "passes", dependencies: ["TrainingSteps", "CPlain", engine]),
    .executableTarget(name: "costs", dependencies: ["TrainingSteps", engine]),
    .executableTarget(name: "factors", dependencies: [engine]),
  ]
)
